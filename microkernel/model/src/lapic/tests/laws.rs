//! What holds whatever a guest does.

extern crate std;

use super::super::*;
use super::{take, x2apic};
use proptest::prelude::*;
use std::vec::Vec;

#[derive(Debug, Clone, Copy)]
enum Step {
    Write(u16, u32),
    Read(u16),
    WriteMsr(u32, u64),
    ReadMsr(u32),
    Accept(u8, bool),
    Take,
    Raise(bool),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let offset = prop_oneof![4 => (0u16..0x40).prop_map(|number| number << 4), 1 => any::<u16>()];
    let msr = prop_oneof![4 => 0x800u32..0x840, 1 => Just(0x6e0), 1 => Just(0x1b), 1 => any::<u32>()];
    let value = prop_oneof![any::<u64>(), 0u64..0x300, (0u64..8).prop_map(|mode| mode << 16 | 0x40)];
    prop_oneof![
        (offset.clone(), value.clone())
            .prop_map(|(offset, value)| Step::Write(offset, (value & 0xffff_ffff) as u32)),
        offset.prop_map(Step::Read),
        (msr.clone(), value).prop_map(|(msr, value)| Step::WriteMsr(msr, value)),
        msr.prop_map(Step::ReadMsr),
        (any::<u8>(), any::<bool>()).prop_map(|(vector, level)| Step::Accept(vector, level)),
        Just(Step::Take),
        any::<bool>().prop_map(Step::Raise),
        prop_oneof![0u64..1000, any::<u64>()].prop_map(Step::Wait),
    ]
}

/// Replays steps; returns the time at the end.
fn run(apic: &mut LocalApic, steps: &[Step]) -> u64 {
    let mut now = 0u64;
    for step in steps {
        match *step {
            Step::Write(offset, value) => drop(apic.write(offset, value, now)),
            Step::Read(offset) => drop(apic.read(offset, now)),
            Step::WriteMsr(msr, value) => drop(apic.write_msr(msr, value, now)),
            Step::ReadMsr(msr) => drop(apic.read_msr(msr, now)),
            Step::Accept(vector, level) => drop(apic.accept(vector, level)),
            Step::Take => drop(take(apic)),
            Step::Raise(first) => drop(apic.raise(if first { LocalPin::Lint0 } else { LocalPin::Lint1 })),
            Step::Wait(ticks) => {
                now = now.saturating_add(ticks);
                apic.tick(now);
            }
        }
    }
    now
}

proptest! {
    #[test]
    fn nothing_legal_or_illegal_breaks_the_invariants(
        x2 in any::<bool>(),
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut apic = if x2 { x2apic(7) } else { super::enabled() };
        let now = run(&mut apic, &steps);
        if let Some(vector) = apic.pending() {
            prop_assert!(vector >> 4 > apic.ppr() >> 4 && vector >= 16);
        }
        apic.tick(now);
        prop_assert!(apic.deadline().is_none_or(|deadline| deadline > now || now == u64::MAX));
        let (id, bsp) = (apic.id(), apic.apic_base() >> 8 & 1 != 0);
        apic.reset();
        prop_assert_eq!(apic, LocalApic::new(id, bsp));
    }

    #[test]
    fn each_accepted_vector_is_served_once_in_order_of_priority(vectors in prop::collection::vec(16u8.., 1..40)) {
        let mut apic = super::enabled();
        for vector in &vectors {
            apic.accept(*vector, false);
        }
        let mut served = Vec::new();
        while let Some(vector) = take(&mut apic) {
            served.push(vector);
            apic.end_of_interrupt();
        }
        let mut expected = vectors;
        expected.sort_unstable_by(|a, b| b.cmp(a));
        expected.dedup();
        prop_assert_eq!(served, expected);
    }

    #[test]
    fn calling_tick_late_never_moves_a_periodic_timers_phase(
        initial in 1u32..,
        divide in 0u32..16,
        times in prop::collection::vec(any::<u32>(), 1..20),
    ) {
        let mut apic = super::enabled();
        apic.write(0x320, 0x2_0040, 0);
        apic.write(0x3e0, divide, 0);
        apic.write(0x380, initial, 0);
        let period = apic.deadline().unwrap();
        let mut now = 0u64;
        for time in times {
            now += u64::from(time);
            apic.tick(now);
            let deadline = apic.deadline().unwrap();
            prop_assert_eq!(deadline % period, 0);
            prop_assert!(deadline > now && deadline - now <= period);
        }
    }

    #[test]
    fn a_logical_address_of_one_member_finds_exactly_that_member(id in any::<u8>(), other in any::<u8>()) {
        let own = u32::try_from(x2apic(id).read_msr(0x80d, 0).unwrap()).unwrap();
        let destination = Destination { id: own, logical: true };
        prop_assert_eq!(x2apic(other).matches(destination), id == other);
    }
}
