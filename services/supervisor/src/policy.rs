//! When a faulted task is started again, and when no more.

use bulkhead_protocol::config::RestartPolicy;

/// Microseconds since the system booted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Micros(pub u64);

impl Micros {
    /// This time plus so many microseconds; stays at the end of time.
    #[must_use]
    pub const fn after(self, microseconds: u64) -> Self {
        Self(self.0.saturating_add(microseconds))
    }
}

/// What follows a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The task's next life begins at this time.
    RestartAt(Micros),
    /// The task stays dead.
    GiveUp,
}

/// The restarts of a task in its present period. A period begins with the first fault after the last one is over, so
/// that a task which faults once a day always comes back at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    period_began: Micros,
    restarts: u16,
}

impl History {
    /// Decides about a fault at this time. Times must not go backwards.
    pub fn fault(&mut self, now: Micros, policy: &RestartPolicy) -> Decision {
        let period_us = u64::from(policy.period_ms).saturating_mul(1000);
        if self.restarts == 0 || now > self.period_began.after(period_us) {
            *self = Self { period_began: now, restarts: 0 };
        }
        if self.restarts >= policy.limit {
            return Decision::GiveUp;
        }
        let pause = u64::from(policy.backoff_us).saturating_mul(1 << self.restarts.min(MAX_DOUBLINGS));
        self.restarts = self.restarts.saturating_add(1);
        Decision::RestartAt(now.after(pause))
    }
}

/// The pause doubles this often at the most: a task with a high limit is not put off for days.
pub const MAX_DOUBLINGS: u16 = 10;

#[cfg(test)]
mod tests;
