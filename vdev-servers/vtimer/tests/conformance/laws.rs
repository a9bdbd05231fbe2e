//! The laws of `vdev::Device`, on random traces.

use crate::bench::{Bench, LINE, PM_TIMER, config};
use proptest::prelude::*;
use vdev::{Device, Nanos, Outcome};
use vtimer::{State, Timer};

#[derive(Debug, Clone)]
enum Step {
    Read(u16),
    Write(u16, u8),
    Tick(u64),
    Deadline,
}

fn port() -> impl Strategy<Value = u16> {
    prop_oneof![4 => 0x40u16..0x44, 1 => Just(0x61u16), 1 => PM_TIMER..PM_TIMER + 4]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => port().prop_map(Step::Read),
        4 => (port(), any::<u8>()).prop_map(|(port, value)| Step::Write(port, value)),
        2 => (0u16..3, 0u8..8, 1u8..4).prop_map(|(channel, mode, bytes)| {
            Step::Write(0x43, u8::try_from(channel << 6).unwrap() | bytes << 4 | mode << 1)
        }),
        2 => (0u64..10_000_000).prop_map(Step::Tick),
        1 => (0u64..1_000_000_000_000).prop_map(Step::Tick),
        2 => Just(Step::Deadline),
    ]
}

fn run(timer: &mut Bench, step: &Step) -> (Option<u8>, bool, usize) {
    let mut seen = None;
    match step {
        Step::Read(port) => seen = Some(timer.input(*port)),
        Step::Write(port, value) => timer.output(*port, *value),
        Step::Tick(nanoseconds) => {
            timer.now = timer.now.after(*nanoseconds);
            timer.tick();
        }
        Step::Deadline => {
            if let Some(at) = timer.timer.deadline() {
                timer.now = at;
                timer.tick();
            }
        }
    }
    (seen, timer.line, timer.edges)
}

fn reencoded(state: &State) -> State {
    let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
    let length = bulkhead_protocol::encode(state, &mut bytes).unwrap();
    bulkhead_protocol::decode(&bytes[..length]).unwrap()
}

proptest! {
    #[test]
    fn a_restored_timer_behaves_as_the_original(steps in proptest::collection::vec(step(), 0..80), cut in 0usize..80) {
        let (mut whole, mut restarted) = (Bench::new(), Bench::new());
        for (index, step) in steps.iter().enumerate() {
            if index == cut {
                restarted.timer = Timer::restore(&config(), reencoded(&restarted.timer.snapshot())).unwrap();
            }
            prop_assert_eq!(run(&mut whole, step), run(&mut restarted, step));
            prop_assert_eq!(whole.timer.snapshot(), restarted.timer.snapshot());
        }
    }

    #[test]
    fn a_reset_timer_is_a_new_one(steps in proptest::collection::vec(step(), 0..80)) {
        let mut used = Bench::new();
        for step in &steps {
            run(&mut used, step);
        }
        let mut outcome = Outcome::new();
        used.timer.reset(used.now, &mut outcome);
        prop_assert_eq!(outcome.line(LINE), Some(false));
        prop_assert_eq!(used.timer.snapshot(), Timer::new(&config(), used.now).snapshot());
    }

    #[test]
    fn every_reachable_state_is_valid(steps in proptest::collection::vec(step(), 0..80)) {
        let mut timer = Bench::new();
        for step in &steps {
            run(&mut timer, step);
            prop_assert!(Timer::restore(&config(), timer.timer.snapshot()).is_ok());
        }
    }

    #[test]
    fn a_deadline_brings_an_edge_and_nothing_before_it(steps in proptest::collection::vec(step(), 0..80)) {
        let mut timer = Bench::new();
        for step in &steps {
            run(&mut timer, step);
            if let Some(at) = timer.timer.deadline() {
                prop_assert!(at > timer.now);
                let edges = |now: Nanos| {
                    let mut probe = Bench { timer: timer.timer.clone(), now, line: timer.line, edges: 0 };
                    probe.tick();
                    probe.edges
                };
                // A short period is served late, never early.
                prop_assert!(at.since(timer.now) <= 20_000 || edges(Nanos(at.0 - 1)) == 0);
                prop_assert_eq!(edges(at), 1);
            }
        }
    }

    #[test]
    fn what_restores_from_damaged_bytes_is_total(
        before in proptest::collection::vec(step(), 0..20),
        after in proptest::collection::vec(step(), 0..20),
        damage in (any::<prop::sample::Index>(), any::<u8>()),
    ) {
        let mut timer = Bench::new();
        for step in &before {
            run(&mut timer, step);
        }
        let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
        let length = bulkhead_protocol::encode(&timer.timer.snapshot(), &mut bytes).unwrap();
        bytes[damage.0.index(length)] = damage.1;
        if let Ok(state) = bulkhead_protocol::decode::<State>(&bytes[..length])
            && let Ok(restored) = Timer::restore(&config(), state)
        {
            timer.timer = restored;
            for step in &after {
                run(&mut timer, step);
            }
        }
    }
}

#[test]
fn an_impossible_state_is_refused() {
    let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
    let length = bulkhead_protocol::encode(&Bench::new().timer.snapshot(), &mut bytes).unwrap();
    // Port B's upper half; the gate of channel 0; port B's gate without that of channel 2.
    for (at, value) in [(0, 0x10), (3, 0), (0, 0x01)] {
        let mut bytes = bytes;
        bytes[at] = value;
        let state = bulkhead_protocol::decode::<State>(&bytes[..length]).unwrap();
        assert!(Timer::restore(&config(), state).is_err(), "byte {at}");
    }
}
