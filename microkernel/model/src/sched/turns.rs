//! Turns: who runs on each CPU, until when, and whose time it was.

use super::account::{Account, Budget};
use super::actor::{ActorId, MAX_ACTORS};
use super::queues::RunQueues;
use bulkhead_abi::limits::MAX_CPUS;

/// What became of an actor that can run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It runs already.
    Current,
    /// Its budget is spent: it is queued at that time, by [`Scheduler::refill`].
    Held(u64),
    /// It is queued. Urgent: its CPU must look, because what runs there is no more urgent than it is.
    Queued {
        /// Its CPU must look.
        urgent: bool,
    },
}

/// What a CPU does.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Who runs or is about to; `None` once it has blocked.
    current: Option<ActorId>,
    /// Who comes next, if nobody runs and it is more urgent than all that are queued: the common case of a call and its
    /// reply, without the work of a queue.
    next: Option<ActorId>,
    /// Whose time it is, and since when: also that of the actor that has just blocked.
    charged: Option<ActorId>,
    since: u64,
    /// When equals get their turn; `u64::MAX` while there are none.
    slice_end: u64,
    /// When somebody must look: at the end of the slice or of the budget, or when somebody's next period begins.
    ends: u64,
}

/// The scheduler of all CPUs.
pub struct Scheduler {
    queues: RunQueues,
    accounts: [Account; MAX_ACTORS],
    /// What was left of the slice of each actor that somebody more urgent has interrupted; 0 if it has none.
    slice_left: [u64; MAX_ACTORS],
    turns: [Turn; MAX_CPUS],
    /// How long equals run before the next one has its turn, in ticks.
    slice: u64,
}

impl Scheduler {
    /// Idle CPUs; every actor on CPU 0 with priority 0 and without a bound.
    #[must_use]
    pub const fn new() -> Self {
        const IDLE: Turn =
            Turn { current: None, next: None, charged: None, since: 0, slice_end: u64::MAX, ends: u64::MAX };
        Self {
            queues: RunQueues::new(),
            accounts: [Account::new(Budget::UNBOUNDED); MAX_ACTORS],
            slice_left: [0; MAX_ACTORS],
            turns: [IDLE; MAX_CPUS],
            slice: u64::MAX,
        }
    }

    /// How long equals run before the next one has its turn, in ticks.
    pub const fn set_slice(&mut self, ticks: u64) {
        self.slice = ticks;
    }

    /// Says where an actor runs, how urgently, and how much. It must not be queued.
    pub fn place(&mut self, actor: ActorId, cpu: u8, priority: u8, budget: Budget) {
        self.queues.place(actor, cpu, priority);
        if let Some(account) = self.accounts.get_mut(actor.index()) {
            *account = Account::new(budget);
        }
    }

    /// Where it runs.
    #[must_use]
    pub fn cpu(&self, actor: ActorId) -> u8 {
        self.queues.cpu(actor)
    }

    /// How urgently it runs.
    #[must_use]
    pub fn priority(&self, actor: ActorId) -> u8 {
        self.queues.priority(actor)
    }

    /// Does it wait for its turn, or for its budget?
    #[must_use]
    pub fn queued(&self, actor: ActorId) -> bool {
        let next = self.turns.get(usize::from(self.cpu(actor))).and_then(|turn| turn.next);
        next == Some(actor) || self.queues.queued(actor) || self.refill_due(actor) != u64::MAX
    }

    /// Who runs on a CPU.
    #[must_use]
    pub fn current(&self, cpu: u8) -> Option<ActorId> {
        self.turns.get(usize::from(cpu)).and_then(|turn| turn.current)
    }

    /// When a CPU must look at the turn that is under way; `u64::MAX` is never.
    #[inline]
    #[must_use]
    pub fn turn_end(&self, cpu: u8) -> u64 {
        self.turns.get(usize::from(cpu)).map_or(u64::MAX, |turn| turn.ends)
    }

