//! The computed bounds hold in the core's own scheduler.

use schedule_simulation::{Findings, TaskSet, compare, run};

/// Sets of a test run. `cargo xtask simulate` does as many as one likes.
const SETS: u64 = 10_000;

#[test]
fn nothing_takes_longer_than_its_bound() {
    let findings = run(0, SETS);
    assert_eq!(findings.late, None);
    // The comparison means something: there is much to compare, and some of it comes close.
    assert!(findings.compared > 50 * SETS && findings.close > SETS, "{findings:?}");
}

#[test]
fn bounds_that_are_too_short_are_found_out() {
    let mut findings = Findings::default();
    for seed in 0..SETS {
        compare(seed, &TaskSet::random(seed), 20, &mut findings);
    }
    assert!(findings.late.is_some());
}
