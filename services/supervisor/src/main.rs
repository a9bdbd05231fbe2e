//! The supervisor's task: looks at all tasks whenever the core says that one has faulted, and answers the VM manager.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use bulkhead_abi::fault::{EXIT_INVALID_STATE, FaultKind, FaultRecord, TaskPhase, TaskStatus};
use bulkhead_abi::id::{Generation, TaskId};
use bulkhead_abi::image::name_text;
use bulkhead_abi::limits::{MAX_MESSAGE, MAX_TASKS};
use bulkhead_abi::message::EventKind;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::config::{self, FailurePolicy};
use bulkhead_protocol::supervisor::{self as interface, Failure};
use bulkhead_protocol::{Caller, Malformed};
use bulkhead_runtime::{Clock, Kernel, Mailbox, server, time};
use supervisor::policy::{Death, Decision, Micros};
use supervisor::report::{Cause, Registers, StackWords, Then, Under};
use supervisor::supervision::{Due, Supervision};

bulkhead_runtime::task!(run, serves: [supervisor], calls: []);

/// No page of a task's stack. How much of it was used does not matter here, and the core would have to look at every word.
const NO_PAGE: u32 = u32::MAX;
/// How long the console has to end the machine. Longer than it takes at the most.
const END_PATIENCE: u64 = 6_000_000_000;

fn run() -> ! {
    let config: config::Supervisor = bulkhead_runtime::config::config();
    let supervision = Supervision::new(&config.policies);
    let mut task = Task { config: &config, supervision, clock: Clock::system() };
    let mut mailbox = Mailbox::new();
    // The first look is before the first event: an earlier life of the supervisor may have left faulted tasks.
    let deadline = task.look();
    let mut event = mailbox.recv(deadline);
    loop {
        let mut reply = [0; MAX_MESSAGE];
        let handled = match EventKind::from_value(event.kind) {
            EventKind::Request if event.interface == interface::ID => {
                interface::dispatch(&mut task, server::caller(event), server::message(event), &mut reply)
            }
            EventKind::Request | EventKind::Exit => Err(Malformed),
            EventKind::Signal | EventKind::Timeout => Ok(0),
        };
        let (length, status) = handled.map_or((0, Status::Malformed), |length| (length, Status::Ok));
        let deadline = task.look();
        event = mailbox.reply_recv(reply.get(..length).unwrap_or(&[]), status, deadline);
    }
}

struct Task<'c> {
    config: &'c config::Supervisor,
    supervision: Supervision,
    clock: Clock,
}

impl Task<'_> {
    /// Reports new faults and starts the tasks whose time has come; the time stamp at which to look again, or 0.
    fn look(&mut self) -> u64 {
        for task in (0..MAX_TASKS).filter_map(|task| u16::try_from(task).ok()).map(TaskId) {
            // Behind the last task there is none.
            let Ok(status) = Kernel.task_status(self.config.supervise, task, NO_PAGE) else { break };
            if status.phase == TaskPhase::Faulted as u32 {
                self.found_faulted(&status);
            }
        }
        while let Some(due) = self.supervision.take_due(self.now()) {
            self.restart(due);
        }
        self.supervision.deadline().map_or(0, |at| self.clock.stamp(at.0.saturating_mul(1000)))
    }

    fn found_faulted(&mut self, status: &TaskStatus) {
        let task = status.task;
        let record = Kernel.task_fault(self.config.supervise, task);
        let death = record.as_ref().map_or(Death::Fault, death);
        let now = self.now();
        let Some(decision) = self.supervision.fault(task, status.generation, death, now) else { return };
        let name = name_text(&status.name);
        match record {
            Ok(record) => report(name, &record),
            Err(error) => log::warn!("{name} has faulted; no record: {error:?}"),
        }
        let policy = self.supervision.policy(task);
        log::warn!("  {}", Then { decision, policy, now });
        if matches!(decision, Decision::GiveUp { .. }) {
            self.given_up(task);
        }
    }

    /// Carries out what is the supervisor's own, and tells the VM manager of the rest.
    fn given_up(&mut self, task: TaskId) {
        if self.supervision.next_failure(task).is_some_and(|failure| failure.task == task)
            && let Some(manager) = self.config.manager
        {
            let _ = Kernel.notify(manager);
        }
        let policy = self.supervision.policy(task).map(|policy| policy.on_failure);
        if matches!(policy, Some(FailurePolicy::StartAnew | FailurePolicy::PowerOff)) {
            log::error!("the system cannot do without task {task}");
            self.end_machine();
        }
    }

    /// Ends the machine through the console, which still has words to send; without it if it takes too long.
    fn end_machine(&self) {
        if let Some(console) = self.config.end.badly {
            let _ = Kernel.notify(console);
            let until = self.clock.nanos(time::now()).saturating_add(END_PATIENCE);
            let _ = Kernel.wait(0, self.clock.stamp(until));
        }
        if let Some(platform) = self.config.platform {
            let _ = Kernel.power_off(platform, 1);
        }
    }

    fn restart(&mut self, due: Due) {
        let supervise = self.config.supervise;
        let restarted = Kernel.task_restart(supervise, due.task, due.fresh);
        let Ok(status) = Kernel.task_status(supervise, due.task, NO_PAGE) else { return };
        let name = name_text(&status.name);
        match restarted {
            Ok(()) => log::info!("restarted {name} (life {})", status.generation.0),
            Err(error) => {
                log::error!("{name} cannot be started: {error:?}");
                self.supervision.give_up(due.task);
                self.given_up(due.task);
            }
        }
    }

    fn now(&self) -> Micros {
        Micros(self.clock.nanos(time::now()) / 1000)
    }
}

impl interface::Server for Task<'_> {
    fn next_failure(&mut self, _: Caller, from: TaskId) -> Option<Failure> {
        self.supervision.next_failure(from)
    }

    fn settle(&mut self, _: Caller, task: TaskId, life: Generation) {
        self.supervision.settle(task, life);
    }

    fn revive(&mut self, _: Caller, task: TaskId) -> bool {
        let is_down = self.supervision.is_dead(task) || self.supervision.waits(task);
        let is_revived = is_down && Kernel.task_restart(self.config.supervise, task, true).is_ok();
        if is_revived {
            self.supervision.revived(task);
            log::info!("started task {task} anew");
        }
        is_revived
    }

    fn restarts(&mut self, _: Caller, task: TaskId) -> u32 {
        Kernel.task_status(self.config.supervise, task, NO_PAGE).map_or(0, |status| status.generation.0)
    }
}

fn death(record: &FaultRecord) -> Death {
    let exited = FaultKind::from_value(record.kind) == FaultKind::Exited;
    if exited && record.code == EXIT_INVALID_STATE { Death::InvalidState } else { Death::Fault }
}

/// The lines that `cargo xtask corpse` reads back.
fn report(name: &str, record: &FaultRecord) {
    log::warn!("{}", Cause { name, record });
    log::warn!("  {}", Under(record));
    for first in [0, 4, 8, 12] {
        log::warn!("  {}", Registers { record, first });
    }
    for first in [0, 4, 8, 12] {
        log::warn!("  {}", StackWords { record, first });
    }
}
