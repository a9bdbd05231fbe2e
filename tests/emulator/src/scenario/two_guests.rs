//! Two guests at once on one console.

use super::linux::PROMPT;
use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// The console's key before a command.
const CTRL_A: char = '\x01';
const GUESTS: [&str; 2] = ["red", "blue"];

/// Numbered lines that one Linux sends to the other.
const LINES: std::ops::Range<u32> = 1001..1061;

/// Two Linux guests run at once. Each gets what is typed for it and answers by its own name; and over a serial cable each
/// gets what the other sends, once and in order.
pub fn two_linux(kind: Kind) {
    let built = Built::test_system("two-linux");
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
    send_lines(&mut session, 0, 1);
    send_lines(&mut session, 1, 0);
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

/// One guest, by its place on the console, writes to its second serial port, and the other shows what it reads there.
fn send_lines(session: &mut Session, from: usize, to: usize) {
    // Without echo and line editing it is a plain cable.
    const OPEN: &str = "exec 3<>/dev/ttyS1; stty raw -echo <&3";
    let (sender, receiver) = (GUESTS[from], GUESTS[to]);
    let count = LINES.len();
    turn_to(session, from, sender);
    session.enter(&format!("{OPEN}; echo sender-$((6*7))\n"));
    session.see_that("the sender is ready", |screen| written_by(screen, sender).contains("sender-42"));
    turn_to(session, to, receiver);
    session.enter(&format!("{OPEN}; echo receiver-$((6*7)); head -n {count} <&3; echo end-$((6*7))\n"));
    session.see_that("the receiver is ready", |screen| written_by(screen, receiver).contains("receiver-42"));
    turn_to(session, from, sender);
    session.enter(&format!("seq {} {} >&3\n", LINES.start, LINES.end - 1));
    let lines: String = LINES.map(|line| line.to_string()).collect();
    let expected = format!("receiver-42{lines}end-42");
    session.see_that("all lines come", |screen| written_by(screen, receiver).contains(&expected));
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
