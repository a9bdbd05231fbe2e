use super::*;

const SLICE: u64 = 50;

fn scheduler(places: &[(u8, u8, Budget)]) -> Scheduler {
    let mut scheduler = Scheduler::new();
    scheduler.set_slice(SLICE);
    for (actor, (cpu, priority, budget)) in (0..).map(ActorId).zip(places) {
        scheduler.place(actor, *cpu, *priority, *budget);
    }
    scheduler
}

const FREE: Budget = Budget::UNBOUNDED;
const BOUND: Budget = Budget { capacity: 30, period: 100 };
const A: ActorId = ActorId(0);
const B: ActorId = ActorId(1);

#[test]
fn equals_take_turns_of_a_slice() {
    let mut scheduler = scheduler(&[(0, 5, FREE), (0, 5, FREE)]);
    let _ = scheduler.enqueue(A, 0);
    let _ = scheduler.enqueue(B, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    assert_eq!(scheduler.turn_end(0), SLICE);
    assert_eq!(scheduler.choose(0, SLICE - 1), Some(A));
    assert_eq!(scheduler.choose(0, SLICE), Some(B));
    assert_eq!(scheduler.choose(0, 2 * SLICE), Some(A));
    let now = 2 * SLICE;
    assert_eq!((scheduler.ran(A, now), scheduler.ran(B, now)), (SLICE, SLICE));
    assert_eq!(scheduler.ran(A, now + 5), SLICE + 5);
}

#[test]
fn a_lone_actor_is_not_looked_at() {
    let mut scheduler = scheduler(&[(0, 5, FREE)]);
    assert_eq!(scheduler.enqueue(A, 0), Enqueued::Queued { urgent: true });
    assert_eq!(scheduler.choose(0, 0), Some(A));
    assert_eq!(scheduler.turn_end(0), u64::MAX);
}

#[test]
fn an_equal_that_comes_later_bounds_the_slice_from_then_on() {
    let mut scheduler = scheduler(&[(0, 5, FREE), (0, 5, FREE)]);
    let _ = scheduler.enqueue(A, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    assert_eq!(scheduler.enqueue(B, 20), Enqueued::Queued { urgent: true });
    assert_eq!(scheduler.choose(0, 20), Some(A));
    assert_eq!(scheduler.turn_end(0), 20 + SLICE);
}

#[test]
fn a_slice_goes_on_after_an_interruption() {
    let mut scheduler = scheduler(&[(0, 5, FREE), (0, 5, FREE), (0, 9, FREE)]);
    let urgent = ActorId(2);
    let _ = scheduler.enqueue(A, 0);
    let _ = scheduler.enqueue(B, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    let _ = scheduler.enqueue(urgent, 30);
    assert_eq!(scheduler.choose(0, 30), Some(urgent));
    scheduler.block(0);
    assert_eq!(scheduler.choose(0, 40), Some(A));
    assert_eq!(scheduler.turn_end(0), 60);
    assert_eq!(scheduler.choose(0, 60), Some(B));
}

#[test]
fn a_spent_budget_leaves_the_cpu_to_those_below() {
    let mut scheduler = scheduler(&[(0, 9, BOUND), (0, 5, FREE)]);
    let _ = scheduler.enqueue(A, 0);
    let _ = scheduler.enqueue(B, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    assert_eq!(scheduler.turn_end(0), 30);
    assert_eq!(scheduler.choose(0, 30), Some(B));
    assert_eq!((scheduler.refill_due(A), scheduler.turn_end(0)), (100, 100));
    assert_eq!(scheduler.refill(A, 99), None);
    assert_eq!(scheduler.refill(A, 100), Some(Enqueued::Queued { urgent: true }));
    assert_eq!(scheduler.choose(0, 100), Some(A));
    assert_eq!((scheduler.ran(A, 100), scheduler.ran(B, 100)), (30, 70));
}

#[test]
fn a_budget_is_charged_also_to_who_blocks_and_comes_back_at_once() {
    let mut scheduler = scheduler(&[(0, 9, BOUND)]);
    let _ = scheduler.enqueue(A, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    scheduler.block(0);
    assert_eq!(scheduler.enqueue(A, 30), Enqueued::Held(100), "it has used all that it may");
    assert_eq!(scheduler.choose(0, 30), None);
    assert_eq!(scheduler.refill_due(A), 100);
    scheduler.block(0);
    assert_eq!(scheduler.enqueue(A, 40), Enqueued::Held(100));
}

#[test]
fn who_is_removed_does_not_come_back_with_its_next_period() {
    let mut scheduler = scheduler(&[(0, 9, BOUND)]);
    let _ = scheduler.enqueue(A, 0);
    let _ = scheduler.choose(0, 0);
    assert_eq!(scheduler.choose(0, 30), None);
    scheduler.remove(A);
    assert_eq!(scheduler.refill(A, 100), None);
    assert_eq!(scheduler.choose(0, 100), None);
}

#[test]
fn a_cpu_is_told_of_equals_and_betters_only() {
    let mut scheduler = scheduler(&[(1, 5, FREE), (1, 4, FREE), (1, 5, FREE), (1, 6, FREE)]);
    let _ = scheduler.enqueue(A, 0);
    assert_eq!(scheduler.choose(1, 0), Some(A));
    assert_eq!(scheduler.enqueue(A, 0), Enqueued::Current);
    assert_eq!(scheduler.enqueue(B, 0), Enqueued::Queued { urgent: false });
    assert_eq!(scheduler.enqueue(ActorId(2), 0), Enqueued::Queued { urgent: true });
    assert_eq!(scheduler.enqueue(ActorId(3), 0), Enqueued::Queued { urgent: true });
}

#[test]
fn who_comes_while_nobody_runs_does_not_overtake_those_that_are_as_urgent() {
    let mut scheduler = scheduler(&[(0, 5, FREE), (0, 5, FREE), (0, 9, FREE)]);
    let urgent = ActorId(2);
    let _ = scheduler.enqueue(A, 0);
    assert!(scheduler.queued(A));
    let _ = scheduler.enqueue(B, 0);
    let _ = scheduler.enqueue(urgent, 0);
    for expected in [Some(urgent), Some(A), Some(B), None] {
        assert_eq!(scheduler.choose(0, 0), expected);
        scheduler.block(0);
    }
}

#[test]
fn who_is_next_can_be_removed() {
    let mut scheduler = scheduler(&[(0, 5, FREE)]);
    let _ = scheduler.enqueue(A, 0);
    scheduler.remove(A);
    assert!(!scheduler.queued(A));
    assert_eq!(scheduler.choose(0, 0), None);
}

#[test]
fn a_look_in_between_does_not_lengthen_a_slice() {
    let bounded = Budget { capacity: 5, period: 20 };
    let mut scheduler = scheduler(&[(0, 5, FREE), (0, 5, FREE), (0, 9, bounded)]);
    let greedy = ActorId(2);
    for actor in [A, B, greedy] {
        let _ = scheduler.enqueue(actor, 0);
    }
    assert_eq!(scheduler.choose(0, 0), Some(greedy));
    assert_eq!(scheduler.choose(0, 5), Some(A));
    assert_eq!(scheduler.turn_end(0), 20, "the greedy one's next period");
    scheduler.remove(greedy);
    assert_eq!(scheduler.choose(0, 20), Some(A));
    assert_eq!(scheduler.turn_end(0), 55);
    assert_eq!(scheduler.choose(0, 55), Some(B));
}

#[test]
fn time_is_charged_to_the_period_in_which_it_was_used() {
    let mut scheduler = scheduler(&[(0, 9, BOUND)]);
    let _ = scheduler.enqueue(A, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    scheduler.block(0);
    assert_eq!(scheduler.choose(0, 1), None);
    let _ = scheduler.enqueue(A, 80);
    assert_eq!(scheduler.choose(0, 80), Some(A));
    // It blocks and comes back after the end of its period: the next one is whole.
    scheduler.block(0);
    let _ = scheduler.enqueue(A, 105);
    assert_eq!(scheduler.choose(0, 105), Some(A));
    assert_eq!(scheduler.turn_end(0), 135);
}

#[test]
fn a_new_period_brings_a_whole_slice() {
    let mut scheduler = scheduler(&[(0, 5, BOUND), (0, 5, FREE)]);
    let _ = scheduler.enqueue(A, 0);
    let _ = scheduler.enqueue(B, 0);
    assert_eq!(scheduler.choose(0, 0), Some(A));
    assert_eq!(scheduler.choose(0, 30), Some(B), "20 of its slice were left");
    let _ = scheduler.refill(A, 100);
    assert_eq!(scheduler.choose(0, 100), Some(B));
    assert_eq!(scheduler.choose(0, 150), Some(A));
    assert_eq!(scheduler.turn_end(0), 180, "the budget ends it, not what was left of the slice");
}
