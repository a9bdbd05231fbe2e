//! An actor's CPU time: what it has used, and what it may use in each period.

/// How much an actor may run in each period, in time-stamp ticks. A capacity of 0 is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Ticks that it may run in a period.
    pub capacity: u64,
    /// Ticks from the begin of a period to the earliest begin of the next.
    pub period: u64,
}

impl Budget {
    /// No bound.
    pub const UNBOUNDED: Self = Self { capacity: 0, period: 0 };
}

/// The account of one actor.
///
/// A period begins when the actor first wants to run after the last one is over, so two begin at least `period` apart,
/// and in each the actor runs for at most `capacity`: what it took too much, because the core cannot be interrupted, is
/// taken from the next.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    budget: Budget,
    /// Ticks used in this period.
    used: u64,
    /// When this period is over.
    ends: u64,
    /// It could run, had it not spent its budget.
    held: bool,
    /// Ticks used in all.
    ran: u64,
}

impl Account {
    /// Nothing used.
    #[must_use]
    pub const fn new(budget: Budget) -> Self {
        Self { budget, used: 0, ends: 0, held: false, ran: 0 }
    }

    /// It has run for so many ticks.
    pub const fn charge(&mut self, ticks: u64) {
        self.ran = self.ran.saturating_add(ticks);
        if self.budget.capacity != 0 {
            self.used = self.used.saturating_add(ticks);
        }
    }

    /// It wants to run at `now`: how long may it, in ticks? 0 if it must wait; `u64::MAX` without a bound.
    pub const fn left(&mut self, now: u64) -> u64 {
        if self.budget.capacity == 0 {
            return u64::MAX;
        }
        if now >= self.ends {
            self.used = self.used.saturating_sub(self.budget.capacity);
            self.ends = now.saturating_add(self.budget.period);
        }
        self.budget.capacity.saturating_sub(self.used)
    }

    /// Ticks used since boot.
    #[must_use]
    pub const fn ran(&self) -> u64 {
        self.ran
    }

    /// It waits for its next period, or no longer.
    pub(super) const fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// When it can run again; `u64::MAX` if it does not wait for that.
    #[must_use]
    pub const fn refill_due(&self) -> u64 {
        if self.held { self.ends } else { u64::MAX }
    }
}

#[cfg(test)]
mod tests;
