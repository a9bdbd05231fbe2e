//! The supervisor's task: looks at all tasks whenever the core says that one has faulted.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use bulkhead_abi::fault::{TaskPhase, TaskStatus};
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_abi::image::name_text;
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_abi::message::EventKind;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::config;
use bulkhead_runtime::{Clock, Kernel, Mailbox, time};
use supervisor::policy::{Decision, Micros};
use supervisor::report::{Cause, Registers, Under};
use supervisor::supervision::Supervision;

bulkhead_runtime::task!(run, serves: [], calls: []);

fn run() -> ! {
    let config: config::Supervisor = bulkhead_runtime::config::config();
    let mut supervision = Supervision::new(&config.policies);
    let clock = Clock::system();
    let mut mailbox = Mailbox::new();
    // The first look is before the first event: an earlier life of the supervisor may have left faulted tasks.
    let mut event = mailbox.recv(look(&mut supervision, config.supervise, &clock));
    loop {
        // The supervisor serves nobody; a notification needs no answer.
        let status = match EventKind::from_value(event.kind) {
            EventKind::Request | EventKind::Exit => Status::Malformed,
            EventKind::Signal | EventKind::Timeout => Status::Ok,
        };
        let deadline = look(&mut supervision, config.supervise, &clock);
        event = mailbox.reply_recv(&[], status, deadline);
    }
}

/// Reports new faults and starts the tasks whose time has come; the time stamp at which to look again, or 0.
fn look(supervision: &mut Supervision, supervise: Slot, clock: &Clock) -> u64 {
    for task in (0..MAX_TASKS).filter_map(|task| u16::try_from(task).ok()).map(TaskId) {
        // Behind the last task there is none.
        let Ok(status) = Kernel.task_status(supervise, task) else { break };
        if status.phase == TaskPhase::Faulted as u32
            && let Some(decision) = supervision.fault(task, status.generation, now(clock))
        {
            report(supervise, &status, decision, clock);
        }
    }
    while let Some(task) = supervision.take_due(now(clock)) {
        restart(supervision, supervise, task);
    }
    supervision.deadline().map_or(0, |at| clock.stamp(at.0.saturating_mul(1000)))
}

fn report(supervise: Slot, status: &TaskStatus, decision: Decision, clock: &Clock) {
    let name = name_text(&status.name);
    match Kernel.task_fault(supervise, status.task) {
        Ok(record) => {
            log::warn!("supervisor: {}", Cause { name, record: &record });
            log::warn!("supervisor:   {}", Under(&record));
            for first in [0, 4, 8, 12] {
                log::warn!("supervisor:   {}", Registers { record: &record, first });
            }
        }
        Err(error) => log::warn!("supervisor: {name} has faulted; no record: {error:?}"),
    }
    match decision {
        Decision::RestartAt(at) => {
            let pause = at.0.saturating_sub(now(clock).0);
            log::info!("supervisor: restart of {name} in {pause} us");
        }
        Decision::GiveUp => log::error!("supervisor: {name} stays dead"),
    }
}

fn restart(supervision: &mut Supervision, supervise: Slot, task: TaskId) {
    let restarted = Kernel.task_restart(supervise, task, false);
    let Ok(status) = Kernel.task_status(supervise, task) else { return };
    let name = name_text(&status.name);
    match restarted {
        Ok(()) => log::info!("supervisor: restarted {name} (life {})", status.generation.0),
        Err(error) => {
            supervision.give_up(task);
            log::error!("supervisor: {name} stays dead: {error:?}");
        }
    }
}

fn now(clock: &Clock) -> Micros {
    Micros(clock.nanos(time::now()) / 1000)
}
