extern crate std;

use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;
use std::vec::Vec;

fn queues(places: &[(u8, u8)]) -> RunQueues {
    let mut queues = RunQueues::new();
    for (index, (cpu, priority)) in (0..).zip(places) {
        queues.place(ActorId(index), *cpu, *priority);
    }
    queues
}

#[test]
fn the_most_urgent_runs_first_and_equals_in_order() {
    let mut queues = queues(&[(0, 3), (0, 9), (0, 3), (1, 60)]);
    for actor in 0..4 {
        queues.push_back(ActorId(actor));
    }
    let order: Vec<_> = core::iter::from_fn(|| queues.pop(0)).collect();
    assert_eq!(order, [ActorId(1), ActorId(0), ActorId(2)]);
    assert_eq!(queues.top_priority(1), Some(60));
}

#[test]
fn an_interrupted_actor_goes_on_before_its_equals() {
    let mut queues = queues(&[(0, 3), (0, 3)]);
    queues.push_back(ActorId(0));
    queues.push_front(ActorId(1));
    assert_eq!(queues.pop(0), Some(ActorId(1)));
}

#[derive(Debug, Clone)]
enum Step {
    Back(u16),
    Front(u16),
    Remove(u16),
    Pop(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..8u16).prop_map(Step::Back),
        (0..8u16).prop_map(Step::Front),
        (0..8u16).prop_map(Step::Remove),
        (0..2u8).prop_map(Step::Pop),
    ]
}

proptest! {
    #[test]
    fn queues_behave_as_lists(
        places in proptest::collection::vec((0..2u8, 0..3u8), 8),
        steps in proptest::collection::vec(step(), 0..200),
    ) {
        let mut queues = queues(&places);
        let mut lists: [[VecDeque<u16>; 3]; 2] = Default::default();
        for step in steps {
            match step {
                Step::Back(actor) | Step::Front(actor) | Step::Remove(actor) => {
                    let (cpu, priority) = places[actor as usize];
                    let list = &mut lists[cpu as usize][priority as usize];
                    let queued = list.contains(&actor);
                    prop_assert_eq!(queues.queued(ActorId(actor)), queued);
                    match step {
                        Step::Back(_) => {
                            queues.push_back(ActorId(actor));
                            if !queued { list.push_back(actor); }
                        }
                        Step::Front(_) => {
                            queues.push_front(ActorId(actor));
                            if !queued { list.push_front(actor); }
                        }
                        _ => {
                            queues.remove(ActorId(actor));
                            list.retain(|other| *other != actor);
                        }
                    }
                }
                Step::Pop(cpu) => {
                    let expected = lists[cpu as usize].iter_mut().rev().find_map(VecDeque::pop_front);
                    prop_assert_eq!(queues.pop(cpu), expected.map(ActorId));
                }
            }
        }
    }
}
