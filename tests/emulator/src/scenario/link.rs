//! Guests at the two ends of a serial cable.

use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

const GUESTS: [&str; 2] = ["red", "blue"];

/// Each end gets what the other sent: all of it, once, in order.
pub fn cable(kind: Kind) {
    let transcript = exchange(kind, "link");
    assert!(!transcript.contains("restarted"), "{transcript}");
}

/// So it is while a serial port and the cable die at the boundaries of their messages.
pub fn cable_under_fire(kind: Kind) {
    let transcript = exchange(kind, "link-killed");
    for victim in ["red.vuart2", "link.0"] {
        let deaths = transcript.matches(&format!("restarted {victim}")).count();
        assert!(deaths > 3, "{victim} died {deaths} times only: {transcript}");
    }
}

fn exchange(kind: Kind, system: &str) -> String {
    let built = Built::test_system(system);
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_that("both guests end", |screen| {
        GUESTS
            .iter()
            .all(|guest| screen.contains(&format!("vm {guest}: Started -> PoweredOff (GuestPowerOff)")))
    });
    let transcript = session.ends(&Outcome::Good);
    for guest in GUESTS {
        let text = written_by(&transcript, guest);
        assert!(text.ends_with("link: all came, once and in order"), "{guest}: {transcript}");
    }
    transcript
}
