//! When a faulted task is started again, and when no more.

use bulkhead_protocol::config::{FailurePolicy, RestartPolicy};
use bulkhead_protocol::supervisor::Cause;

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

/// How a life ended, as far as the policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// The next life may be luckier.
    Fault,
    /// The committed state is of no use: the next life from it would end in the same way.
    InvalidState,
}

/// What follows a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The task's next life begins at this time; it is so many of the period's restarts.
    RestartAt(Micros, u16),
    /// The task's next life begins at this time, without its committed state.
    StartAnewAt(Micros, Cause),
    /// The task stays dead. `again`: it was started anew in this period, and that did not help.
    GiveUp {
        /// Why.
        cause: Cause,
        /// It was started anew in this period already.
        again: bool,
    },
}

/// The restarts of a task in its present period. A period begins with the first fault after the last one is over, so
/// that a task which faults once a day always comes back at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    period_began: Micros,
    restarts: u16,
    anew: bool,
}

impl History {
    /// Decides about a fault at this time. Times must not go backwards.
    pub fn fault(&mut self, now: Micros, death: Death, policy: &RestartPolicy) -> Decision {
        let period_us = u64::from(policy.period_ms).saturating_mul(1000);
        let is_first = self.restarts == 0 && !self.anew;
        if is_first || now > self.period_began.after(period_us) {
            *self = Self { period_began: now, restarts: 0, anew: false };
        }
        let pause = u64::from(policy.backoff_us).saturating_mul(1 << self.restarts.min(MAX_DOUBLINGS));
        let cause = match death {
            Death::InvalidState => Cause::InvalidState,
            Death::Fault if self.restarts >= policy.limit => Cause::LimitReached,
            Death::Fault => {
                self.restarts = self.restarts.saturating_add(1);
                return Decision::RestartAt(now.after(pause), self.restarts);
            }
        };
        if policy.on_failure == FailurePolicy::StartAnew && !self.anew {
            self.anew = true;
            return Decision::StartAnewAt(now.after(pause), cause);
        }
        Decision::GiveUp { cause, again: self.anew }
    }

    /// The task was started anew because somebody asked for it.
    pub const fn started_anew(&mut self) {
        self.anew = true;
    }
}

/// The pause doubles this often at the most: a task with a high limit is not put off for days.
pub const MAX_DOUBLINGS: u16 = 10;

#[cfg(test)]
mod tests;
