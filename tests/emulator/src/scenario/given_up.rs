//! Tasks that cannot be kept alive, and what their policy makes of that.

use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// The machine ends badly, and everything that was said before is on the screen, once.
pub fn power_off(kind: Kind) {
    let transcript = ends_badly(kind, "policy-power-off");
    assert_eq!(transcript.matches("divide error").count(), 3, "{transcript}");
    assert_eq!(transcript.matches("then power-off").count(), 1, "{transcript}");
}

/// One start without the committed state comes before that end.
pub fn start_anew(kind: Kind) {
    let transcript = ends_badly(kind, "policy-start-anew");
    assert_eq!(transcript.matches("then start anew").count(), 1, "{transcript}");
    assert_eq!(transcript.matches("restarted victim").count(), 2, "{transcript}");
}

/// The system goes on without a task that stays dead.
pub fn stay_dead(kind: Kind) {
    let transcript = ends_badly(kind, "policy-stay-dead");
    let (before, after) = transcript.split_once("then stay-dead").expect("the victim is given up");
    assert!(!before.contains("last: ") && after.contains("last: probe: offend ud2"), "{transcript}");
}

fn ends_badly(kind: Kind, system: &str) -> String {
    let built = Built::probes(system);
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("the system cannot do without task");
    session.ends(&Outcome::Code(1))
}
