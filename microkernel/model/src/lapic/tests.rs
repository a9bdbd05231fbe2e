//! The APIC as a guest and a core see it.
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may fail by panicking")]

mod ipi;
mod laws;
mod priority;
mod registers;
mod timer;

use super::{Effects, LocalApic};

/// In xAPIC mode, enabled, spurious vector 0xff.
fn enabled() -> LocalApic {
    let mut apic = LocalApic::new(0, true);
    apic.write(0xf0, 0x1ff, 0);
    apic
}

/// In x2APIC mode, enabled.
fn x2apic(id: u8) -> LocalApic {
    let mut apic = LocalApic::new(id, false);
    apic.write_msr(0x1b, 0xfee0_0c00, 0).unwrap();
    apic.write_msr(0x80f, 0x1ff, 0).unwrap();
    apic
}

/// The CPU takes what is pending.
fn take(apic: &mut LocalApic) -> Option<u8> {
    let vector = apic.pending()?;
    apic.acknowledge(vector);
    Some(vector)
}

fn eoi(apic: &mut LocalApic) -> Effects {
    apic.write(0xb0, 0, 0)
}
