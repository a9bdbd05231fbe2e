//! Linux guests with somebody at their keyboard.

use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// What the guest's shell shows when it waits for a command.
pub(super) const PROMPT: &str = "guest# ";

/// Linux comes up to its shell, answers a command, and its power-off ends the machine well.
pub fn linux_answers(kind: Kind) {
    let built = Built::example("single-linux");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot(PROMPT);
    session.enter("echo $((6*7))\n");
    session.see("\n42\r\n");
    session.see(PROMPT);
    session.enter("poweroff -f\n");
    session.see("vm linux: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}

/// Linux finds both vCPUs of its VM.
pub fn two_vcpus(kind: Kind) {
    let built = Built::example("smp-linux");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot(PROMPT);
    session.enter("nproc\n");
    session.see("\n2\r\n");
    session.see(PROMPT);
    session.enter("poweroff -f\n");
    session.see("vm linux: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}
