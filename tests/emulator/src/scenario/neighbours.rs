//! Many VMs at once, some of which are a bad lot: the others do not notice.

use super::linux::PROMPT;
use super::two_guests::turn_to;
use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::{Kind, Machine, Outcome};

const WITNESSES: [&str; 4] = ["north", "south", "east", "west"];
/// Lives of the guest that resets itself, and what each witness says meanwhile.
const LIVES: usize = 4;
const ROUNDS: usize = 8;

/// One VM resets itself and another spins while four watch their memory: the hashes stay as they are, and no line of
/// theirs is lost or doubled.
pub fn neighbours(kind: Kind) {
    let built = Built::test_system("neighbours");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_that("the guest resets itself while the witnesses go on", |screen| {
        written_by(screen, "resets").matches("reset-guest: boot").count() >= LIVES
            && WITNESSES.iter().all(|witness| rounds(screen, witness).len() >= ROUNDS)
    });
    let transcript = session.stop();
    let hash = rounds(&transcript, WITNESSES[0])[0].1.clone();
    for witness in WITNESSES {
        for (index, round) in rounds(&transcript, witness).iter().enumerate() {
            assert_eq!(*round, (index, hash.clone()), "{witness}: {transcript}");
        }
    }
}

/// The whole lines of a witness: the number of the round, and the hash.
fn rounds(screen: &str, witness: &str) -> Vec<(usize, String)> {
    let text = written_by(screen, witness);
    let lines = text.split_inclusive(';').filter_map(|line| line.strip_suffix(';'));
    lines
        .map(|line| {
            let numbers = line.strip_prefix("witness: ").and_then(|line| line.split_once(' '));
            let (round, hash) =
                numbers.unwrap_or_else(|| panic!("{witness} did not write `{line}`: {screen}"));
            (usize::from_str_radix(round, 16).unwrap(), hash.to_owned())
        })
        .collect()
}

const COLOURS: [&str; 4] = ["red", "green", "blue", "grey"];

/// Four Linux guests run at once. One is reset; the others keep what they had in memory.
pub fn four_linux(kind: Kind) {
    let built = Built::example("four-linux");
    // See `Machine::one_thread`; counted time takes one thread, too.
    let machine = Machine { counted: true, ..built.machine(kind) };
    assert!(machine.memory_mib <= 2048, "{} MiB", machine.memory_mib);
    let mut session = Session::boot(kind, &machine);
    session.see_that("all guests come up", |screen| {
        COLOURS.iter().all(|guest| written_by(screen, guest).contains(PROMPT))
    });
    for (index, guest) in COLOURS.iter().enumerate() {
        turn_to(&mut session, index, guest);
        session.enter("mark=$((6*7)); cp /bin/busybox /tmp/b; md5sum < /tmp/b > /tmp/s; echo kept-$mark\n");
        session.see_that("the guest answers", |screen| written_by(screen, guest).contains("kept-42"));
    }
    turn_to(&mut session, 0, COLOURS[0]);
    session.enter("reboot -f\n");
    session.see_that("the guest comes up again", |screen| {
        written_by(screen, COLOURS[0]).matches("Linux version").count() == 2
            && written_by(screen, COLOURS[0]).matches(" is up").count() == 2
    });
    for (index, guest) in COLOURS.iter().enumerate() {
        turn_to(&mut session, index, guest);
        session.enter("md5sum < /tmp/b | cmp - /tmp/s; echo still-$mark-$?\n");
        let answer = if index == 0 { "still--" } else { "still-42-0" };
        session.see_that("the guest answers", |screen| written_by(screen, guest).contains(answer));
        session.enter("poweroff -f\n");
        session.see(&format!("vm {guest}: Started -> PoweredOff (GuestPowerOff)"));
    }
    let transcript = session.ends(&Outcome::Good);
    for guest in &COLOURS[1..] {
        assert_eq!(written_by(&transcript, guest).matches("Linux version").count(), 1, "{guest}");
    }
}
