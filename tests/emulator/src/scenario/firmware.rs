//! Firmware as a guest, with somebody at its keyboard.

use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// What U-Boot shows when it waits for a command.
const PROMPT: &str = "\n=> ";

/// U-Boot comes up from the reset vector, finds memory, clock and PCI, cannot write to its ROM, comes up again after a
/// reset, and its power-off ends the machine well.
pub fn u_boot(kind: Kind) {
    let built = Built::test_system("u-boot");
    let mut session = Session::boot(kind, &built.machine(kind));
    interrupt_autoboot(&mut session);
    for (command, answer) in [
        ("date\n", format!("Date: {}", today(kind)).as_str()),
        ("pci\n", "00.00.00   0xb148     0x0001     Bridge device"),
        // The first instruction, CLI, which cannot be written over.
        ("md.b fffffff0 1\n", "\nfffffff0: fa"),
        ("mw.b fffffff0 90; md.b fffffff0 1\n", "\nfffffff0: fa"),
        // RAM keeps what is written.
        ("mw.b 100000 90; md.b 100000 1\n", "\n00100000: 90"),
    ] {
        session.enter(command);
        session.see(answer);
        session.see(PROMPT);
    }
    session.enter("reset\n");
    session.see("vm u-boot: Started -> Created (GuestReset)");
    interrupt_autoboot(&mut session);
    // ACPI S5 by hand: this U-Boot knows no power-off.
    session.enter("iow.w 604 3400\n");
    session.see("vm u-boot: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}

fn interrupt_autoboot(session: &mut Session) {
    session.see("U-Boot 20");
    session.see("DRAM:  32 MiB");
    session.see("Hit any key to stop autoboot:");
    session.enter(" ");
    session.see(PROMPT);
}

/// How a date of the machine's clock begins: counted time begins at a fixed day, and Bochs shows the host's.
pub(super) const fn today(kind: Kind) -> &'static str {
    match kind {
        Kind::Qemu => "2024-01-01 ",
        Kind::Bochs => "20",
    }
}
