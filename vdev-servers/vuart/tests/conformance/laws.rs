//! The laws of `vdev::Device`, on random traces.

use crate::bench::{Bench, LINE, Peer, config};
use proptest::prelude::*;
use vdev::{Device, Outcome};
use vuart::{State, Uart};

/// Bytes of an encoded state without a running time-out that are the chip's; then come the line's positions.
const CHIP: usize = 5 + 2 + 2 + 2 + 2 * 18 + 1;

#[derive(Debug, Clone)]
enum Step {
    Read(u16),
    Write(u16, u8),
    TypeIn(Vec<u8>),
    Wait(u64),
    Room(usize),
    Dead(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u16..8).prop_map(Step::Read),
        4 => (0u16..8, any::<u8>()).prop_map(|(offset, value)| Step::Write(offset, value)),
        2 => any::<u8>().prop_map(|value| Step::Write(0, value)),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Step::TypeIn),
        1 => (0u64..20_000_000).prop_map(Step::Wait),
        1 => (0usize..40).prop_map(Step::Room),
        1 => any::<bool>().prop_map(Step::Dead),
    ]
}

/// Does the step; what the guest and the interrupt controllers see of it.
fn run(uart: &mut Bench, step: &Step) -> (Option<u8>, bool, usize) {
    let mut seen = None;
    match step {
        Step::Read(offset) => seen = Some(uart.input(*offset)),
        Step::Write(offset, value) => uart.output(*offset, *value),
        Step::TypeIn(text) => uart.type_in(text),
        Step::Wait(nanoseconds) => uart.wait(*nanoseconds),
        Step::Room(room) => uart.peer().room = Some(uart.peer().output.len() + room),
        Step::Dead(dead) => uart.peer().dead = *dead,
    }
    (seen, uart.line, uart.rising_edges)
}

fn encoded(state: &State) -> Vec<u8> {
    let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
    let length = bulkhead_protocol::encode(state, &mut bytes).unwrap();
    bytes[..length].to_vec()
}

proptest! {
    #[test]
    fn a_restored_uart_behaves_as_the_original(steps in proptest::collection::vec(step(), 0..80), cut in 0usize..80) {
        let (mut whole, mut restarted) = (Bench::new(), Bench::new());
        for (index, step) in steps.iter().enumerate() {
            if index == cut {
                restarted.restart();
            }
            prop_assert_eq!(run(&mut whole, step), run(&mut restarted, step));
            prop_assert_eq!(whole.uart.snapshot(), restarted.uart.snapshot());
        }
        prop_assert_eq!(whole.peer, restarted.peer);
    }

    #[test]
    fn a_reset_uart_is_a_new_one_on_the_same_line(steps in proptest::collection::vec(step(), 0..80)) {
        let mut used = Bench::new();
        for step in &steps {
            run(&mut used, step);
        }
        let mut outcome = Outcome::new();
        used.uart.reset(used.now, &mut outcome);
        let fresh = Uart::<Peer>::new(&config(), used.now);
        prop_assert_eq!(outcome.line(LINE), Some(false));
        prop_assert_eq!(used.uart.deadline(), None);
        prop_assert_eq!(&encoded(&used.uart.snapshot())[..CHIP], &encoded(&fresh.snapshot())[..CHIP]);
        prop_assert_eq!(used.uart.own_state(), fresh.own_state());
    }

    #[test]
    fn every_reachable_state_is_valid(steps in proptest::collection::vec(step(), 0..80)) {
        let mut uart = Bench::new();
        for step in &steps {
            run(&mut uart, step);
            prop_assert!(Uart::<Peer>::restore(&config(), uart.uart.snapshot()).is_ok());
        }
    }

    #[test]
    fn what_restores_from_damaged_bytes_is_total(
        steps in proptest::collection::vec(step(), 0..20),
        damage in (any::<prop::sample::Index>(), any::<u8>()),
    ) {
        let mut bytes = encoded(&Bench::new().uart.snapshot());
        let at = damage.0.index(bytes.len());
        bytes[at] = damage.1;
        if let Ok(state) = bulkhead_protocol::decode::<State>(&bytes)
            && let Ok(uart) = Uart::restore(&config(), state)
        {
            let mut bench = Bench { uart, peer: None, ..Bench::new() };
            for step in steps.iter().filter(|step| matches!(step, Step::Read(_) | Step::Write(..) | Step::Wait(_))) {
                run(&mut bench, step);
            }
        }
    }

    #[test]
    fn a_deadline_is_never_asked_for_twice(steps in proptest::collection::vec(step(), 0..80)) {
        let mut uart = Bench::new();
        for step in &steps {
            run(&mut uart, step);
            if let Some(at) = uart.uart.deadline() {
                uart.wait(at.since(uart.now));
                prop_assert!(uart.uart.deadline().is_none_or(|next| next > uart.now));
            }
        }
    }
}

#[test]
fn an_impossible_state_is_refused() {
    let good = encoded(&Bench::new().uart.snapshot());
    // IER has four bits; the length of the receiver's FIFO at most 16.
    for (at, value) in [(0, 0x10), (1, 0x02), (3, 0x20), (7, 0x01), (8, 0x10)] {
        let mut bytes = good.clone();
        bytes[at] = value;
        let state = bulkhead_protocol::decode::<State>(&bytes).unwrap();
        assert!(Uart::<Peer>::restore(&config(), state).is_err(), "byte {at}");
    }
}
