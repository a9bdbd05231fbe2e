//! What only hardware asks of the core, and emulators can show.

use crate::{Built, Session};
use xtask::emulator::{Kind, Machine, Outcome};

/// With the last guest the core switches the machine off by the firmware's ACPI tables.
pub fn soft_off(kind: Kind) {
    let built = Built::example("first-light");
    let machine = Machine { as_hardware: true, ..built.machine(kind) };
    let mut session = Session::boot(kind, &machine);
    session.see("vm tiny: Started -> PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::SwitchedOff);
    assert_eq!(transcript.matches("bulkhead: version").count(), 1, "{transcript}");
}

/// With all local APICs in x2APIC mode, CPUs start and interrupt each other, timers fire and device interrupts come.
pub fn x2apic(kind: Kind) {
    let built = Built::test_system("smp");
    let machine = Machine { command_line: "apic=x2apic".into(), ..built.machine(kind) };
    let mut session = Session::boot(kind, &machine);
    session.see("local APICs in x2APIC mode");
    session.see("smp: all passed");
    session.see("vm smp: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}
