//! The census: says what the core knows of every task and the VM manager of every VM, waits until all of them run, and
//! ends the machine.

use super::report::Report;
use super::{after, sleep};
use bulkhead_abi::fault::{TaskPhase, TaskStatus};
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_abi::image::name_text;
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_protocol::config::Probe;
use bulkhead_protocol::registry::{self, VmKind};
use bulkhead_runtime::{Kernel, time};
use probe::script::Script;

/// `census <seconds>`: by then all tasks live their first life and all VMs that start at boot have started. With a call
/// slot to the VM manager if there are VMs.
pub(super) fn census(probe: &Probe, script: Script<'_>, report: &mut Report<'_>) {
    let (Some(supervise), Some(platform)) = (probe.supervise, probe.platform) else {
        report.check("the census has the rights to supervise and to the platform", false);
        return;
    };
    let manager = probe.slots.first().copied();
    let end = after(script.number(1, 60).saturating_mul(1000));
    while !all_started(manager) && time::now() < end {
        sleep(20);
    }
    // Whoever cannot live shows it soon.
    sleep(500);
    let (started, healthy) = (all_started(manager), all_healthy(supervise));
    tell_tasks(supervise);
    tell_vms(manager);
    if started && healthy {
        log::info!("probe: census: all run");
    } else {
        log::error!("probe: census: FAILED: VMs started: {started}, tasks healthy: {healthy}");
    }
    // The console has taken the line, but its port is slow.
    sleep(1000);
    let _ = Kernel.power_off(platform, u8::from(!(started && healthy)));
    report.check("the machine is off", false);
}

fn tasks(supervise: Slot) -> impl Iterator<Item = TaskStatus> {
    let numbers = (0..MAX_TASKS).filter_map(|number| u16::try_from(number).ok());
    numbers.map_while(move |number| Kernel.task_status(supervise, TaskId(number), 0).ok())
}

fn all_healthy(supervise: Slot) -> bool {
    tasks(supervise).all(|task| task.phase != TaskPhase::Faulted as u32 && task.generation.0 == 0)
}

/// Lines that `cargo xtask report --format json` can be compared with.
fn tell_tasks(supervise: Slot) {
    for TaskStatus { task, name, cpu, priority, slots, generation, .. } in tasks(supervise) {
        let (name, life) = (name_text(&name), generation.0);
        log::info!("census: task {task} {name} cpu {cpu} priority {priority} slots {slots} life {life}");
        // The log holds less than many lines; let the console print them.
        sleep(2);
    }
}

fn all_started(manager: Option<Slot>) -> bool {
    let Some(manager) = manager else { return true };
    let mut all = true;
    let is_told = each_vm(manager, |client, vm| {
        let summary = client.query(vm);
        let is_started = matches!(&summary, Ok(Ok(vm)) if vm.kind == VmKind::PostLaunched || vm.starts > 0);
        all = all && is_started;
    });
    is_told && all
}

fn tell_vms(manager: Option<Slot>) {
    let Some(manager) = manager else { return };
    each_vm(manager, |client, vm| {
        let Ok(Ok(summary)) = client.query(vm) else { return };
        log::info!(
            "census: vm {} {} kind {:?} memory {} vcpus {} servers {}",
            summary.place,
            summary.name,
            summary.kind,
            summary.memory_mib,
            summary.vcpus,
            summary.servers
        );
        let Ok(Ok(vcpus)) = client.vcpus(vm, 0) else { return };
        for vcpu in vcpus.items.iter() {
            log::info!("census: vcpu {} of vm {} cpu {}", vcpu.local, summary.place, vcpu.cpu);
        }
        sleep(2);
    });
}

/// Does something for each VM; false if the manager does not answer.
fn each_vm(manager: Slot, mut act: impl FnMut(&mut registry::Client<Kernel>, registry::VmNumber)) -> bool {
    let mut client = registry::Client::new(Kernel, manager);
    let mut seen = 0;
    loop {
        let Ok(page) = client.list(seen) else { return false };
        if page.items.is_empty() {
            return true;
        }
        for line in page.items.iter() {
            act(&mut client, line.vm);
            seen = seen.saturating_add(1);
        }
    }
}
