//! Streams of a guest while those die who look after it.

use super::linux::PROMPT;
use crate::screen::beside_log;
use crate::{Built, Session};
use std::ops::RangeInclusive;
use xtask::emulator::{Kind, Outcome};

/// Lines that the guest writes.
const WRITTEN: u32 = 600;
/// Lines that are typed, and come back.
const TYPED: u32 = 200;
/// Lines that are typed before the first of them must be back: more would not fit the console's buffer.
const AHEAD: u32 = 16;

/// What the guest writes, and what it gets and gives back, comes once and in order, whoever dies; and in the end the
/// registry knows how the guest ended.
pub fn services_die(kind: Kind) {
    let built = Built::test_system("services-die");
    let mut session = Session::boot(kind, &built.machine(kind));
    let written = |screen: &str| beside_log(screen, built.tasks(""));
    let see = |session: &mut Session, text: &str| {
        session.see_that(&format!("{text:?} comes"), |screen| written(screen).contains(text));
    };
    see(&mut session, PROMPT);
    // The commands are echoed, with the sums not worked out yet.
    session.enter("stty -echo; echo writes $((1+1))\n");
    see(&mut session, "writes 2");
    session.enter(&format!(
        "i=1; while [ $i -le {WRITTEN} ]; do printf 'out %04d of a stream\\n' $i; i=$((i+1)); done; echo copies $((1+1))\n"
    ));
    see(&mut session, "copies 2");
    session.enter("cat; echo ends $((1+1))\n");
    for first in (1..=TYPED).step_by(AHEAD as usize) {
        let last = (first + AHEAD - 1).min(TYPED);
        session.enter(&lines("in", first..=last, "\n"));
        see(&mut session, &lines("in", last..=last, ""));
    }
    // The end of cat's input.
    session.enter("\x04");
    see(&mut session, "ends 2");
    session.enter("poweroff -f\n");
    let transcript = ends(session, "linux");

    let text = written(&transcript);
    assert_eq!(between(&text, "writes 2", "copies 2"), lines("out", 1..=WRITTEN, ""), "{transcript}");
    assert_eq!(between(&text, "copies 2", "ends 2"), lines("in", 1..=TYPED, ""), "{transcript}");
    let (_, streams) = transcript.split_once("writes 2").expect("the text came");
    for (victim, least) in [("linux.vuart", 20), ("supervisor", 20), ("vm-manager", 10)] {
        died(streams, victim, least);
    }
    // It has no number of lives: each of these did some of its work.
    died(&transcript, "supervisor", 101);
}

/// The same for a guest of a few instructions that only writes. The VM manager dies while the machine goes off, too: no next
/// life of it may take that for the system's boot.
pub fn services_die_under_a_tiny_guest(kind: Kind) {
    let built = Built::test_system("services-die-tiny");
    let session = Session::boot(kind, &built.machine(kind));
    let transcript = ends(session, "writer");

    let numbered: String = (1..=3000).map(|number| format!("line {number:08x}")).collect();
    assert_eq!(beside_log(&transcript, built.tasks("")), numbered, "{transcript}");
    assert_eq!(transcript.matches("vm writer: PoweredOff -> Created").count(), 1, "{transcript}");
    for victim in ["writer.vuart", "supervisor", "vm-manager"] {
        died(&transcript, victim, 8);
    }
}

/// The guest powers off, and the machine goes off with it, for that reason and no other: also if the VM manager has died in
/// the middle. Everything that was on the screen.
fn ends(mut session: Session, guest: &str) -> String {
    let news = format!("vm {guest}: Started -> PoweredOff (");
    session.see_after_boot(&news);
    let (outcome, transcript) = session.ends_somehow();
    // A life may have died behind these words, and the next one says them again.
    let reasons = transcript.split(&news).skip(1);
    for reason in reasons {
        assert!(reason.starts_with("GuestPowerOff)"), "{transcript}");
    }
    assert_eq!(outcome, Outcome::Good, "{transcript}");
    transcript
}

/// A task died so often at least.
pub(super) fn died(transcript: &str, victim: &str, least: usize) {
    let count = transcript.matches(&format!("task {victim} stopped: Injected")).count();
    assert!(count >= least, "{victim} died {count} times only: {transcript}");
}

/// Numbered lines as they go over the wire.
fn lines(way: &str, numbers: RangeInclusive<u32>, end: &str) -> String {
    numbers.map(|number| format!("{way} {number:04} of a stream{end}")).collect()
}

/// What was written between two texts, without prompts.
fn between(text: &str, first: &str, last: &str) -> String {
    let (_, rest) = text.split_once(first).expect("the text came");
    let (inner, _) = rest.split_once(last).expect("the text came");
    inner.replace(PROMPT, "").replace("\x1b[6n", "")
}