    /// Ticks that an actor has used since boot.
    #[must_use]
    pub fn ran(&self, actor: ActorId, now: u64) -> u64 {
        let charged = self.accounts.get(actor.index()).map_or(0, Account::ran);
        let turn = self.turns.get(usize::from(self.cpu(actor))).filter(|turn| turn.current == Some(actor));
        charged.saturating_add(turn.map_or(0, |turn| now.saturating_sub(turn.since)))
    }

    /// An actor can run again.
    #[inline]
    pub fn enqueue(&mut self, actor: ActorId, now: u64) -> Enqueued {
        let (cpu, priority) = (self.queues.cpu(actor), self.queues.priority(actor));
        let Some(turn) = self.turns.get_mut(usize::from(cpu)) else { return Enqueued::Current };
        if turn.current == Some(actor) {
            return Enqueued::Current;
        }
        if turn.charged == Some(actor) {
            // It has just blocked: its time belongs to the period in which it ran, which may be over.
            turn.charge(&mut self.accounts, now);
        }
        if let Some(due) = hold_if_spent(&mut self.accounts, actor, now) {
            return Enqueued::Held(due);
        }
        if let Some(current) = turn.current {
            self.queues.push_back(actor);
            // An equal must be seen too: its turn comes when the other's slice is over, and that must begin.
            return Enqueued::Queued { urgent: self.queues.priority(current) <= priority };
        }
        let above = match turn.next {
            Some(next) => self.queues.priority(next) < priority,
            None => self.queues.top_priority(cpu).is_none_or(|top| top < priority),
        };
        let displaced = if above { turn.next.replace(actor) } else { turn.next.take() };
        if let Some(displaced) = displaced {
            self.queues.push_front(displaced);
        }
        if !above {
            self.queues.push_back(actor);
        }
        Enqueued::Queued { urgent: true }
    }

    /// An actor cannot run any more. The current one of a CPU is not queued: see [`Self::block`].
    pub fn remove(&mut self, actor: ActorId) {
        let cpu = self.cpu(actor);
        if let Some(turn) = self.turns.get_mut(usize::from(cpu))
            && turn.next == Some(actor)
        {
            turn.next = None;
        }
        self.queues.remove(actor);
        if let Some(account) = self.accounts.get_mut(actor.index()) {
            account.hold(false);
        }
    }

    /// The current actor of a CPU cannot go on.
    pub fn block(&mut self, cpu: u8) {
        if let Some(turn) = self.turns.get_mut(usize::from(cpu)) {
            turn.current = None;
        }
    }

    /// When an actor that has spent its budget can run again; `u64::MAX` if it does not wait for that.
    #[must_use]
    pub fn refill_due(&self, actor: ActorId) -> u64 {
        self.accounts.get(actor.index()).map_or(u64::MAX, Account::refill_due)
    }

    /// An actor's next period has begun: it is queued if it waits for that.
    pub fn refill(&mut self, actor: ActorId, now: u64) -> Option<Enqueued> {
        let account = self.accounts.get_mut(actor.index())?;
        if account.refill_due() > now {
            return None;
        }
        account.hold(false);
        Some(self.enqueue(actor, now))
    }

    /// Who runs on a CPU from now on. The current one goes on before its equals until its slice is over; who has spent
    /// its budget waits for its next period.
    #[inline]
    pub fn choose(&mut self, cpu: u8, now: u64) -> Option<ActorId> {
        let turn = self.turns.get_mut(usize::from(cpu))?;
        let mut chosen = match turn.current {
            None => turn.next.take().or_else(|| self.queues.pop(cpu)),
            Some(current) => {
                let (slice_end, over) = (turn.slice_end, turn.ends <= now);
                let top = self.queues.top_priority(cpu);
                let chosen = self.contend(cpu, current, top, slice_end, now);
                let equals_came = slice_end == u64::MAX && top == Some(self.queues.priority(current));
                if chosen == Some(current) && !over && !equals_came {
                    return chosen;
                }
                if chosen == Some(current) && slice_end != u64::MAX {
                    // Only its budget or somebody's refill is to be looked at: the slice goes on.
                    self.keep_slice(current, slice_end.saturating_sub(now));
                }
                chosen
            }
        };
        self.charge(cpu, now);
        let mut refill = u64::MAX;
        while let Some(actor) = chosen
            && let Some(due) = hold_if_spent(&mut self.accounts, actor, now)
        {
            // Its turn is over: the next one is behind its equals, and whole.
            self.keep_slice(actor, 0);
            refill = refill.min(due);
            chosen = self.queues.pop(cpu);
        }
        self.begin_turn(cpu, chosen, refill, now);
        chosen
    }

