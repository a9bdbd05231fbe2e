//! Short soaks of the VM registry. Long ones: `cargo run --profile campaign -p campaign -- soak --cycles 10000`.

use campaign::soak::soak;

#[test]
fn hundreds_of_lives_leave_nothing_behind_and_are_all_like_the_first() {
    let soaked = soak(1, 300, 0);
    assert!(soaked.wrong.is_none(), "{soaked}");
    let counts = soaked.counts;
    assert!(
        counts.refused > 100 && counts.taken > 100 && counts.compared > 600 && counts.ends > 10,
        "{soaked}"
    );
}

#[test]
fn servers_that_die_in_between_change_nothing_of_that() {
    let soaked = soak(2, 150, 20);
    assert!(soaked.wrong.is_none(), "{soaked}");
    assert!(soaked.deaths > 100, "{soaked}");
}

#[test]
fn the_same_seed_gives_the_same_soak() {
    let (one, other) = (soak(3, 20, 30), soak(3, 20, 30));
    assert_eq!((one.counts, one.deaths), (other.counts, other.deaths));
    assert!(one.wrong.is_none(), "{one}");
}
