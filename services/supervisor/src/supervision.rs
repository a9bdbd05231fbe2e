//! Which tasks wait for their next life, and until when; which stay dead, and who has to know.

use crate::policy::{Death, Decision, History, Micros};
use bulkhead_abi::id::{Generation, TaskId};
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_protocol::config::{FailurePolicy, RestartPolicy};
use bulkhead_protocol::supervisor::{Cause, Failure};

/// What is decided about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Nothing: as far as is known it lives.
    None,
    /// The next life begins at that time, without the committed state if it is to be fresh.
    Restart { at: Micros, fresh: bool },
    /// It stays dead.
    Dead,
}

#[derive(Debug, Clone, Copy)]
struct Watch {
    policy: RestartPolicy,
    history: History,
    plan: Plan,
    /// The last life about whose end was decided. A task that a CPU has not left yet is seen to be faulted even after
    /// its restart.
    over: Option<Generation>,
    /// What nobody has settled yet.
    failure: Option<Failure>,
}

impl Watch {
    /// It stays dead.
    fn give_up(&mut self, cause: Cause, again: bool) {
        self.plan = Plan::Dead;
        let life = self.over.unwrap_or(Generation(0));
        self.failure = Some(Failure { task: self.policy.task, life, cause, again, revived: false });
    }
}

/// A task whose next life begins now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub task: TaskId,
    /// Without its committed state.
    pub fresh: bool,
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
        let watch = |policy: &RestartPolicy| {
            let (policy, history) = (*policy, History::default());
            Watch { policy, history, plan: Plan::None, over: None, failure: None }
        };
        Self { watches: policies.iter().take(MAX_TASKS).map(watch).collect() }
    }

    /// The task's policy.
    #[must_use]
    pub fn policy(&self, task: TaskId) -> Option<&RestartPolicy> {
        self.watches.iter().map(|watch| &watch.policy).find(|policy| policy.task == task)
    }

    /// A task was found faulted in this life. The decision, or `None` if it was made before. A task without a policy
    /// is none of the manifest's and is not restarted.
    pub fn fault(&mut self, task: TaskId, life: Generation, death: Death, now: Micros) -> Option<Decision> {
        let Some(watch) = self.watch(task) else {
            return Some(Decision::GiveUp { cause: Cause::Refused, again: false });
        };
        if watch.over == Some(life) || watch.plan == Plan::Dead {
            return None;
        }
        watch.over = Some(life);
        let decision = watch.history.fault(now, death, &watch.policy);
        match decision {
            Decision::RestartAt(at, _) => watch.plan = Plan::Restart { at, fresh: false },
            Decision::StartAnewAt(at, _) => watch.plan = Plan::Restart { at, fresh: true },
            Decision::GiveUp { cause, again } => watch.give_up(cause, again),
        }
        Some(decision)
    }

    /// Takes a task whose next life begins now.
    pub fn take_due(&mut self, now: Micros) -> Option<Due> {
        let due = |watch: &mut Watch| match watch.plan {
            Plan::Restart { at, fresh } if at <= now => {
                watch.plan = Plan::None;
                Some(Due { task: watch.policy.task, fresh })
            }
            _ => None,
        };
        self.watches.iter_mut().find_map(due)
    }

    /// A task could not be started again.
    pub fn give_up(&mut self, task: TaskId) {
        if let Some(watch) = self.watch(task) {
            watch.give_up(Cause::Refused, false);
        }
    }

    /// The first device server, this one or one behind it, that was given up, and whose VM's policy was not carried out yet.
    #[must_use]
    pub fn next_failure(&self, from: TaskId) -> Option<Failure> {
        let servers = self.watches.iter().filter(|watch| is_server(&watch.policy));
        let failures = servers.filter_map(|watch| watch.failure);
        failures.filter(|failure| failure.task >= from).min_by_key(|failure| failure.task)
    }

    /// The policy for the end of this life was carried out. A later life of the task may have ended since.
    pub fn settle(&mut self, task: TaskId, life: Generation) {
        if let Some(watch) = self.watch(task) {
            watch.failure = watch.failure.filter(|failure| failure.life != life);
        }
    }

    /// Does the task stay dead?
    #[must_use]
    pub fn is_dead(&self, task: TaskId) -> bool {
        self.plan_of(task) == Some(Plan::Dead)
    }

    /// Does the task wait for its next life?
    #[must_use]
    pub fn waits(&self, task: TaskId) -> bool {
        matches!(self.plan_of(task), Some(Plan::Restart { .. }))
    }

    /// A task that stayed dead, or waited, was started anew.
    pub fn revived(&mut self, task: TaskId) {
        if let Some(watch) = self.watch(task) {
            if watch.plan == Plan::Dead {
                watch.history.started_anew();
            }
            watch.plan = Plan::None;
            if let Some(failure) = &mut watch.failure {
                failure.revived = true;
            }
        }
    }

    /// When the next restart is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        let due = |watch: &Watch| match watch.plan {
            Plan::Restart { at, .. } => Some(at),
            Plan::None | Plan::Dead => None,
        };
        self.watches.iter().filter_map(due).min()
    }

    fn plan_of(&self, task: TaskId) -> Option<Plan> {
        self.watches.iter().find(|watch| watch.policy.task == task).map(|watch| watch.plan)
    }

    fn watch(&mut self, task: TaskId) -> Option<&mut Watch> {
        self.watches.iter_mut().find(|watch| watch.policy.task == task)
    }
}

/// Is the failure of this task a matter of its VM?
const fn is_server(policy: &RestartPolicy) -> bool {
    match policy.on_failure {
        FailurePolicy::ResetDevice
        | FailurePolicy::PauseVm
        | FailurePolicy::ResetVm
        | FailurePolicy::PowerOffVm => true,
        FailurePolicy::StayDead | FailurePolicy::StartAnew | FailurePolicy::PowerOff => false,
    }
}

#[cfg(test)]
mod tests;
