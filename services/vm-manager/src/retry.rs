//! Tries calls to servers again that died under them.

use bulkhead_protocol::CallError;

/// Calls that are tried before the server counts as lost.
pub const ATTEMPTS: u32 = 6;
/// Pause before the second attempt. It doubles with each further one: with 6 attempts 31 ms in all, some times longer
/// than a restart with the usual back-off, and short beside any deadline of the manager's own callers.
pub const FIRST_PAUSE_US: u32 = 1_000;

/// Calls that may end with their deadline and are followed by another. A server that does not answer is stopped for that and its next life is asked;
/// but it may have hung in an event that nobody waits for, whose bound ends later than that of a call which came after
/// it. More would keep the manager's own callers waiting.
pub const LATE_RETRIES: u32 = 2;

/// Carries out `call` until it does not fail because of the server's death, at the most [`ATTEMPTS`] times; it is called
/// again [`LATE_RETRIES`] times after a deadline. `pause` waits for so many microseconds. All calls of the manager
/// can be repeated: what a server did before it died was either not committed or does no harm twice.
///
/// # Errors
/// The last attempt's.
pub fn with_retry<S, T>(
    surroundings: &mut S,
    mut call: impl FnMut(&mut S) -> Result<T, CallError>,
    mut pause: impl FnMut(&mut S, u32),
) -> Result<T, CallError> {
    let mut pause_us = FIRST_PAUSE_US;
    let mut late = 0;
    for _ in 1..ATTEMPTS {
        match call(surroundings) {
            Err(CallError::PeerDied(_) | CallError::PeerDead) => {}
            Err(CallError::DeadlinePassed) if late < LATE_RETRIES => late = late.saturating_add(1),
            other => return other,
        }
        pause(surroundings, pause_us);
        pause_us = pause_us.saturating_mul(2);
    }
    call(surroundings)
}

#[cfg(test)]
mod tests;
