//! Random task sets: servers above their clients, actors that always want to run, and some that sleep.

use bulkhead_schema::analysis::{Actor, Budget, Edge, Who};
use random_systems::Random;

/// Tasks on CPUs.
#[derive(Debug, Clone)]
pub struct TaskSet {
    /// CPUs.
    pub cpus: u8,
    /// Where, how urgent, how much.
    pub actors: Vec<Actor>,
    /// What each does: in the same order.
    pub behaviours: Vec<Behaviour>,
    /// Whom each calls.
    pub calls: Vec<Vec<Edge>>,
}

/// What an actor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Always wants to run.
    Greedy,
    /// Sleeps, then works off a burst of at most its budget.
    Bursts,
    /// Works a little, calls one of its servers, and again.
    Client,
    /// Answers requests; each takes at most its budget and calls each of its callees once.
    Server,
}

/// Never in the way: the bounds under test come from budgets.
const DEADLINE_US: u64 = u32::MAX as u64;

impl TaskSet {
    /// The set of a seed.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let cpus = random.range(1, 3);
        let mut set = Self {
            cpus: u8::try_from(cpus).unwrap_or(1),
            actors: Vec::new(),
            behaviours: Vec::new(),
            calls: Vec::new(),
        };
        let back = random.below(3);
        let front = random.below(3);
        for _ in 0..back {
            set.add(&mut random, Behaviour::Server, (40, 43), &[]);
        }
        let backs: Vec<usize> = (0..set.actors.len()).collect();
        for _ in 0..front {
            set.add(&mut random, Behaviour::Server, (25, 28), &backs);
        }
        let servers: Vec<usize> = (0..set.actors.len()).collect();
        for _ in 0..random.range(2, 3 * cpus + 2) {
            let behaviour = match random.below(4) {
                0 if !servers.is_empty() => Behaviour::Client,
                1 => Behaviour::Bursts,
                _ => Behaviour::Greedy,
            };
            let callees = if behaviour == Behaviour::Client { servers.as_slice() } else { &[] };
            set.add(&mut random, behaviour, (1, 12), callees);
        }
        set
    }

    fn add(&mut self, random: &mut Random, behaviour: Behaviour, priorities: (u64, u64), callees: &[usize]) {
        let index = self.actors.len();
        // Few of the priorities, so that there are equals.
        let priority = random.range(priorities.0, priorities.1);
        let is_free = behaviour != Behaviour::Server && random.one_in(8);
        let period_us = 1_000 * random.range(4, 100);
        let share = random.range(1, 30);
        let budget = Budget { budget_us: period_us * share / 100, period_us };
        self.actors.push(Actor {
            who: Who::Task(index),
            name: format!("actor-{index}"),
            cpu: u16::try_from(random.below(self.cpus.into())).unwrap_or(0),
            priority: u8::try_from(priority).unwrap_or(0),
            budget: (!is_free).then_some(budget),
        });
        self.behaviours.push(behaviour);
        let mut called: Vec<usize> = callees.iter().copied().filter(|_| random.one_in(2)).collect();
        if behaviour == Behaviour::Client && called.is_empty() {
            called.push(random.pick(callees));
        }
        self.calls.push(called.into_iter().map(|target| Edge { target, deadline_us: DEADLINE_US }).collect());
    }
}
