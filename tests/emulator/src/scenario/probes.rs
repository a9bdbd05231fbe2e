//! Systems of probes: tasks that misbehave or measure on purpose, and a judge among them who ends the machine.

use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// Tasks that only look and measure, without a guest: the judge finds that all is well.
pub fn probes(kind: Kind, name: &str) {
    let built = Built::probes(name);
    let transcript = judged(kind, &built);
    for test in built.tasks("t-") {
        let done = |line: &str| line.starts_with(&format!("{test}: probe: ")) && line.ends_with(": done: ok");
        assert!(transcript.lines().any(done), "{test} has not said that it is done\n{transcript}");
    }
}

/// Tasks that break every rule, beside a guest. Each is stopped and reported in every life and restarted in between,
/// and the guest finds all that a PC has.
pub fn isolation(kind: Kind, name: &str) {
    let built = Built::probes(name);
    let transcript = judged(kind, &built);
    for offender in built.tasks("x-") {
        for life in 0..=1 {
            let is_report = |line: &str| {
                line.starts_with(&format!("supervisor: {offender} (task "))
                    && line.contains(&format!(", life {life}, "))
            };
            assert!(transcript.lines().any(is_report), "no report of {offender}, life {life}\n{transcript}");
        }
        let restart = format!("supervisor: restarted {offender} (life 1)");
        assert!(transcript.contains(&restart), "{offender} was not restarted\n{transcript}");
    }
    let guest = written_by(&transcript, "tiny");
    assert!(guest.ends_with("first-light: all passed"), "{guest}\n{transcript}");
}

/// Boots, waits for the judge and for the end of the machine.
fn judged(kind: Kind, built: &Built) -> String {
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot("probe: judge: all ");
    let transcript = session.ends(&Outcome::Good);
    assert!(!transcript.contains("FAILED"), "{transcript}");
    transcript
}
