//! The laws of every device, on random traces.

use super::*;
use postcard::experimental::max_size::MaxSize;
use proptest::prelude::*;
use vioapic::State;

#[derive(Debug, Clone, Copy)]
enum Step {
    Read(u64, Width),
    Write(u64, Width, u64),
    Entry(u8, u32),
    Lines(u64, u64),
    End(u8),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    let offset =
        prop_oneof![8 => prop::sample::select(vec![0u64, 0x10, 0x40]), 1 => 0u64..0x50, 1 => any::<u64>()];
    let width = prop::sample::select(vec![Width::Byte, Width::Word, Width::Double, Width::Quad]);
    let bits = prop_oneof![
        (0u32..4, 0u32..2, 0u32..4)
            .prop_map(|(mask, level, vector)| (mask / 3) << 16 | level << 15 | 0x40 | vector),
        any::<u32>()
    ];
    prop_oneof![
        (offset.clone(), width.clone()).prop_map(|(offset, width)| Step::Read(offset, width)),
        (offset, width, any::<u64>()).prop_map(|(offset, width, value)| Step::Write(
            offset,
            width,
            value & width.all_ones()
        )),
        (0u8..26, bits).prop_map(|(pin, bits)| Step::Entry(pin, bits)),
        (any::<u64>(), any::<u64>()).prop_map(|(level, pulse)| Step::Lines(level, pulse)),
        (0x40u8..0x44).prop_map(Step::End),
        Just(Step::Tick),
    ]
}

/// Carries a step out: what is read, and all that leaves.
fn apply(chip: &mut Vioapic, level: &mut u64, step: Step) -> (u64, Outcome) {
    let mut outcome = Outcome::new();
    let mut value = 0;
    match step {
        Step::Read(offset, width) => {
            value = chip.read(Access::mmio(BASE.wrapping_add(offset), width), NOW, &mut outcome);
        }
        Step::Write(offset, width, value) => {
            chip.write(Access::mmio(BASE.wrapping_add(offset), width), value, NOW, &mut outcome);
        }
        Step::Entry(pin, bits) => {
            chip.write(Access::mmio(BASE, Width::Byte), u64::from(pin * 2 + 0x10), NOW, &mut outcome);
            chip.write(Access::mmio(BASE + 0x10, Width::Double), u64::from(bits), NOW, &mut outcome);
        }
        Step::Lines(new, pulse) => {
            let lines = LineChange { level: new, rose: new & !*level | pulse, fell: *level & !new | pulse };
            *level = new;
            chip.signal(&Signal { bits: 0, lines, eoi: VectorSet::default() }, NOW, &mut outcome);
        }
        Step::End(vector) => {
            let mut eoi = VectorSet::default();
            eoi.insert(vector);
            let lines = LineChange { level: *level, rose: 0, fell: 0 };
            chip.signal(&Signal { bits: 0, lines, eoi }, NOW, &mut outcome);
        }
        Step::Tick => chip.tick(NOW, &mut outcome),
    }
    (value, outcome)
}

fn run(steps: &[Step]) -> (Vioapic, u64) {
    let mut chip = Vioapic::new(&CONFIG, NOW);
    let mut level = 0;
    for step in steps {
        apply(&mut chip, &mut level, *step);
    }
    (chip, level)
}

#[test]
fn a_state_fits_a_commit() {
    const { assert!(State::POSTCARD_MAX_SIZE <= 256) }
}

proptest! {
    #[test]
    fn a_restored_chip_goes_on_as_the_original(
        before in prop::collection::vec(step(), 0..80),
        after in prop::collection::vec(step(), 0..40),
    ) {
        let (mut chip, mut level) = run(&before);
        let bytes = postcard::to_slice(&chip.snapshot(), &mut [0; 256]).unwrap().to_vec();
        let state: State = postcard::from_bytes(&bytes).unwrap();
        let mut again = Vioapic::restore(&CONFIG, state).unwrap();
        let mut its_level = level;
        for step in after {
            prop_assert_eq!(apply(&mut chip, &mut level, step), apply(&mut again, &mut its_level, step));
            prop_assert_eq!(chip.deadline(), again.deadline());
        }
        prop_assert_eq!(chip, again);
    }

    #[test]
    fn a_reset_chip_is_a_new_one(steps in prop::collection::vec(step(), 0..80)) {
        let (mut chip, _) = run(&steps);
        chip.reset(NOW, &mut Outcome::new());
        prop_assert_eq!(chip, Vioapic::new(&CONFIG, NOW));
    }

    #[test]
    fn a_damaged_state_is_refused_or_is_another_valid_one(
        steps in prop::collection::vec(step(), 0..40),
        place in any::<prop::sample::Index>(),
        damage in 1u8..,
    ) {
        let (chip, _) = run(&steps);
        let mut bytes = postcard::to_slice(&chip.snapshot(), &mut [0; 256]).unwrap().to_vec();
        *place.get_mut(&mut bytes) ^= damage;
        let state: State = postcard::from_bytes(&bytes).unwrap();
        if let Ok(mut chip) = Vioapic::restore(&CONFIG, state) {
            prop_assert_eq!(chip.snapshot(), state);
            for pin in 0..24 {
                for half in 0..2 {
                    let mut outcome = Outcome::new();
                    chip.write(Access::mmio(BASE, Width::Byte), 0x10 + 2 * pin + half, NOW, &mut outcome);
                    let bits = chip.read(Access::mmio(BASE + 0x10, Width::Double), NOW, &mut outcome);
                    let reserved = if half == 0 { 0xfffe_0000 } else { 0x00ff_ffff };
                    prop_assert_eq!(bits & reserved, 0);
                }
            }
        }
    }

    #[test]
    fn a_level_is_never_sent_twice_without_an_end(steps in prop::collection::vec(step(), 0..120)) {
        let mut chip = Vioapic::new(&CONFIG, NOW);
        let mut level = 0;
        let mut open = 0i32;
        chip.write(Access::mmio(BASE, Width::Byte), 0x10 + 2 * 20, NOW, &mut Outcome::new());
        chip.write(Access::mmio(BASE + 0x10, Width::Double), 0x99 | LEVEL, NOW, &mut Outcome::new());
        for step in steps {
            // Pin 20 is left alone by the guest.
            let (Step::Lines(..) | Step::End(_) | Step::Tick) = step else { continue };
            let (_, outcome) = apply(&mut chip, &mut level, step);
            open += i32::try_from(outcome.interrupts().iter().filter(|msi| msi.vector() == 0x99).count()).unwrap();
            prop_assert!(open <= 1);
        }
    }
}
