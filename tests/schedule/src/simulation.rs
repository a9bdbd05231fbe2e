//! A machine in simulated time: what actors do is ours, who runs when is the core's.

use crate::observation::{Kind, Observation};
use crate::set::{Behaviour, TaskSet};
use bulkhead_model::sched::{ActorId, Budget, Enqueued, Scheduler};
use bulkhead_schema::analysis::SLICE_US;
use random_systems::Random;
use std::collections::VecDeque;

/// Simulated time of a set, in periods of its slowest actor.
const PERIODS: u64 = 12;

/// What an actor is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Wakes up then.
    Asleep(u64),
    /// Wants to run for so long.
    Works(u64),
    /// Waits for the reply of a server.
    Calls,
    /// A server without a request.
    Receives,
}

/// An actor in the machine.
#[derive(Debug, Clone)]
struct Life {
    state: State,
    /// Since when the burst or the event under way is.
    since: u64,
    /// A greedy actor: when it had a whole budget, and what it had run for then.
    whole: Option<(u64, u64)>,
    /// A server: who waits for it, and since when.
    queue: VecDeque<(usize, u64)>,
    /// A server: whose request is under way, and since when that one waits.
    serves: Option<(usize, u64)>,
    /// Work that is left after the calls to come, and those.
    later: Vec<(usize, u64)>,
}

struct Machine<'s> {
    set: &'s TaskSet,
    random: Random,
    scheduler: Box<Scheduler>,
    lives: Vec<Life>,
    now: u64,
    /// CPUs that must look.
    looks: Vec<bool>,
    seen: Vec<Observation>,
}

/// Runs a set for a while; everything that was measured.
pub(crate) fn simulate(seed: u64, set: &TaskSet) -> Vec<Observation> {
    let life = Life {
        state: State::Receives,
        since: 0,
        whole: None,
        queue: VecDeque::new(),
        serves: None,
        later: Vec::new(),
    };
    let mut machine = Machine {
        set,
        random: Random::new(seed ^ 0x5eed),
        scheduler: Box::default(),
        lives: vec![life; set.actors.len()],
        now: 0,
        looks: vec![true; usize::from(set.cpus)],
        seen: Vec::new(),
    };
    machine.start();
    let slowest = set.actors.iter().filter_map(|actor| actor.budget).map(|budget| budget.period_us).max();
    let end = slowest.unwrap_or(100_000) * PERIODS;
    while machine.now < end {
        machine.step();
    }
    machine.seen
}

fn id(actor: usize) -> ActorId {
    ActorId::task(u16::try_from(actor).unwrap_or(u16::MAX))
}

