//! Response times through calls: how long a server has an event, and how long its clients wait for it.

use super::actor::{Actor, Budget};
use super::response::{Bound, Why, respond};
use crate::system::{Capability, System};

/// The longest times of events and requests.
#[derive(Debug)]
pub struct Calls {
    /// For each actor, the bound of an event.
    events: Vec<Bound>,
    /// For each actor, how many can wait for it at once.
    clients: Vec<u64>,
}

/// A call as far as time is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The server.
    pub target: usize,
    /// When the core ends the call, in microseconds.
    pub deadline_us: u64,
}

/// The calls of a system, whose actors these are: tasks have the first indices.
pub(super) fn of_system(system: &System, actors: &[Actor]) -> Calls {
    let callees: Vec<Vec<Edge>> = system.tasks.iter().map(|task| edges(&task.slots)).collect();
    let mut vcpus = vec![0; system.tasks.len()];
    for vm in &system.vms {
        for (_, server) in &vm.servers {
            vcpus[*server] += vm.vcpus.len() as u64;
        }
    }
    Calls::new(actors, &callees, &vcpus)
}

impl Calls {
    /// Computes the bounds of actors that call each other, and of which some serve further clients (vCPUs) that are not
    /// among those. Each waits for one server at a time.
    #[must_use]
    pub fn new(actors: &[Actor], callees: &[Vec<Edge>], further: &[u64]) -> Self {
        let mut clients = vec![0; callees.len()];
        for (own, further) in clients.iter_mut().zip(further) {
            *own += further;
        }
        for edge in callees.iter().flatten() {
            clients[edge.target] += 1;
        }
        let mut events = vec![None; callees.len()];
        for actor in 0..callees.len() {
            event(actors, callees, &clients, &mut events, actor);
        }
        let unknown = Bound::Unbounded(Why::NoBudget);
        Self {
            events: events.into_iter().map(|bound| bound.unwrap_or_else(|| unknown.clone())).collect(),
            clients,
        }
    }

    /// From the receipt of an event by a task to its end.
    #[must_use]
    pub fn event(&self, task: usize) -> Bound {
        self.events.get(task).cloned().unwrap_or(Bound::Unbounded(Why::NoBudget))
    }

    /// From a request to its reply, with every other client's request before it, and no signals in between.
    #[must_use]
    pub fn request(&self, task: usize) -> Bound {
        match self.event(task) {
            Bound::Within(time) => {
                Bound::Within(time.saturating_mul(self.clients.get(task).copied().unwrap_or(1).max(1)))
            }
            Bound::Unbounded(Why::NoBudget) => Bound::Unbounded(Why::Server(task)),
            other => other,
        }
    }
}

/// One edge for each callee: by the longest of its deadlines, if there are several slots for it.
fn edges(slots: &[Capability]) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    for slot in slots {
        let Capability::Call(call) = slot else { continue };
        let deadline_us = u64::from(call.deadline_us);
        match edges.iter_mut().find(|edge| edge.target == call.target) {
            Some(edge) => edge.deadline_us = edge.deadline_us.max(deadline_us),
            None => edges.push(Edge { target: call.target, deadline_us }),
        }
    }
    edges
}

/// Depth first. A task that is met again is in a cycle, which the checker refuses elsewhere.
fn event(
    actors: &[Actor],
    callees: &[Vec<Edge>],
    clients: &[u64],
    events: &mut [Option<Bound>],
    task: usize,
) -> Bound {
    if let Some(known) = &events[task] {
        return known.clone();
    }
    events[task] = Some(Bound::Unbounded(Why::NoBudget));
    let mut away = 0_u64;
    for edge in &callees[task] {
        let handling = event(actors, callees, clients, events, edge.target);
        // The core ends a call at its deadline, whatever the server does.
        let bound = handling.within().map(|time| time.saturating_mul(clients[edge.target]));
        away = away.saturating_add(bound.map_or(edge.deadline_us, |bound| bound.min(edge.deadline_us)));
    }
    let bound = own_event(actors, task, away, callees[task].len() as u64);
    events[task] = Some(bound.clone());
    bound
}

/// From waking up until as much as a budget at the most has run, without any call.
#[must_use]
pub fn of_event(actors: &[Actor], actor: usize) -> Bound {
    own_event(actors, actor, 0, 0)
}

/// An event that takes no more than a budget: the budget may have just been spent, and then it takes a whole one.
fn own_event(actors: &[Actor], task: usize, away: u64, calls: u64) -> Bound {
    let Some(Budget { budget_us, period_us }) = actors[task].budget else {
        return Bound::Unbounded(Why::NoBudget);
    };
    match respond(actors, task, budget_us, away, calls, u64::MAX) {
        Bound::Within(time) => Bound::Within(time.saturating_add(period_us - budget_us)),
        other => other,
    }
}
