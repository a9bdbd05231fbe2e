//! VMs in words.

use super::rights::{lines, ports};
use super::time::in_words;
use super::{DeviceReport, RangeReport, RunReport, VmReport};
use crate::analysis::Analysis;
use crate::compile::memory_map;
use crate::device;
use crate::manifest::{BootProtocol, EndPolicy, VmKind, Watchdog, WatchdogAction};
use crate::parse::quantity::time_text;
use crate::system::{Definition, System};

pub(super) fn vm(system: &System, analysis: &Analysis, index: usize) -> VmReport {
    let vm = &system.vms[index];
    let devices = vm.servers.iter().map(|(kind, server)| {
        let device = device::of_kind(*kind);
        DeviceReport {
            name: device.name,
            server: system.tasks[*server].name.clone(),
            ports: device.ports.iter().map(|(first, last)| ports(*first, *last)).collect(),
            windows: device.windows.iter().map(|(base, length)| window(*base, *length)).collect(),
            lines: lines(device.lines),
            answers: in_words(analysis, &analysis.requests[*server]),
        }
    });
    let map = memory_map(vm.memory.value);
    let whose = system.definitions_of(index);
    let runs: Vec<_> = whose.clone().map(run).collect();
    // A VM with all for itself is what it runs.
    let (kind, boot, ends, runs) = match (vm.is_pool, whose.clone().next()) {
        (false, Some(only)) => (kind(only.kind), boot(only), ends(only), Vec::new()),
        _ => ("pool: for one post-launched VM at a time", names(&runs), Vec::new(), runs),
    };
    VmReport {
        name: vm.name.value.clone(),
        kind,
        memory: vm.memory.value,
        vcpus: vm.vcpus.iter().map(|cpu| cpu.value).collect(),
        priority: vm.priority.value,
        boot,
        devices: devices.collect(),
        memory_map: map
            .iter()
            .map(|range| RangeReport {
                base: range.base,
                length: range.length,
                what: if range.kind == 1 { "RAM" } else { "reserved" },
            })
            .collect(),
        ends,
        runs,
    }
}

const fn kind(kind: VmKind) -> &'static str {
    match kind {
        VmKind::PreLaunched => "pre-launched: started at boot",
        VmKind::Service => "service: started at boot, may manage others",
        VmKind::PostLaunched => "post-launched: created at run time",
    }
}

fn run(definition: &Definition) -> RunReport {
    RunReport { name: definition.name.value.clone(), boot: boot(definition), ends: ends(definition) }
}

/// `debian or tiny`
fn names(runs: &[RunReport]) -> String {
    let names: Vec<_> = runs.iter().map(|run| run.name.as_str()).collect();
    names.join(" or ")
}

fn ends(definition: &Definition) -> Vec<String> {
    [
        Some(format!("powers itself off: {}", end(definition.on_power_off))),
        Some(format!("resets itself, or takes a triple fault: {}", end(definition.on_reset))),
        definition.watchdog.map(spins),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn spins(watchdog: Watchdog) -> String {
    let then = match watchdog.action {
        WatchdogAction::Restart => "it is reset and started again",
        WatchdogAction::PowerOff => "it is powered off",
        WatchdogAction::Pause => "it is paused",
    };
    let after = time_text(u64::from(watchdog.timeout_ms) * 1000);
    format!("runs for {after} without taking an interrupt: {then}")
}

fn window(base: u64, length: u64) -> String {
    format!("{base:#x}-{:#x}", base + length - 1)
}

fn boot(definition: &Definition) -> String {
    let protocol = match definition.boot.protocol {
        BootProtocol::Linux => "Linux kernel".to_owned(),
        BootProtocol::Pvh => "PVH kernel".to_owned(),
        BootProtocol::Multiboot => "multiboot kernel".to_owned(),
        BootProtocol::Coreboot => "coreboot payload".into(),
        BootProtocol::Firmware => "firmware, entered at the reset vector,".into(),
        BootProtocol::Flat { load, entry } => format!("flat binary at {load:#x}, entered at {entry:#x},"),
    };
    let ramdisk = definition
        .boot
        .ramdisk
        .as_ref()
        .map_or(String::new(), |name| format!(" with RAM disk {}", name.value));
    let line = match definition.command_line() {
        "" => String::new(),
        line => format!(", told `{line}`"),
    };
    format!("{protocol} {}{ramdisk}{line}", definition.boot.kernel.value)
}

const fn end(policy: EndPolicy) -> &'static str {
    match policy {
        EndPolicy::PowerOff => "the VM is off",
        EndPolicy::Restart => "the VM is reset and starts again",
    }
}
