//! `[[vm]]`: a virtual machine.

use super::fields::Fields;
use super::machine;
use crate::language::Table;
use crate::manifest::{Boot, Vm};
use crate::problem::Problem;
use crate::rule::form::{CONFLICTING_KEYS, NUMBER_OUT_OF_RANGE};
use crate::source::Spanned;
use crate::tree::Value;
use bulkhead_protocol::config::{BootProtocol, EndPolicy, Watchdog, WatchdogAction};
use bulkhead_protocol::registry::{Severity, VmKind};

pub(crate) const KINDS: [(&str, VmKind); 3] = [
    ("pre-launched", VmKind::PreLaunched),
    ("service", VmKind::Service),
    ("post-launched", VmKind::PostLaunched),
];

pub(crate) const SEVERITIES: [(&str, Severity); 4] = [
    ("standard", Severity::Standard),
    ("service", Severity::Service),
    ("real-time", Severity::RealTime),
    ("safety", Severity::Safety),
];

pub(crate) const ENDS: [(&str, EndPolicy); 2] =
    [("power-off", EndPolicy::PowerOff), ("restart", EndPolicy::Restart)];

pub(crate) const WATCHDOG_ACTIONS: [(&str, WatchdogAction); 3] = [
    ("restart", WatchdogAction::Restart),
    ("power-off", WatchdogAction::PowerOff),
    ("pause", WatchdogAction::Pause),
];

/// The manager's clock is not for less.
const SHORTEST_WATCHDOG_US: u32 = 10_000;

/// Where flat images go unless the manifest says otherwise: above all that a PC's firmware keeps in low memory.
pub(crate) const FLAT_ADDRESS: u64 = 0x8000;

const FLAT: BootProtocol = BootProtocol::Flat { load: 0, entry: 0 };

pub(crate) const PROTOCOLS: [(&str, BootProtocol); 6] = [
    ("linux", BootProtocol::Linux),
    ("pvh", BootProtocol::Pvh),
    ("multiboot", BootProtocol::Multiboot),
    ("flat", FLAT),
    ("coreboot", BootProtocol::Coreboot),
    ("firmware", BootProtocol::Firmware),
];

/// Reads one VM; nothing if it has no name to speak of.
pub(super) fn read(value: Value, declared: &'static Table, problems: &mut Vec<Problem>) -> Option<Vm> {
    let mut fields = Fields::open(value, declared, problems)?;
    let span = fields.span();
    let name = fields.text("name");
    let kind = fields.choice("kind", &KINDS);
    let default = default_severity(kind.as_ref().map_or(VmKind::PreLaunched, |kind| kind.value));
    let severity = fields.choice("severity", &SEVERITIES).map_or(default, |word| word.value);
    let pool = fields.text("pool");
    let machine_keys = fields.shared_keys();
    let machine = machine::read(&mut fields, pool.is_none());
    let boot = fields.inner("boot");
    let boot = boot.and_then(|(declared, value)| read_boot(value, declared, fields.problems()));
    let nothing = Boot {
        protocol: FLAT,
        kernel: Spanned::with_span(String::new(), span),
        ramdisk: None,
        command_line: None,
    };
    let boot = fields.or(boot, nothing);
    let watchdog = fields.inner("watchdog");
    let watchdog = watchdog.and_then(|(declared, value)| read_watchdog(value, declared, fields.problems()));
    Some(Vm {
        kind: kind.as_ref().map_or(VmKind::PreLaunched, |kind| kind.value),
        kind_span: kind.map(|kind| kind.span),
        severity,
        after: fields.texts("after").unwrap_or_default(),
        pool,
        machine,
        machine_keys,
        boot,
        on_power_off: fields.choice("on_power_off", &ENDS).map_or(EndPolicy::PowerOff, |end| end.value),
        on_reset: fields.choice("on_reset", &ENDS).map_or(EndPolicy::Restart, |end| end.value),
        watchdog,
        shutdown_deadline_us: fields.time("shutdown_deadline"),
        is_whole: fields.is_whole(),
        name: name?,
    })
}

const fn default_severity(kind: VmKind) -> Severity {
    match kind {
        VmKind::PreLaunched => Severity::Safety,
        VmKind::Service => Severity::Service,
        VmKind::PostLaunched => Severity::Standard,
    }
}

fn read_watchdog(value: Value, declared: &'static Table, problems: &mut Vec<Problem>) -> Option<Watchdog> {
    let mut fields = Fields::open(value, declared, problems)?;
    let timeout = fields.time("timeout");
    let action = fields.choice("action", &WATCHDOG_ACTIONS);
    let timeout = timeout?;
    if timeout.value < SHORTEST_WATCHDOG_US {
        fields.problems().push(Problem::new(
            &NUMBER_OUT_OF_RANGE,
            timeout.span,
            "the watchdog's time is too short",
            "less than 10 ms",
            "write \"10 ms\" or more",
        ));
        return None;
    }
    Some(Watchdog {
        timeout_ms: timeout.value / 1000,
        action: action.map_or(WatchdogAction::Restart, |action| action.value),
    })
}

fn read_boot(value: Value, declared: &'static Table, problems: &mut Vec<Problem>) -> Option<Boot> {
    let mut fields = Fields::open(value, declared, problems)?;
    let protocol = fields.choice("protocol", &PROTOCOLS);
    let kernel = fields.text("kernel");
    let ramdisk = fields.text("ramdisk");
    let command_line = fields.text("command_line");
    let load = fields.number::<u64>("load");
    let entry = fields.number::<u64>("entry");
    let protocol = protocol.map(|protocol| match protocol.value {
        BootProtocol::Flat { .. } => {
            let load = load.map_or(FLAT_ADDRESS, |load| load.value);
            BootProtocol::Flat { load, entry: entry.map_or(load, |entry| entry.value) }
        }
        other => {
            for extra in [load, entry].into_iter().flatten() {
                let problem = Problem::new(
                    &CONFLICTING_KEYS,
                    extra.span,
                    "`load` and `entry` are for the protocol `flat` only",
                    "this protocol says itself where images go",
                    "leave it out",
                );
                fields.problems().push(problem.with_related(protocol.span, "the protocol"));
            }
            other
        }
    });
    Some(Boot { protocol: protocol?, kernel: kernel?, ramdisk, command_line })
}
