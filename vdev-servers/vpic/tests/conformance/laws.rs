//! The laws of every device, on random traces.

use super::*;
use postcard::experimental::max_size::MaxSize;
use proptest::prelude::*;
use vpic::State;

#[derive(Debug, Clone, Copy)]
enum Step {
    Read(u16, Width),
    Write(u16, Width, u64),
    Lines(u64, u64),
    Acknowledge,
}

fn step() -> impl Strategy<Value = Step> {
    let port =
        prop::sample::select(vec![0x20u16, 0x20, 0x21, 0x21, 0xa0, 0xa0, 0xa1, 0xa1, 0x4d0, 0x4d1, 0x22]);
    let width = prop_oneof![8 => Just(Width::Byte), 1 => Just(Width::Word), 1 => Just(Width::Quad)];
    prop_oneof![
        2 => (port.clone(), width.clone()).prop_map(|(port, width)| Step::Read(port, width)),
        4 => (port, width, any::<u64>()).prop_map(|(port, width, value)| Step::Write(port, width, value & width.all_ones())),
        3 => (any::<u64>(), any::<u64>()).prop_map(|(level, pulse)| Step::Lines(level, pulse)),
        2 => Just(Step::Acknowledge),
    ]
}

/// Carries a step out: what is read or acknowledged, and all that leaves.
fn apply(pair: &mut Vpic, level: &mut u64, step: Step) -> (u64, Outcome) {
    let mut outcome = Outcome::new();
    let value = match step {
        Step::Read(port, width) => pair.read(Access::port(port, width), NOW, &mut outcome),
        Step::Write(port, width, value) => {
            pair.write(Access::port(port, width), value, NOW, &mut outcome);
            0
        }
        Step::Lines(new, pulse) => {
            let lines = LineChange { level: new, rose: new & !*level | pulse, fell: *level & !new | pulse };
            *level = new;
            pair.signal(&Signal { bits: 0, lines, eoi: VectorSet::default() }, NOW, &mut outcome);
            0
        }
        Step::Acknowledge => pair.acknowledge(NOW, &mut outcome).unwrap().into(),
    };
    (value, outcome)
}

/// A pair that works, or one fresh from the factory, after a trace.
fn run(initialized: bool, steps: &[Step]) -> (Vpic, u64) {
    let mut pair = if initialized { Bench::new().pair } else { Bench::power_on().pair };
    let mut level = 0;
    for step in steps {
        apply(&mut pair, &mut level, *step);
    }
    (pair, level)
}

#[test]
fn a_state_fits_a_commit() {
    const { assert!(State::POSTCARD_MAX_SIZE <= 32) }
}

proptest! {
    #[test]
    fn a_restored_pair_goes_on_as_the_original(
        initialized in any::<bool>(),
        before in prop::collection::vec(step(), 0..80),
        after in prop::collection::vec(step(), 0..40),
    ) {
        let (mut pair, mut level) = run(initialized, &before);
        let bytes = postcard::to_slice(&pair.snapshot(), &mut [0; 32]).unwrap().to_vec();
        let mut again = Vpic::restore(&CONFIG, postcard::from_bytes(&bytes).unwrap()).unwrap();
        let mut its_level = level;
        for step in after {
            prop_assert_eq!(apply(&mut pair, &mut level, step), apply(&mut again, &mut its_level, step));
        }
        prop_assert_eq!(pair, again);
    }

    #[test]
    fn a_reset_pair_is_a_new_one(initialized in any::<bool>(), steps in prop::collection::vec(step(), 0..80)) {
        let (mut pair, _) = run(initialized, &steps);
        let mut outcome = Outcome::new();
        pair.reset(NOW, &mut outcome);
        prop_assert_eq!(pair, Vpic::new(&CONFIG, NOW));
        prop_assert_eq!(outcome.line(OUTPUT), Some(false));
    }

    #[test]
    fn the_output_is_a_function_of_the_state(initialized in any::<bool>(), steps in prop::collection::vec(step(), 0..80)) {
        let (mut pair, mut level) = run(initialized, &[]);
        for step in steps {
            let (_, outcome) = apply(&mut pair, &mut level, step);
            // A read of a port that is not ours touches nothing, but says the level again.
            let mut again = Outcome::new();
            pair.read(Access::port(0x22, Width::Byte), NOW, &mut again);
            prop_assert!(again.line(OUTPUT).is_some());
            prop_assert_eq!(outcome.line(OUTPUT), again.line(OUTPUT));
        }
    }

    #[test]
    fn a_damaged_state_is_refused_or_is_another_valid_one(
        steps in prop::collection::vec(step(), 0..40),
        place in any::<prop::sample::Index>(),
        damage in 1u8..,
        after in prop::collection::vec(step(), 0..20),
    ) {
        let (pair, mut level) = run(true, &steps);
        let mut bytes = postcard::to_slice(&pair.snapshot(), &mut [0; 32]).unwrap().to_vec();
        *place.get_mut(&mut bytes) ^= damage;
        let state: State = postcard::from_bytes(&bytes).unwrap();
        if let Ok(mut pair) = Vpic::restore(&CONFIG, state) {
            prop_assert_eq!(pair.snapshot(), state);
            for step in after {
                apply(&mut pair, &mut level, step);
            }
            prop_assert!(Vpic::restore(&CONFIG, pair.snapshot()).is_ok());
        }
    }

    #[test]
    fn edges_on_unmasked_inputs_are_each_served_once(lines in prop::collection::vec(0u8..16, 1..60)) {
        let mut bench = Bench::new();
        let mut expected = std::collections::BTreeSet::new();
        for line in lines {
            bench.pulse(line);
            if line != 2 {
                expected.insert(if line < 8 { 0x08 + line } else { 0x68 + line });
            }
        }
        let mut served = std::collections::BTreeSet::new();
        while let Some(vector) = bench.interrupt() {
            prop_assert!(served.insert(vector));
            if vector >= 0x70 {
                bench.write(SECONDARY, NON_SPECIFIC_EOI);
            }
            bench.write(PRIMARY, NON_SPECIFIC_EOI);
        }
        prop_assert_eq!(served, expected);
    }
}
