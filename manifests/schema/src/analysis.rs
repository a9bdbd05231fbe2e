//! What each CPU promises and how long everybody waits for his part of it, computed from a system alone.
//!
//! The mathematics and its sources are in `docs/src/response-times.md`. Two rules of the core carry it: an actor with a
//! budget never gets more than that in a period, and equals take turns. Where a bound would need a budget that the
//! manifest does not give, there is no bound, and [`Bound::Unbounded`] says because of whom.

mod actor;
mod calls;
mod response;

pub use actor::{Actor, Budget, Who};
pub use calls::{Calls, Edge, of_event};
pub use response::{Bound, SLICE_US, Why, of_budget};

use crate::system::System;

/// Everything about the time of a system.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// All tasks, then all vCPUs, as the scheduler sees them.
    pub actors: Vec<Actor>,
    /// What each gets: in the same order.
    pub outlooks: Vec<Outlook>,
    /// For each task, from a request to its reply, with every other client's request before it. Signals, which a server
    /// takes first, are not counted.
    pub requests: Vec<Bound>,
}

/// What an actor can count on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// From the moment at which it could run with its whole budget until it has run for all of it.
    pub budget: Bound,
    /// A task: from the receipt of an event until its end, if the event takes no more than a budget and calls each
    /// callee at most once. A vCPU: nothing.
    pub event: Option<Bound>,
    /// The same without its calls: all that its own budget accounts for.
    pub alone: Option<Bound>,
}

/// Computes everything.
#[must_use]
pub fn analyse(system: &System) -> Analysis {
    let actors = actor::of_system(system);
    let calls = calls::of_system(system, &actors);
    let outlooks = (0..actors.len())
        .map(|index| {
            let is_task = matches!(actors[index].who, Who::Task(_));
            Outlook {
                budget: of_budget(&actors, index),
                event: is_task.then(|| calls.event(index)),
                alone: is_task.then(|| of_event(&actors, index)),
            }
        })
        .collect();
    let requests = (0..system.tasks.len()).map(|task| calls.request(task)).collect();
    Analysis { actors, outlooks, requests }
}

impl Analysis {
    /// The actors of a CPU and what they get, the most urgent first.
    pub fn on_cpu(&self, cpu: u16) -> impl Iterator<Item = (&Actor, &Outlook)> + use<'_> {
        let mut here: Vec<_> =
            self.actors.iter().zip(&self.outlooks).filter(|(actor, _)| actor.cpu == cpu).collect();
        here.sort_by_key(|(actor, _)| core::cmp::Reverse(actor.priority));
        here.into_iter()
    }

    /// How much of a CPU its budgets promise, in millionths.
    #[must_use]
    pub fn promised_ppm(&self, cpu: u16) -> u64 {
        let here = self.actors.iter().filter(|actor| actor.cpu == cpu);
        here.filter_map(|actor| actor.budget).map(Budget::share_ppm).fold(0, u64::saturating_add)
    }

    /// The actors of a CPU that may take as much as they like.
    pub fn without_budget(&self, cpu: u16) -> impl Iterator<Item = &Actor> {
        self.actors.iter().filter(move |actor| actor.cpu == cpu && actor.budget.is_none())
    }
}

#[cfg(test)]
mod tests;
