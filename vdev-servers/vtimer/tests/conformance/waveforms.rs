//! Counts and outputs against the counter that is clocked pulse by pulse.

use crate::bench::{Bench, CONTROL, PORT_B, at_pulse};
use crate::reference::Reference;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Count(u16),
    Gate(bool),
    Nothing,
}

fn step() -> impl Strategy<Value = (Step, u64)> {
    let what = prop_oneof![
        3 => (2u16..30).prop_map(Step::Count),
        1 => prop_oneof![Just(0u16), 2u16..10_000].prop_map(Step::Count),
        2 => any::<bool>().prop_map(Step::Gate),
        2 => Just(Step::Nothing),
    ];
    (what, prop_oneof![20 => 1u64..40, 1 => 1u64..150_000])
}

fn as_bcd(value: u32) -> u16 {
    u16::from_str_radix(&value.to_string(), 16).unwrap()
}

fn run(mode: u8, bcd: bool, steps: &[(Step, u64)]) -> Result<(), TestCaseError> {
    let mut ours = Bench::new();
    ours.output(PORT_B, 1);
    ours.output(CONTROL, 0xb0 | mode << 1 | u8::from(bcd));
    let mut reference = Reference::new(mode, bcd, true);
    let mut pulse = 0;
    for (step, pulses) in steps {
        match step {
            Step::Count(count) => {
                let count = u32::from(*count);
                ours.write_count(2, if bcd { as_bcd(count) } else { u16::try_from(count).unwrap() });
                reference.write(count);
            }
            Step::Gate(gate) => {
                ours.output(PORT_B, u8::from(*gate));
                reference.set_gate(*gate);
            }
            Step::Nothing => {}
        }
        for _ in 0..*pulses {
            reference.pulse();
        }
        pulse += pulses;
        ours.now = at_pulse(pulse);
        let (status, count) = ours.read_back(2);
        prop_assert_eq!(status & 0x80 != 0, reference.out, "OUT at pulse {}", pulse);
        prop_assert_eq!(ours.input(PORT_B) & 0x20 != 0, reference.out);
        prop_assert_eq!(status & 0x40 != 0, reference.null, "NULL COUNT at pulse {}", pulse);
        prop_assert_eq!(status & 0x3f, 0x30 | mode << 1 | u8::from(bcd));
        if reference.loaded {
            let modulus = if bcd { 10_000 } else { 65_536 };
            let element = reference.element % modulus;
            let expected = if bcd { as_bcd(element) } else { u16::try_from(element).unwrap() };
            prop_assert_eq!(count, expected, "count at pulse {}", pulse);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_mode_counts_as_the_data_sheet_says(
        mode in 0u8..6,
        bcd in any::<bool>(),
        steps in proptest::collection::vec(step(), 0..40),
    ) {
        run(mode, bcd, &steps)?;
    }

    #[test]
    fn every_pulse_of_every_mode_is_right(mode in 0u8..6, count in 2u16..40, other in 2u16..40, when in 1u64..60) {
        let mut steps = vec![(Step::Gate(false), 1), (Step::Count(count), 1), (Step::Gate(true), 1)];
        steps.extend((0..when).map(|_| (Step::Nothing, 1)));
        steps.push((Step::Count(other), 1));
        steps.extend((0..100).map(|_| (Step::Nothing, 1)));
        run(mode, false, &steps)?;
    }
}
