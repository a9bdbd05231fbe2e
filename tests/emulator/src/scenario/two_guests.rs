//! Two guests at once on one console.

use super::linux::PROMPT;
use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// The console's key before a command.
const CTRL_A: char = '\x01';
const GUESTS: [&str; 2] = ["red", "blue"];

/// Two Linux guests run at once. Each gets what is typed for it and answers by its own name.
pub fn two_linux(kind: Kind) {
    let built = Built::example("two-linux");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_that("both guests come up", |screen| {
        GUESTS.iter().all(|guest| written_by(screen, guest).contains(PROMPT))
    });
    for (index, guest) in GUESTS.iter().enumerate() {
        turn_to(&mut session, index, guest);
        session.enter(&format!("echo {guest}-$((6*7))\n"));
        let answer = format!("{guest}-42");
        session.see_that("the guest answers", |screen| written_by(screen, guest).contains(&answer));
    }
    for (index, guest) in GUESTS.iter().enumerate().rev() {
        turn_to(&mut session, index, guest);
        session.enter("poweroff -f\n");
        session.see(&format!("vm {guest}: Started -> PoweredOff (GuestPowerOff)"));
    }
    let transcript = session.ends(&Outcome::Good);
    for (guest, other) in [("red", "blue"), ("blue", "red")] {
        let text = written_by(&transcript, guest);
        assert!(text.contains("Linux version"), "{guest}: {text}");
        assert!(!text.contains(&format!("{other}-42")), "{guest} got the other's keys: {text}");
    }
}

/// Lets the guest with this place on the console have the keyboard.
pub(super) fn turn_to(session: &mut Session, index: usize, guest: &str) {
    session.enter(&format!("{CTRL_A}{index}"));
    session.see(&format!("[console] input goes to {guest}"));
}

/// Two copies of the first guest write at once, each on a CPU of its own, and nothing of it is mixed up.
pub fn two_tiny(kind: Kind) {
    let built = Built::test_system("two-tiny");
    let mut session = Session::boot(kind, &built.machine(kind));
    // Waits for both, in any order.
    session.see("PoweredOff (GuestPowerOff)");
    session.see("PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::Good);
    let [red, blue] = GUESTS.map(|guest| written_by(&transcript, guest));
    assert!(red.starts_with("first-light: real mode"), "{transcript}");
    assert!(red.ends_with("first-light: all passed"), "{transcript}");
    assert_eq!(red, blue, "{transcript}");
}
