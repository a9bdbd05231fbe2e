extern crate std;

use super::*;
use proptest::prelude::*;

const BUDGET: Budget = Budget { capacity: 30, period: 100 };

#[test]
fn without_a_budget_there_is_always_time_left() {
    let mut account = Account::new(Budget::UNBOUNDED);
    account.charge(1 << 40);
    assert_eq!(account.left(5), u64::MAX);
    assert_eq!(account.ran(), 1 << 40);
}

#[test]
fn a_spent_budget_comes_back_with_the_next_period() {
    let mut account = Account::new(BUDGET);
    assert_eq!(account.left(1000), 30);
    account.charge(30);
    assert_eq!(account.left(1030), 0);
    account.hold(true);
    assert_eq!(account.refill_due(), 1100);
    assert_eq!(account.left(1099), 0);
    assert_eq!(account.left(1100), 30);
}

#[test]
fn what_was_taken_too_much_is_taken_from_the_next_period() {
    let mut account = Account::new(BUDGET);
    let _ = account.left(0);
    account.charge(35);
    assert_eq!(account.left(100), 25);
}

#[test]
fn a_period_begins_when_the_actor_wants_to_run_again() {
    let mut account = Account::new(BUDGET);
    let _ = account.left(0);
    account.charge(30);
    assert_eq!(account.left(250), 30);
    account.charge(30);
    assert_eq!(account.left(349), 0);
    assert_eq!(account.left(350), 30);
}

proptest! {
    /// In any interval of length t an actor runs for at most ceil((t + period - capacity) / period) capacities.
    #[test]
    fn no_interval_sees_more_than_the_bound(pauses in proptest::collection::vec(0u64..160, 1..60)) {
        let mut account = Account::new(BUDGET);
        let mut now = 0;
        let mut runs = std::vec::Vec::new();
        for pause in pauses {
            now += pause;
            let left = account.left(now);
            let run = left.min(pause / 2 + 1);
            account.charge(run);
            runs.push((now, run));
            now += run;
        }
        for (index, (from, _)) in runs.iter().enumerate() {
            let mut sum = 0;
            for (begin, run) in &runs[index..] {
                sum += run;
                let length = begin + run - from;
                let bound = (length + BUDGET.period - BUDGET.capacity).div_ceil(BUDGET.period) * BUDGET.capacity;
                prop_assert!(sum <= bound, "{sum} in {length}");
            }
        }
    }
}
