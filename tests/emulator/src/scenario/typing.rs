//! Somebody types while the shell and the console die.

use super::shell::{TO_SHELL, ticks};
use crate::{Built, Session};
use std::time::Duration;
use xtask::emulator::Kind;

const VICTIMS: [&str; 2] = ["shell", "console"];
/// How often each must have died at least.
const DEATHS: usize = 5;
/// Commands that are given at least and must each be carried out once, and how many at the most: how fast somebody types
/// against the machine's time depends on how busy the host is.
const RESETS: u32 = 6;
const MOST_RESETS: u32 = 60;
/// How often a person types the same before giving up.
const TRIES: usize = 30;
/// How long a person waits before typing again.
const PATIENCE: Duration = Duration::from_secs(6);
/// The key that forgets the line; what was left of one is not what is typed next.
const FORGET: &str = "\x15";

/// A person who types again what was not answered gets it done in the end, each command once; what the guests write comes
/// in order and never twice.
pub fn typing(kind: Kind) {
    let built = Built::test_system("typing");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("tick 00000003");
    let mut done = resets(&mut session);
    assert_eq!(done, 0);
    while done < RESETS || !have_died(&session.transcript()) {
        assert!(done < MOST_RESETS, "too few deaths: {}", session.transcript());
        type_in(&mut session, "reset red", |answer| answer.contains("red is started"));
        let now = resets(&mut session);
        // A reset whose answer did not come has happened or not; it has not happened twice.
        assert!(now == done || now == done + 1, "{done} resets became {now}: {}", session.transcript());
        done = now;
    }
    let transcript = session.stop();
    let began = transcript.matches("vm red: Started -> Created (Requested)").count();
    assert!(began <= done as usize, "{began} resets instead of {done}: {transcript}");
    let counted = ticks(&transcript, "blue");
    assert!(counted.len() > 20, "{counted:?}\n{transcript}");
    assert!(counted.is_sorted_by(|a, b| a < b), "a line came twice: {counted:?}\n{transcript}");
}

/// Have all of them died often enough?
fn have_died(transcript: &str) -> bool {
    let deaths = |victim| transcript.matches(&format!("task {victim} stopped: Injected")).count();
    VICTIMS.into_iter().all(|victim| deaths(victim) >= DEATHS)
}

/// How often `red` was reset, by the shell's list.
fn resets(session: &mut Session) -> u32 {
    for _ in 0..TRIES {
        let from = session.transcript().len();
        if type_in(session, "vms", |answer| listed(answer).is_some()) {
            let answer = session.transcript().split_off(from);
            return listed(&answer).expect("it was there before");
        }
    }
    panic!("the shell lists no VMs: {}", session.transcript());
}

/// The number of resets in a whole line about `red`.
fn listed(answer: &str) -> Option<u32> {
    let line = answer.split_inclusive('\n').find(|line| line.starts_with("red ") && line.ends_with('\n'))?;
    // Name, kind, state, vCPUs, memory and its unit, starts, resets, reason.
    let words: Vec<_> = line.split_whitespace().collect();
    (words.len() >= 9).then(|| words[7].parse().ok())?
}

/// Types a line at the shell, wherever the keyboard was before; whether its answer came.
fn type_in(session: &mut Session, line: &str, is_answer: impl Fn(&str) -> bool) -> bool {
    let from = session.transcript().len();
    session.enter(&format!("{TO_SHELL}{FORGET}{line}\r"));
    session.comes(PATIENCE, |screen| screen.get(from..).is_some_and(&is_answer))
}