    /// The current actor against the most urgent of the others.
    fn contend(
        &mut self,
        cpu: u8,
        current: ActorId,
        top: Option<u8>,
        slice_end: u64,
        now: u64,
    ) -> Option<ActorId> {
        let own = self.queues.priority(current);
        match top {
            Some(top) if top > own => {
                self.interrupt(current, slice_end, now);
                self.queues.pop(cpu)
            }
            Some(top) if top == own && now >= slice_end => {
                self.queues.push_back(current);
                self.queues.pop(cpu)
            }
            _ => Some(current),
        }
    }

    /// Somebody more urgent takes the CPU. The slice goes on with what is left of it: began it anew each time, an actor
    /// that is interrupted more often than a slice is long would never make room for its equals.
    fn interrupt(&mut self, current: ActorId, slice_end: u64, now: u64) {
        let left = if slice_end == u64::MAX { self.slice } else { slice_end.saturating_sub(now) };
        self.keep_slice(current, left);
        if left == 0 {
            self.queues.push_back(current);
        } else {
            self.queues.push_front(current);
        }
    }

    fn keep_slice(&mut self, actor: ActorId, left: u64) {
        if let Some(slot) = self.slice_left.get_mut(actor.index()) {
            *slot = left;
        }
    }

    /// The chosen actor's turn begins, bounded by its budget, by its slice if there are equals that wait for theirs, and
    /// by the `refill` of somebody who waits for that.
    fn begin_turn(&mut self, cpu: u8, chosen: Option<ActorId>, refill: u64, now: u64) {
        let (mut slice_end, mut ends) = (u64::MAX, refill);
        if let Some(actor) = chosen {
            let left = self.slice_left.get_mut(actor.index()).map_or(0, core::mem::take);
            if self.queues.top_priority(cpu) == Some(self.queues.priority(actor)) {
                slice_end = now.saturating_add(if left == 0 { self.slice } else { left });
                ends = ends.min(slice_end);
            }
            if let Some(account) = self.accounts.get_mut(actor.index()) {
                ends = ends.min(now.saturating_add(account.left(now)));
            }
        }
        if let Some(turn) = self.turns.get_mut(usize::from(cpu)) {
            *turn = Turn { current: chosen, next: None, charged: chosen, since: now, slice_end, ends };
        }
    }

    /// Charges the time since the last look to whose it was.
    fn charge(&mut self, cpu: u8, now: u64) {
        if let Some(turn) = self.turns.get_mut(usize::from(cpu)) {
            turn.charge(&mut self.accounts, now);
        }
    }
}

impl Turn {
    fn charge(&mut self, accounts: &mut [Account; MAX_ACTORS], now: u64) {
        let ticks = now.saturating_sub(core::mem::replace(&mut self.since, now));
        if let Some(account) = self.charged.and_then(|actor| accounts.get_mut(actor.index())) {
            account.charge(ticks);
        }
    }
}

/// An actor that has spent its budget waits for its next period, until the time returned.
fn hold_if_spent(accounts: &mut [Account; MAX_ACTORS], actor: ActorId, now: u64) -> Option<u64> {
    let account = accounts.get_mut(actor.index())?;
    if account.left(now) > 0 {
        return None;
    }
    account.hold(true);
    Some(account.refill_due())
}

impl Default for Scheduler {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
