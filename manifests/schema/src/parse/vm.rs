//! `[[vm]]`: a virtual machine.

use super::fields::Fields;
use super::task::{read_on_failure, read_placement_table};
use crate::manifest::{Boot, Placement, Vm};
use crate::problem::Problem;
use bulkhead_protocol::config::{BootProtocol, EndPolicy};
use bulkhead_protocol::registry::{Severity, VmKind};
use toml_span::{Spanned, Value};

const KINDS: [(&str, VmKind); 3] = [
    ("pre-launched", VmKind::PreLaunched),
    ("service", VmKind::Service),
    ("post-launched", VmKind::PostLaunched),
];

const SEVERITIES: [(&str, Severity); 4] = [
    ("standard", Severity::Standard),
    ("service", Severity::Service),
    ("real-time", Severity::RealTime),
    ("safety", Severity::Safety),
];

const ENDS: [(&str, EndPolicy); 2] = [("power-off", EndPolicy::PowerOff), ("restart", EndPolicy::Restart)];

/// Where flat images go unless the manifest says otherwise: above all that a PC's firmware keeps in low memory.
const FLAT_ADDRESS: u64 = 0x8000;

const FLAT: BootProtocol = BootProtocol::Flat { load: 0, entry: 0 };

const PROTOCOLS: [(&str, BootProtocol); 4] = [
    ("linux", BootProtocol::Linux),
    ("pvh", BootProtocol::Pvh),
    ("multiboot", BootProtocol::Multiboot),
    ("flat", FLAT),
];

/// Reads one VM; nothing if a part is missing that cannot be guessed.
pub(super) fn read(value: Value<'_>, problems: &mut Vec<Problem>) -> Option<Vm> {
    let mut fields = Fields::open(value, "a [[vm]]", problems)?;
    let name = fields.name("name");
    let kind = fields.choice("kind", &KINDS).map_or(VmKind::PreLaunched, |kind| kind.value);
    let severity = fields.choice("severity", &SEVERITIES).map_or(default_severity(kind), |word| word.value);
    let after = fields.texts("after").unwrap_or_default();
    let memory = fields.size("memory");
    let vcpus = read_vcpus(&mut fields);
    let placement = read_vcpu_placement(&mut fields);
    let boot = fields.take("boot");
    let boot = boot.map(|value| read_boot(value, fields.problems()));
    let devices = fields.texts("devices");
    let servers_cpu = fields.number("servers_cpu");
    let servers = fields.entries("server");
    let servers = servers
        .into_iter()
        .map(|(device, value)| {
            (device, read_placement_table(value, "a [vm.server] table", fields.problems()))
        })
        .collect();
    let console = fields.flag("console").unwrap_or(true);
    let on_power_off = fields.choice("on_power_off", &ENDS).map_or(EndPolicy::PowerOff, |end| end.value);
    let on_reset = fields.choice("on_reset", &ENDS).map_or(EndPolicy::Restart, |end| end.value);
    let on_failure = read_on_failure(&mut fields);

    let name = fields.require("name", name, "\"linux\"");
    let memory = fields.require("memory", memory, "\"128 MiB\"");
    let boot = fields.require("boot", boot, "{ protocol = \"linux\", kernel = \"debian:kernel\" }");
    fields.close();
    Some(Vm {
        name: name?,
        kind,
        severity,
        after,
        memory: memory?,
        vcpus,
        placement,
        boot: boot??,
        devices,
        servers_cpu,
        servers,
        console,
        on_power_off,
        on_reset,
        on_failure,
    })
}

const fn default_severity(kind: VmKind) -> Severity {
    match kind {
        VmKind::PreLaunched => Severity::Safety,
        VmKind::Service => Severity::Service,
        VmKind::PostLaunched => Severity::Standard,
    }
}

/// `cpu = 0` is one vCPU; `vcpus = [0, 1]` is as many as there are entries.
fn read_vcpus(fields: &mut Fields<'_, '_>) -> Vec<Spanned<u16>> {
    let single = fields.number("cpu");
    let values = fields.list("vcpus");
    let listed: Vec<_> = values.iter().filter_map(|value| fields.as_number(value)).collect();
    match (single, listed.as_slice()) {
        (Some(single), [first, ..]) => {
            fields.problems().push(
                Problem::new(
                    single.span,
                    "the VM has both `cpu` and `vcpus`",
                    "one vCPU here",
                    "keep `cpu` for a VM with one vCPU, `vcpus` for more",
                )
                .with_related(first.span, "and a list here"),
            );
            listed
        }
        (Some(single), []) => vec![single],
        (None, []) => vec![Spanned::with_span(0, fields.span())],
        (None, _) => listed,
    }
}

fn read_vcpu_placement(fields: &mut Fields<'_, '_>) -> Placement {
    Placement {
        priority: fields.number("priority"),
        budget: fields.time("budget"),
        period: fields.time("period"),
        ..Placement::default()
    }
}

fn read_boot(value: Value<'_>, problems: &mut Vec<Problem>) -> Option<Boot> {
    let mut fields = Fields::open(value, "boot", problems)?;
    let protocol = fields.choice("protocol", &PROTOCOLS);
    let kernel = fields.text("kernel");
    let ramdisk = fields.text("ramdisk");
    let command_line = fields.text("command_line");
    let load = fields.number::<u64>("load");
    let entry = fields.number::<u64>("entry");
    let protocol = fields.require("protocol", protocol, "\"linux\"");
    let kernel = fields.require("kernel", kernel, "\"debian:kernel\"");
    let protocol = protocol.map(|protocol| match protocol.value {
        BootProtocol::Flat { .. } => {
            let load = load.map_or(FLAT_ADDRESS, |load| load.value);
            BootProtocol::Flat { load, entry: entry.map_or(load, |entry| entry.value) }
        }
        other => {
            for extra in [load, entry].into_iter().flatten() {
                fields.problems().push(Problem::new(
                    extra.span,
                    "`load` and `entry` are for the protocol `flat` only",
                    "the image's own headers say this",
                    "leave it out",
                ));
            }
            other
        }
    });
    fields.close();
    Some(Boot { protocol: protocol?, kernel: kernel?, ramdisk, command_line })
}
