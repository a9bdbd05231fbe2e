//! The laws of `vdev::Device`, on random traces.

use crate::bench::{Bench, LINE, SECOND, config};
use proptest::prelude::*;
use vdev::{Access, Device, Nanos, Outcome, Width};
use vrtc::{Rtc, State};

#[derive(Debug, Clone)]
enum Step {
    Get(u8),
    Set(u8, u8),
    Wait(u64),
    Jump(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0u8..0x40).prop_map(Step::Get),
        3 => (0u8..0x0f, any::<u8>()).prop_map(|(index, value)| Step::Set(index, value)),
        1 => Just(Step::Set(0x0a, 0x26)),
        1 => (0u8..0x80).prop_map(|value| Step::Set(0x0b, value)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(index, value)| Step::Set(index, value)),
        2 => (0u64..3 * SECOND).prop_map(Step::Wait),
        1 => (0u64..1_000_000 * SECOND).prop_map(Step::Jump),
    ]
}

fn run(rtc: &mut Bench, step: &Step) -> (Option<u8>, bool, Nanos) {
    let mut seen = None;
    match step {
        Step::Get(index) => seen = Some(rtc.get(*index)),
        Step::Set(index, value) => rtc.set(*index, *value),
        Step::Wait(nanoseconds) => rtc.wait(*nanoseconds),
        Step::Jump(nanoseconds) => {
            rtc.now = rtc.now.after(*nanoseconds);
            rtc.tick();
        }
    }
    (seen, rtc.line, rtc.now)
}

fn reencoded(state: &State) -> State {
    let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
    let length = bulkhead_protocol::encode(state, &mut bytes).unwrap();
    bulkhead_protocol::decode(&bytes[..length]).unwrap()
}

proptest! {
    #[test]
    fn a_restored_clock_behaves_as_the_original(steps in proptest::collection::vec(step(), 0..60), cut in 0usize..60) {
        let (mut whole, mut restarted) = (Bench::new(), Bench::new());
        for (index, step) in steps.iter().enumerate() {
            if index == cut {
                restarted.rtc = Rtc::restore(&config(), reencoded(&restarted.rtc.snapshot())).unwrap();
            }
            prop_assert_eq!(run(&mut whole, step), run(&mut restarted, step));
            prop_assert_eq!(whole.rtc.snapshot(), restarted.rtc.snapshot());
        }
    }

    #[test]
    fn a_reset_clock_is_a_new_one(steps in proptest::collection::vec(step(), 0..60)) {
        let mut used = Bench::new();
        for step in &steps {
            run(&mut used, step);
        }
        let mut outcome = Outcome::new();
        used.rtc.reset(used.now, &mut outcome);
        prop_assert_eq!(outcome.line(LINE), Some(false));
        prop_assert_eq!(used.rtc.snapshot(), Rtc::new(&config(), used.now).snapshot());
    }

    /// The battery keeps date and RAM; interrupts end.
    #[test]
    fn a_warm_reset_keeps_the_time_and_the_ram(steps in proptest::collection::vec(step(), 0..60)) {
        let mut used = Bench::new();
        for step in &steps {
            run(&mut used, step);
        }
        let mut before = used.rtc.clone();
        let mut outcome = Outcome::new();
        used.rtc.warm_reset(used.now, &mut outcome);
        prop_assert_eq!(outcome.line(LINE), Some(false));
        prop_assert!(used.rtc.deadline().is_none());
        prop_assert!(Rtc::restore(&config(), used.rtc.snapshot()).is_ok());
        let read = |rtc: &mut Rtc, register: u64| {
            let mut outcome = Outcome::new();
            rtc.write(Access::port(0x70, Width::Byte), register, used.now, &mut outcome);
            rtc.read(Access::port(0x71, Width::Byte), used.now, &mut outcome)
        };
        for register in (0..=10).chain(14..0x80) {
            prop_assert_eq!(read(&mut used.rtc, register), read(&mut before, register), "register {}", register);
        }
        prop_assert_eq!(read(&mut used.rtc, 12), 0);
    }

    #[test]
    fn every_reachable_state_is_valid(steps in proptest::collection::vec(step(), 0..60)) {
        let mut rtc = Bench::new();
        for step in &steps {
            run(&mut rtc, step);
            prop_assert!(Rtc::restore(&config(), rtc.rtc.snapshot()).is_ok());
        }
    }

    #[test]
    fn a_deadline_is_the_moment_at_which_the_line_rises(steps in proptest::collection::vec(step(), 0..60)) {
        let mut rtc = Bench::new();
        for step in &steps {
            run(&mut rtc, step);
            if let Some(at) = rtc.rtc.deadline() {
                prop_assert!(at > rtc.now && !rtc.line);
                let mut early = Bench { rtc: rtc.rtc.clone(), now: Nanos(at.0 - 1), ..Bench::new() };
                early.tick();
                prop_assert!(!early.line);
                early.now = at;
                early.tick();
                prop_assert!(early.line);
            }
        }
    }
}

#[test]
fn an_impossible_state_is_refused() {
    let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
    let length = bulkhead_protocol::encode(&Bench::new().rtc.snapshot(), &mut bytes).unwrap();
    // Index, A, C and the weekday's shift come after 114 bytes of RAM.
    for (at, value) in [(114, 0x80), (115, 0xa6), (117, 0x01), (129, 7)] {
        let mut bytes = bytes;
        bytes[at] = value;
        let state = bulkhead_protocol::decode::<State>(&bytes[..length]).unwrap();
        assert!(Rtc::restore(&config(), state).is_err(), "byte {at}");
    }
}
