//! Response times on one CPU: a least fixed point over what comes first.

use super::actor::{Actor, Budget};
use core::cmp::Ordering;

/// How long equals run before the next one has its turn, in microseconds: the core's number.
pub const SLICE_US: u64 = 5_000;
/// Where the search for a fixed point ends: longer than any time that a manifest can write.
const HORIZON_US: u64 = 1 << 33;
/// Steps of the search: shares that sum up to nearly a whole CPU in tiny periods are given up.
const MAX_STEPS: u32 = 10_000;

/// A longest time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// So many microseconds.
    Within(u64),
    /// It does not come to an end before this: more is promised than there is.
    Beyond(u64),
    /// There is none, and why.
    Unbounded(Why),
}

/// Why there is no bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has no budget itself, so nobody knows how much it wants.
    NoBudget,
    /// The server that answers has none: the index of its actor.
    Server(usize),
    /// These come before it and may take as long as they like: indices of actors.
    Before(Vec<usize>),
}

impl Bound {
    /// The time, if there is one.
    #[must_use]
    pub const fn within(&self) -> Option<u64> {
        match self {
            Self::Within(time) => Some(*time),
            Self::Beyond(_) | Self::Unbounded(_) => None,
        }
    }
}

/// From the moment at which an actor could run with its whole budget until it has run for all of it. It should be within
/// the period.
#[must_use]
pub fn of_budget(actors: &[Actor], index: usize) -> Bound {
    match actors[index].budget {
        Some(Budget { budget_us, period_us }) => respond(actors, index, budget_us, 0, 0, period_us),
        None => Bound::Unbounded(Why::NoBudget),
    }
}

/// How long an actor takes to run for `work` microseconds, of which its budget is not the limit, and to be away for
/// `away` microseconds in `calls` calls in between. The search ends at `limit`.
pub(super) fn respond(actors: &[Actor], index: usize, work: u64, away: u64, calls: u64, limit: u64) -> Bound {
    let own = &actors[index];
    let others =
        || actors.iter().enumerate().filter(|(other, actor)| *other != index && actor.cpu == own.cpu);
    let unbounded: Vec<usize> = others()
        .filter(|(_, actor)| actor.priority > own.priority && actor.budget.is_none())
        .map(|(other, _)| other)
        .collect();
    if !unbounded.is_empty() {
        return Bound::Unbounded(Why::Before(unbounded));
    }
    // Whoever comes back from a call is behind its equals.
    let turns = work.div_ceil(SLICE_US).saturating_add(calls);
    let limit = limit.min(HORIZON_US);
    let before: u64 = others()
        .filter(|(_, actor)| actor.priority > own.priority)
        .filter_map(|(_, actor)| actor.budget)
        .map(Budget::least_share_ppm)
        .fold(0, u64::saturating_add);
    // In the long run those that come first take their shares, so the fixed point is not below this.
    let Some(mut time) = stretched(work.saturating_add(away), before) else { return Bound::Beyond(limit) };
    for _ in 0..MAX_STEPS {
        if time > limit {
            return Bound::Beyond(limit);
        }
        let before: u64 = others()
            .map(|(_, actor)| match actor.priority.cmp(&own.priority) {
                Ordering::Greater => actor.budget.map_or(0, |budget| budget.most_in(time)),
                Ordering::Equal => {
                    let by_turns = turns.saturating_mul(SLICE_US);
                    actor.budget.map_or(by_turns, |budget| budget.most_in(time).min(by_turns))
                }
                Ordering::Less => 0,
            })
            .fold(0, u64::saturating_add);
        let next = work.saturating_add(away).saturating_add(before);
        if next <= time {
            return Bound::Within(time);
        }
        time = next;
    }
    Bound::Beyond(time)
}

/// How long `time` becomes beside others with these shares; nothing if they leave nothing.
fn stretched(time: u64, shares_ppm: u64) -> Option<u64> {
    let left = 1_000_000_u64.checked_sub(shares_ppm).filter(|left| *left != 0)?;
    let long = u128::from(time) * 1_000_000 / u128::from(left);
    Some(u64::try_from(long).unwrap_or(u64::MAX))
}
