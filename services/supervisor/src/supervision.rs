//! Which tasks wait for their next life, and until when.

use crate::policy::{Decision, History, Micros};
use bulkhead_abi::id::{Generation, TaskId};
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_protocol::config::RestartPolicy;

/// What is decided about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Nothing: as far as is known it lives.
    None,
    /// This life is over; the next begins at that time.
    Restart(Generation, Micros),
    /// It stays dead.
    Dead,
}

#[derive(Debug, Clone, Copy)]
struct Watch {
    policy: RestartPolicy,
    history: History,
    plan: Plan,
}

/// All tasks that have a policy.
#[derive(Debug)]
pub struct Supervision {
    watches: heapless::Vec<Watch, MAX_TASKS>,
}

impl Supervision {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(policies: &[RestartPolicy]) -> Self {
        let watch =
            |policy: &RestartPolicy| Watch { policy: *policy, history: History::default(), plan: Plan::None };
        Self { watches: policies.iter().take(MAX_TASKS).map(watch).collect() }
    }

    /// A task was found faulted in this life. The decision, or `None` if it was made before. A task without a policy
    /// is none of the manifest's and is not restarted.
    pub fn fault(&mut self, task: TaskId, life: Generation, now: Micros) -> Option<Decision> {
        let Some(watch) = self.watch(task) else { return Some(Decision::GiveUp) };
        match watch.plan {
            Plan::Dead => return None,
            Plan::Restart(known, _) if known == life => return None,
            Plan::Restart(..) | Plan::None => {}
        }
        let decision = watch.history.fault(now, &watch.policy);
        watch.plan = match decision {
            Decision::RestartAt(at) => Plan::Restart(life, at),
            Decision::GiveUp => Plan::Dead,
        };
        Some(decision)
    }

    /// Takes a task whose next life begins now.
    pub fn take_due(&mut self, now: Micros) -> Option<TaskId> {
        let due = |watch: &&mut Watch| matches!(watch.plan, Plan::Restart(_, at) if at <= now);
        let watch = self.watches.iter_mut().find(due)?;
        watch.plan = Plan::None;
        Some(watch.policy.task)
    }

    /// A task could not be started again.
    pub fn give_up(&mut self, task: TaskId) {
        if let Some(watch) = self.watch(task) {
            watch.plan = Plan::Dead;
        }
    }

    /// When the next restart is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let due = |watch: &Watch| match watch.plan {
            Plan::Restart(_, at) => Some(at),
            Plan::None | Plan::Dead => None,
        };
        self.watches.iter().filter_map(due).min()
    }

    fn watch(&mut self, task: TaskId) -> Option<&mut Watch> {
        self.watches.iter_mut().find(|watch| watch.policy.task == task)
    }
}

#[cfg(test)]
mod tests;
