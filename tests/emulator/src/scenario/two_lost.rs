//! Two servers of one VM that are lost in the same moment.

use super::shell::{TO_SHELL, ask};
use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::Kind;

/// The strongest policy follows, once; a reset brings all of a VM's servers back; and other guests do not notice.
pub fn two_lost(kind: Kind) {
    let built = Built::test_system("two-lost");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("vm red: Created -> Started (ServerLost)");
    session.see("vm amber: Started -> Paused (ServerLost)");
    session.see("vm green: Started -> PoweredOff (ServerLost)");
    session.enter(TO_SHELL);
    session.see("[console] input goes to shell");
    ask(&mut session, "resume amber", "does not answer");
    ask(&mut session, "reset amber", "amber is started");
    for vm in ["red", "amber", "blue"] {
        session.see_that(&format!("{vm} goes on"), |screen| {
            let text = written_by(screen, vm);
            text.rsplit("ticker: starts").next().is_some_and(|life| life.contains("tick 00000004"))
        });
    }
    let transcript = session.stop();
    for (vm, lives) in [("red", 2), ("amber", 2), ("green", 1), ("blue", 1)] {
        let text = written_by(&transcript, vm);
        assert_eq!(text.matches("ticker: starts").count(), lives, "{vm}: {transcript}");
    }
    for vm in ["red", "amber", "green"] {
        for server in ["Vtimer", "Vrtc"] {
            let line = format!("vm {vm}: {server} is lost (LimitReached)");
            assert_eq!(transcript.matches(&line).count(), 1, "{line}: {transcript}");
        }
    }
}
