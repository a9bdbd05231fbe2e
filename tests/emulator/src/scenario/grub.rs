//! GRUB, with somebody at its prompt.

use super::firmware::today;
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

const PROMPT: &str = "grub> ";

/// It finds memory by coreboot's table, clock, PCI and ACPI tables; is there again after a reset; and its power-off, by what
/// the ACPI tables say, ends the machine well.
pub fn grub(kind: Kind) {
    let built = Built::test_system("grub");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see(PROMPT);
    for (command, answer) in [
        ("lsmmap\r", "base_addr = 0x100000, length = 0x1f00000, available RAM"),
        ("date\r", format!("\r{}", today(kind)).as_str()),
        ("lspci\r", "00:00.0 b148:0001 [0600] Host Bridge"),
        ("lsacpi\r", "IOAPIC ID=00 address=fec00000 GSI=00000000"),
    ] {
        session.enter(command);
        session.see(answer);
        session.see(PROMPT);
    }
    // Without a firmware's reset vector, this is how it resets a machine.
    session.enter("reboot\r");
    session.see("vm grub: Started -> Created (TripleFault)");
    session.see(PROMPT);
    session.enter("halt\r");
    session.see("vm grub: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}
