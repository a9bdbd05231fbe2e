//! The judge: sees all tasks, waits until each has come to the end that its name promises, and ends the machine.

use super::report::Report;
use super::{after, sleep};
use bulkhead_abi::fault::{FaultRecord, TaskPhase, TaskStatus};
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_abi::image::name_text;
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_protocol::config::Probe;
use bulkhead_protocol::registry::{self, StateReason, VmState};
use bulkhead_runtime::{Kernel, time};
use probe::script::Script;
use probe::verdict::{self, Verdict};

/// `judge <restarts> <seconds>`: offenders are restarted so often; whatever is not done by then has failed. With a
/// call slot to the VM manager, the first VM must power itself off and all others must run.
pub(super) fn judge(probe: &Probe, script: Script<'_>, report: &mut Report<'_>) {
    let (Some(supervise), Some(platform)) = (probe.supervise, probe.platform) else {
        report.check("the judge has the rights to supervise and to the platform", false);
        return;
    };
    let restarts = u32::try_from(script.number(1, 1)).unwrap_or(1);
    let end = after(script.number(2, 60).saturating_mul(1000));
    let manager = probe.slots.first().copied();
    while time::now() < end {
        let waits =
            tasks(supervise).any(|(status, record)| verdict_of(&status, record, restarts) == Verdict::NotYet);
        if !waits && guests_verdict(manager) != Verdict::NotYet {
            break;
        }
        sleep(100);
    }
    // What has just ended is yet to be told by the console, and what died too often may still be restarted once more.
    sleep(500);
    let (mut good, mut bad) = (0u32, 0u32);
    for (status, record) in tasks(supervise) {
        let name = name_text(&status.name);
        let life = status.generation.0;
        if verdict_of(&status, record, restarts) == Verdict::Good {
            good = good.saturating_add(1);
            if name.starts_with("x-") {
                log::info!("probe: judge: {name}: ok (life {life})");
            }
        } else {
            bad = bad.saturating_add(1);
            let (kind, code) = record.map_or((0, 0), |record| (record.kind, record.code));
            log::error!(
                "probe: judge: {name}: FAILED (life {life}, phase {}, fault {kind} {code})",
                status.phase
            );
        }
        // The log holds less than many lines; let the console print them.
        sleep(2);
    }
    if manager.is_some() {
        let is_good = guests_verdict(manager) == Verdict::Good;
        bad = bad.saturating_add(u32::from(!is_good));
        report.check("the first guest has powered off, the others run", is_good);
    }
    sleep(500);
    if bad == 0 {
        log::info!("probe: judge: all {good} tasks: ok");
    } else {
        log::error!("probe: judge: {bad} of {}: FAILED", good.saturating_add(bad));
    }
    // The console has taken the line, but its port is slow.
    sleep(1000);
    let _ = Kernel.power_off(platform, u8::from(bad > 0));
    report.check("the machine is off", false);
}

fn verdict_of(status: &TaskStatus, record: Option<FaultRecord>, restarts: u32) -> Verdict {
    verdict::judge(name_text(&status.name), status, record.as_ref(), restarts)
}

/// All tasks, and the remains of those that are faulted.
fn tasks(supervise: Slot) -> impl Iterator<Item = (TaskStatus, Option<FaultRecord>)> {
    (0..MAX_TASKS).map_while(move |number| {
        let task = TaskId(u16::try_from(number).ok()?);
        let status = Kernel.task_status(supervise, task, 0).ok()?;
        // A task that was restarted between the two is no longer faulted, and judged as alive.
        let is_faulted = status.phase == TaskPhase::Faulted as u32;
        Some((status, is_faulted.then(|| Kernel.task_fault(supervise, task).ok()).flatten()))
    })
}

fn guests_verdict(manager: Option<Slot>) -> Verdict {
    let Some(manager) = manager else { return Verdict::Good };
    let mut client = registry::Client::new(Kernel, manager);
    let mut seen = 0;
    loop {
        let Ok(page) = client.list(seen) else { return Verdict::NotYet };
        if page.items.is_empty() {
            break;
        }
        for line in page.items.iter() {
            let Ok(Ok(vm)) = client.query(line.vm) else { return Verdict::NotYet };
            let is_good = if seen == 0 {
                vm.state == VmState::PoweredOff && vm.reason == StateReason::GuestPowerOff
            } else {
                vm.state == VmState::Started && vm.starts == 1 && vm.resets == 0
            };
            if !is_good {
                return Verdict::NotYet;
            }
            seen = seen.saturating_add(1);
        }
    }
    Verdict::Good
}
