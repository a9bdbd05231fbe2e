//! Laws of the restart policy.

use super::*;
use bulkhead_abi::id::TaskId;
use proptest::prelude::*;
use std::vec::Vec;

const LIMIT: Decision = Decision::GiveUp { cause: Cause::LimitReached, again: false };

fn policy(backoff_us: u32, limit: u16, period_ms: u32) -> RestartPolicy {
    RestartPolicy { task: TaskId(0), backoff_us, limit, period_ms, on_failure: FailurePolicy::PowerOffVm }
}

fn decide(policy: &RestartPolicy, times: &[u64]) -> Vec<Decision> {
    let mut history = History::default();
    times.iter().map(|time| history.fault(Micros(*time), Death::Fault, policy)).collect()
}

#[test]
fn the_pause_doubles_within_a_period() {
    let found = decide(&policy(100, 3, 1), &[0, 200, 600]);
    assert_eq!(
        found,
        [(100, 1), (400, 2), (1000, 3)].map(|(at, number)| Decision::RestartAt(Micros(at), number))
    );
}

#[test]
fn one_fault_more_than_the_limit_is_the_end() {
    let found = decide(&policy(10, 2, 1), &[0, 100, 200]);
    assert_eq!(found.last(), Some(&LIMIT));
    assert_eq!(found.iter().filter(|decision| **decision == LIMIT).count(), 1);
}

#[test]
fn a_new_period_forgets_the_old_one() {
    let found = decide(&policy(10, 1, 1), &[0, 1001, 2002]);
    assert_eq!(found, [10, 1011, 2012].map(|time| Decision::RestartAt(Micros(time), 1)));
}

#[test]
fn a_limit_of_none_never_restarts() {
    assert_eq!(decide(&policy(10, 0, 1), &[5]), [LIMIT]);
}

#[test]
fn no_pause_means_at_once() {
    assert_eq!(decide(&policy(0, 1, 1), &[7]), [Decision::RestartAt(Micros(7), 1)]);
}

#[test]
fn a_state_of_no_use_is_the_end_at_once() {
    let mut history = History::default();
    let found = history.fault(Micros(5), Death::InvalidState, &policy(10, 9, 1));
    assert_eq!(found, Decision::GiveUp { cause: Cause::InvalidState, again: false });
}

#[test]
fn what_starts_anew_gets_its_restarts_once_more_but_not_its_limit() {
    let policy = RestartPolicy { on_failure: FailurePolicy::StartAnew, ..policy(10, 1, 1) };
    let mut history = History::default();
    let mut fault = |time, death| history.fault(Micros(time), death, &policy);
    assert_eq!(fault(0, Death::InvalidState), Decision::StartAnewAt(Micros(10), Cause::InvalidState));
    assert_eq!(fault(100, Death::Fault), Decision::RestartAt(Micros(110), 1));
    let end = Decision::GiveUp { cause: Cause::LimitReached, again: true };
    assert_eq!(fault(200, Death::Fault), end);
    assert_eq!(fault(5000, Death::Fault), Decision::RestartAt(Micros(5010), 1), "a new period");
}

#[test]
fn a_second_failure_after_a_start_on_request_is_one_again() {
    let policy = policy(10, 1, 1);
    let mut history = History::default();
    history.fault(Micros(0), Death::Fault, &policy);
    assert_eq!(history.fault(Micros(1), Death::Fault, &policy), LIMIT);
    history.started_anew();
    let end = Decision::GiveUp { cause: Cause::LimitReached, again: true };
    assert_eq!(history.fault(Micros(2), Death::Fault, &policy), end);
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
            if let Decision::RestartAt(at, _) = history.fault(now, Death::Fault, &policy) {
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
            prop_assert_eq!(history.fault(now, Death::Fault, &policy), Decision::RestartAt(now.after(10), 1));
        }
    }

    /// Whatever kills it, a task has no more lives in a period than its limit, and one more if it starts anew.
    #[test]
    fn no_policy_gives_endless_lives(
        limit in 0u16..8,
        anew in any::<bool>(),
        deaths in prop::collection::vec(any::<bool>(), 1..100),
    ) {
        let on_failure = if anew { FailurePolicy::StartAnew } else { FailurePolicy::StayDead };
        let policy = RestartPolicy { on_failure, ..policy(0, limit, 1) };
        let mut history = History::default();
        let mut lives = deaths.iter().map(|invalid| {
            let death = if *invalid { Death::InvalidState } else { Death::Fault };
            history.fault(Micros(7), death, &policy)
        });
        let lives = lives.by_ref().take_while(|decision| !matches!(decision, Decision::GiveUp { .. })).count();
        prop_assert!(lives <= usize::from(limit).saturating_add(usize::from(anew)));
    }

    #[test]
    fn pauses_never_shrink_within_a_period(backoff_us in any::<u32>(), faults in 1usize..40) {
        let policy = policy(backoff_us, u16::MAX, u32::MAX);
        let pauses: Vec<Decision> = decide(&policy, &std::vec![5; faults]);
        let grows = pauses.windows(2).all(|pair| match pair {
            [Decision::RestartAt(earlier, _), Decision::RestartAt(later, _)] => earlier <= later,
            _ => false,
        });
        prop_assert!(grows);
    }
}