impl Machine<'_> {
    fn start(&mut self) {
        self.scheduler.set_slice(SLICE_US);
        for (index, actor) in self.set.actors.iter().enumerate() {
            let budget = actor.budget.map_or(Budget::UNBOUNDED, |budget| Budget {
                capacity: budget.budget_us,
                period: budget.period_us,
            });
            let cpu = u8::try_from(actor.cpu).unwrap_or(0);
            self.scheduler.place(id(index), cpu, actor.priority, budget);
        }
        for index in 0..self.lives.len() {
            match self.set.behaviours[index] {
                Behaviour::Server => {}
                Behaviour::Greedy => {
                    self.lives[index].state = State::Works(u64::MAX / 2);
                    self.lives[index].whole = Some((0, 0));
                    self.wake(index);
                }
                Behaviour::Bursts | Behaviour::Client => {
                    self.lives[index].state = State::Asleep(self.random.below(20_000));
                }
            }
        }
        self.look();
    }

    /// On to the next moment at which anything happens.
    fn step(&mut self) {
        let next = self.next_moment();
        let passed = next - self.now;
        self.now = next;
        for cpu in 0..self.set.cpus {
            if let Some(actor) = self.running(cpu)
                && let State::Works(left) = &mut self.lives[actor].state
            {
                *left -= passed;
            }
        }
        for index in 0..self.lives.len() {
            match self.lives[index].state {
                State::Asleep(until) if until <= self.now => self.begin(index),
                State::Works(0) if self.is_running(index) => self.worked(index),
                _ => {}
            }
            self.refill(index);
        }
        for cpu in 0..self.set.cpus {
            // The core also looks without need, whenever a CPU enters it.
            let is_due = self.scheduler.turn_end(cpu) <= self.now || self.random.one_in(20);
            self.looks[usize::from(cpu)] |= is_due;
        }
        self.look();
    }

    fn next_moment(&self) -> u64 {
        let turns = (0..self.set.cpus).map(|cpu| self.scheduler.turn_end(cpu)).filter(|end| *end > self.now);
        let ends = (0..self.set.cpus).filter_map(|cpu| match self.lives[self.running(cpu)?].state {
            State::Works(left) => Some(self.now + left),
            _ => None,
        });
        let others = self.lives.iter().enumerate().map(|(index, life)| {
            let wakes = if let State::Asleep(until) = life.state { until } else { u64::MAX };
            self.scheduler.refill_due(id(index)).min(wakes)
        });
        turns.chain(ends).chain(others).min().unwrap_or(u64::MAX).max(self.now)
    }

    fn running(&self, cpu: u8) -> Option<usize> {
        self.scheduler.current(cpu).map(ActorId::index)
    }

    fn is_running(&self, actor: usize) -> bool {
        self.running(self.scheduler.cpu(id(actor))) == Some(actor)
    }

    fn look(&mut self) {
        for cpu in 0..self.set.cpus {
            if std::mem::take(&mut self.looks[usize::from(cpu)]) {
                let before = self.running(cpu);
                self.scheduler.choose(cpu, self.now);
                if let Some(before) = before {
                    self.spent(before);
                }
            }
        }
    }

    fn wake(&mut self, actor: usize) {
        let cpu = usize::from(self.scheduler.cpu(id(actor)));
        if self.scheduler.enqueue(id(actor), self.now) == (Enqueued::Queued { urgent: true }) {
            self.looks[cpu] = true;
        }
    }

    fn refill(&mut self, actor: usize) {
        let cpu = usize::from(self.scheduler.cpu(id(actor)));
        match self.scheduler.refill(id(actor), self.now) {
            None => return,
            Some(Enqueued::Queued { urgent }) => self.looks[cpu] |= urgent,
            Some(_) => {}
        }
        if self.set.behaviours[actor] == Behaviour::Greedy {
            self.lives[actor].whole = Some((self.now, self.scheduler.ran(id(actor), self.now)));
        }
    }

    /// A greedy actor that waits for its next period has had its budget.
    fn spent(&mut self, actor: usize) {
        let is_held = self.scheduler.refill_due(id(actor)) != u64::MAX;
        if is_held && let Some((since, _)) = self.lives[actor].whole.take() {
            self.seen.push(Observation { kind: Kind::Budget, actor, took: self.now - since });
        }
    }

    /// An actor wakes up.
    fn begin(&mut self, actor: usize) {
        let most = self.set.actors[actor].budget.map_or(20_000, |budget| budget.budget_us);
        let work = match self.set.behaviours[actor] {
            Behaviour::Client => self.random.range(1, 5_000),
            _ if self.random.one_in(2) => most.max(1),
            _ => self.random.range(1, most.max(1)),
        };
        self.lives[actor].state = State::Works(work);
        self.lives[actor].since = self.now;
        self.wake(actor);
    }

    /// An actor has done its work and goes on to what comes after.
    fn worked(&mut self, actor: usize) {
        let cpu = self.scheduler.cpu(id(actor));
        self.looks[usize::from(cpu)] = true;
        self.scheduler.block(cpu);
        match self.set.behaviours[actor] {
            Behaviour::Greedy => {}
            Behaviour::Bursts => {
                let took = self.now - self.lives[actor].since;
                self.seen.push(Observation { kind: Kind::Burst, actor, took });
                self.sleep(actor);
            }
            Behaviour::Client => {
                let servers: Vec<usize> = self.set.calls[actor].iter().map(|edge| edge.target).collect();
                let server = self.random.pick(&servers);
                self.call(actor, server);
            }
            Behaviour::Server => match self.lives[actor].later.pop() {
                Some((callee, work)) => {
                    self.call(actor, callee);
                    self.lives[actor].later.push((usize::MAX, work));
                }
                None => self.reply(actor),
            },
        }
    }

    fn sleep(&mut self, actor: usize) {
        let period = self.set.actors[actor].budget.map_or(50_000, |budget| budget.period_us);
        let pause = self.random.range(1, period * 2);
        self.lives[actor].state = State::Asleep(self.now + pause);
    }

    fn call(&mut self, actor: usize, server: usize) {
        self.lives[actor].state = State::Calls;
        self.lives[server].queue.push_back((actor, self.now));
        if self.lives[server].state == State::Receives {
            self.receive(server);
        }
    }

    /// A server takes its next request: work in parts, with a call of each callee in between.
    fn receive(&mut self, server: usize) {
        let Some(request) = self.lives[server].queue.pop_front() else {
            self.lives[server].state = State::Receives;
            return;
        };
        let budget = self.set.actors[server].budget.map_or(1, |budget| budget.budget_us).max(1);
        let mut left = if self.random.one_in(2) { budget } else { self.random.range(1, budget) };
        let mut later = Vec::new();
        for edge in &self.set.calls[server] {
            let part = self.random.below(left);
            left -= part;
            later.push((edge.target, part));
        }
        let life = &mut self.lives[server];
        life.serves = Some(request);
        life.since = self.now;
        life.later = later;
        life.state = State::Works(left);
        self.wake(server);
    }

    fn reply(&mut self, server: usize) {
        let Some((client, called)) = self.lives[server].serves.take() else { return };
        let event = self.now - self.lives[server].since;
        self.seen.push(Observation { kind: Kind::Event, actor: server, took: event });
        self.seen.push(Observation { kind: Kind::Request, actor: server, took: self.now - called });
        self.returned(client);
        self.receive(server);
    }

    /// A call of this actor is over.
    fn returned(&mut self, client: usize) {
        if self.set.behaviours[client] == Behaviour::Client {
            self.sleep(client);
            return;
        }
        let Some((_, work)) = self.lives[client].later.pop() else { return };
        if work == 0 {
            // Nothing to do between two calls: it still takes its turn for a moment.
            self.lives[client].state = State::Works(1);
        } else {
            self.lives[client].state = State::Works(work);
        }
        self.wake(client);
    }
}
