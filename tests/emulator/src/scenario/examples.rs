//! The repository's example systems that no other scenario boots.

use super::linux::PROMPT;
use crate::screen::written_by;
use crate::{Built, Session};
use xtask::board::from_log;
use xtask::emulator::{Kind, Outcome};

/// The real-time guest does its work on its own CPU while Linux comes up beside it.
pub fn real_time(kind: Kind) {
    let built = Built::example("real-time");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot("vm control: Started -> PoweredOff (GuestPowerOff)");
    session.see_that("Linux comes up", |screen| written_by(screen, "general").contains("Linux version"));
    let transcript = session.stop();
    assert!(written_by(&transcript, "control").ends_with("first-light: all passed"), "{transcript}");
}

/// Four guests at once, and what the core says of its board is what the machine was given.
pub fn many_guests(kind: Kind) {
    let built = Built::example("many-guests");
    let machine = built.machine(kind);
    let mut session = Session::boot(kind, &machine);
    for _ in 0..4 {
        session.see_after_boot("PoweredOff (GuestPowerOff)");
    }
    let transcript = session.ends(&Outcome::Good);
    for guest in ["north", "east", "south", "west"] {
        assert!(written_by(&transcript, guest).ends_with("first-light: all passed"), "{guest}: {transcript}");
    }
    let board = from_log(&transcript).unwrap_or_else(|failure| panic!("{failure}\n{transcript}"));
    assert_eq!(board.cpus, usize::from(machine.cpus));
    let ram: u64 = board.memory.iter().map(|(first, last, _)| last - first + 1).sum();
    let missing = (machine.memory_mib << 20) - ram;
    assert!(missing < 4 << 20, "{missing} bytes are missing");
}

/// Linux comes up, answers and powers off although its device servers die all the time.
pub fn under_fire(kind: Kind, example: &str) {
    let built = Built::example(example);
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot(PROMPT);
    session.enter("echo $((6*7))\n");
    session.see("\n42\r\n");
    session.see(PROMPT);
    session.enter("poweroff -f\n");
    session.see("vm linux: Started -> PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::Good);
    let restarts = transcript.matches("restarted linux.").count();
    assert!(restarts >= 10, "only {restarts} restarts\n{transcript}");
}
