//! Laws of the restart policy.

use super::*;
use bulkhead_abi::id::TaskId;
use proptest::prelude::*;
use std::vec::Vec;

fn policy(backoff_us: u32, limit: u16, period_ms: u32) -> RestartPolicy {
    RestartPolicy { task: TaskId(0), backoff_us, limit, period_ms }
}

fn decide(policy: &RestartPolicy, times: &[u64]) -> Vec<Decision> {
    let mut history = History::default();
    times.iter().map(|time| history.fault(Micros(*time), policy)).collect()
}

#[test]
fn the_pause_doubles_within_a_period() {
    let found = decide(&policy(100, 3, 1), &[0, 200, 600]);
    assert_eq!(found, [100, 400, 1000].map(|time| Decision::RestartAt(Micros(time))));
}

#[test]
fn one_fault_more_than_the_limit_is_the_end() {
    let found = decide(&policy(10, 2, 1), &[0, 100, 200]);
    assert_eq!(found.last(), Some(&Decision::GiveUp));
    assert_eq!(found.iter().filter(|decision| **decision == Decision::GiveUp).count(), 1);
}

#[test]
fn a_new_period_forgets_the_old_one() {
    let found = decide(&policy(10, 1, 1), &[0, 1001, 2002]);
    assert_eq!(found, [10, 1011, 2012].map(|time| Decision::RestartAt(Micros(time))));
}

#[test]
fn a_limit_of_none_never_restarts() {
    assert_eq!(decide(&policy(10, 0, 1), &[5]), [Decision::GiveUp]);
}

#[test]
fn no_pause_means_at_once() {
    assert_eq!(decide(&policy(0, 1, 1), &[7]), [Decision::RestartAt(Micros(7))]);
}

proptest! {
    /// Periods follow each other, so a stretch of one period's length touches two of them at the most.
    #[test]
    fn no_stretch_of_a_period_sees_more_than_twice_the_limit(
        limit in 0u16..20,
        period_ms in 0u32..100,
        gaps in prop::collection::vec(0u64..50_000, 1..200),
    ) {
        let policy = policy(0, limit, period_ms);
        let mut history = History::default();
        let mut now = Micros(0);
        let mut restarts: Vec<u64> = Vec::new();
        for gap in gaps {
            now = now.after(gap);
            if let Decision::RestartAt(at) = history.fault(now, &policy) {
                restarts.push(at.0);
            }
        }
        for first in &restarts {
            let end = Micros(*first).after(u64::from(period_ms) * 1000).0;
            let seen = restarts.iter().filter(|time| (*first..=end).contains(time)).count();
            prop_assert!(seen <= 2 * usize::from(limit), "{seen} from {first}");
        }
    }

    #[test]
    fn a_task_that_faults_less_often_than_once_a_period_always_comes_back(
        limit in 1u16..20,
        gaps in prop::collection::vec(1001u64..1_000_000, 1..100),
    ) {
        let policy = policy(10, limit, 1);
        let mut history = History::default();
        let mut now = Micros(0);
        for gap in gaps {
            now = now.after(gap);
            prop_assert_eq!(history.fault(now, &policy), Decision::RestartAt(now.after(10)));
        }
    }

    #[test]
    fn pauses_never_shrink_within_a_period(backoff_us in any::<u32>(), faults in 1usize..40) {
        let policy = policy(backoff_us, u16::MAX, u32::MAX);
        let pauses: Vec<Decision> = decide(&policy, &std::vec![5; faults]);
        let grows = pauses.windows(2).all(|pair| match pair {
            [Decision::RestartAt(earlier), Decision::RestartAt(later)] => earlier <= later,
            _ => false,
        });
        prop_assert!(grows);
    }
}
