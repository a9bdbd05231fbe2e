use super::*;
use crate::load;

fn actor(priority: u8, budget: Option<(u64, u64)>) -> Actor {
    Actor {
        who: Who::Task(0),
        name: format!("p{priority}"),
        cpu: 0,
        priority,
        budget: budget.map(|(budget_us, period_us)| Budget { budget_us, period_us }),
    }
}

fn budget_bound(actors: &[Actor], index: usize) -> Bound {
    of_budget(actors, index)
}

#[test]
fn the_most_urgent_needs_its_budget_and_no_more() {
    let actors = [actor(9, Some((2_000, 10_000))), actor(3, Some((1_000, 10_000)))];
    assert_eq!(budget_bound(&actors, 0), Bound::Within(2_000));
}

#[test]
fn a_budget_that_was_kept_for_the_end_of_a_period_comes_twice() {
    // 2 ms at the end of one period, 2 ms at the start of the next, before the 3 ms are through.
    let actors = [actor(9, Some((2_000, 10_000))), actor(3, Some((3_000, 20_000)))];
    assert_eq!(budget_bound(&actors, 1), Bound::Within(7_000));
}

#[test]
fn a_long_wait_meets_many_periods() {
    let actors = [actor(9, Some((5_000, 10_000))), actor(3, Some((20_000, 60_000)))];
    // w = 20 + 5 + ceil((w - 5) / 10) 5: 45.
    assert_eq!(budget_bound(&actors, 1), Bound::Within(45_000));
}

#[test]
fn a_promise_beyond_the_period_is_not_kept() {
    let actors = [actor(9, Some((5_000, 10_000))), actor(3, Some((5_000, 12_000)))];
    assert_eq!(budget_bound(&actors, 1), Bound::Beyond(12_000));
}

#[test]
fn whoever_is_below_somebody_without_a_budget_has_no_bound() {
    let actors = [actor(9, None), actor(3, Some((1_000, 10_000))), actor(20, Some((1_000, 10_000)))];
    assert_eq!(budget_bound(&actors, 1), Bound::Unbounded(Why::Before(vec![0])));
    assert_eq!(budget_bound(&actors, 0), Bound::Unbounded(Why::NoBudget));
    assert_eq!(budget_bound(&actors, 2), Bound::Within(1_000));
}

#[test]
fn an_equal_without_a_budget_takes_turns_only() {
    let actors = [actor(3, Some((6_000, 100_000))), actor(3, None)];
    // Two turns are needed, and the equal has one before each.
    assert_eq!(budget_bound(&actors, 0), Bound::Within(16_000));
}

#[test]
fn another_cpu_does_not_matter() {
    let mut actors = [actor(9, None), actor(3, Some((1_000, 10_000)))];
    actors[0].cpu = 1;
    assert_eq!(budget_bound(&actors, 1), Bound::Within(1_000));
}

#[test]
fn shares_of_nearly_a_whole_cpu_end_the_search() {
    let actors = [
        actor(9, Some((1, 2))),
        actor(8, Some((499_999, 1_000_000))),
        actor(7, Some((4_000_000_000, u64::from(u32::MAX)))),
    ];
    assert!(matches!(budget_bound(&actors, 2), Bound::Beyond(_)));
}

#[test]
fn a_full_cpu_leaves_nothing() {
    let actors = [actor(9, Some((10, 10))), actor(3, Some((1, 1_000_000)))];
    assert_eq!(budget_bound(&actors, 1), Bound::Beyond(1_000_000));
}

/// A server that calls another: its event waits for the callee's clients.
#[test]
fn an_event_waits_for_its_callees_and_for_the_next_period() {
    let text = "
        [[task]]
        name = 'back'
        binary = 'probe'
        serves = ['echo']
        cpu = 1
        priority = 40
        budget = '1 ms'
        period = '10 ms'
        [[task]]
        name = 'front'
        binary = 'probe'
        serves = ['echo']
        calls = ['back']
        cpu = 2
        priority = 30
        budget = '2 ms'
        period = '20 ms'
        [[task]]
        name = 'other'
        binary = 'probe'
        calls = ['back']
        cpu = 3
        ";
    let analysis = analyse(&load(text, &()).unwrap());
    let event = |name: &str| {
        let index = analysis.actors.iter().position(|actor| actor.name == name).unwrap();
        analysis.outlooks[index].event.clone().unwrap()
    };
    // 9 ms until the next period, then 1 ms.
    assert_eq!(event("back"), Bound::Within(10_000));
    // 18 ms until the next period, 2 ms, and two clients of `back` before the answer.
    assert_eq!(event("front"), Bound::Within(18_000 + 2_000 + 20_000));
    assert_eq!(event("other"), Bound::Unbounded(Why::NoBudget));
}

#[test]
fn a_call_to_somebody_without_a_bound_ends_at_its_deadline() {
    let text = "
        [[task]]
        name = 'back'
        binary = 'probe'
        serves = ['echo']
        cpu = 1
        deadline = '30 ms'
        [[task]]
        name = 'front'
        binary = 'probe'
        calls = ['back']
        cpu = 2
        budget = '2 ms'
        period = '20 ms'
        ";
    let analysis = analyse(&load(text, &()).unwrap());
    let front = analysis.actors.iter().position(|actor| actor.name == "front").unwrap();
    assert_eq!(analysis.outlooks[front].event, Some(Bound::Within(18_000 + 2_000 + 30_000)));
}

#[test]
fn shares_are_summed_for_each_cpu() {
    let text = "
        [[vm]]
        name = 'a'
        memory = '2 MiB'
        vcpus = [1, 2]
        budget = '3 ms'
        period = '10 ms'
        boot = { protocol = 'flat', kernel = 'guest:spin' }
        ";
    let analysis = analyse(&load(text, &()).unwrap());
    assert_eq!([0, 1, 2].map(|cpu| analysis.promised_ppm(cpu)), [0, 300_000, 300_000]);
    assert_eq!(analysis.on_cpu(0).next().unwrap().0.name, "supervisor");
    assert_eq!(analysis.without_budget(1).count(), 0);
}
