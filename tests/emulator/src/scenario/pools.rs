//! VMs that take turns in a pool.

use super::linux::PROMPT;
use super::services_die::died;
use super::shell::{TO_SHELL, ask};
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// Somebody at the shell lets the guests of the example take turns: whoever comes while the pool is taken is told who has
/// it, a guest that has its turn again begins anew, and Linux finds nothing that is not its own.
pub fn lab(kind: Kind) {
    let built = Built::example("lab");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("vm-manager: no VM starts at boot");
    session.enter(TO_SHELL);
    session.see("bulkhead> ");
    ask(&mut session, "vms", "tiny     not made; the pool lab is free");
    ask(&mut session, "mem tiny 0x8000", "tiny: there is no such VM now; the pool lab is free");

    turn_of_tiny(&mut session, 1);
    ask(&mut session, "vms", "debian   not made; tiny has the pool lab");
    ask(&mut session, "vms", ", in pool lab");
    ask(&mut session, "create debian", "debian: tiny has the pool lab; it is free when that VM is destroyed");
    ask(&mut session, "device debian vuart", "debian: there is no such VM now; tiny has the pool lab");
    ask(&mut session, "device tiny vuart", "16550A at 0x3f8");
    ask(&mut session, "shutdown tiny force", "tiny is off");
    ask(&mut session, "create debian", "debian: tiny has the pool lab");
    ask(&mut session, "destroy tiny", "tiny is forgotten");

    ask(&mut session, "create debian", "debian is created");
    ask(&mut session, "start debian", "debian is started");
    session.see_after_boot(PROMPT);
    session.enter("attach debian\r");
    session.see("[console] input goes to lab");
    session.enter("poweroff -f\n");
    session.see("vm debian: Started -> PoweredOff (GuestPowerOff)");
    session.enter(TO_SHELL);
    session.see("bulkhead> ");
    ask(&mut session, "destroy debian", "debian is forgotten");

    turn_of_tiny(&mut session, 2);
    session.enter("poweroff\r");
    session.ends(&Outcome::Good);
}

/// Six VMs have their turn twice.
const LIVES: usize = 12;

/// The VM manager and the loader die while guests take turns, many times in the middle of a create: every VM gets its pool, and
/// finds it as new.
pub fn turns_under_fire(kind: Kind) {
    let built = Built::test_system("turns-die");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot("patient: done: ");
    let transcript = session.stop();
    assert!(!transcript.contains("FAILED"), "{transcript}");
    died(&transcript, "vm-manager", 15);
    died(&transcript, "loader", 2);
    let made = transcript.matches("PoweredOff -> Created").count();
    assert!(made > LIVES, "none died while it made a VM: {transcript}");
}

/// Its count begins anew in every turn. A number that the shell's words have cut in two is not seen, so any of the first
/// will do.
fn turn_of_tiny(session: &mut Session, turn: usize) {
    ask(session, "create tiny", "tiny is created");
    ask(session, "start tiny", "tiny is started");
    session.see_that("the guest counts", |screen| {
        let turns: Vec<_> = screen.split("ticker: starts").skip(1).collect();
        let counts = |text: &&str| (2..7).any(|number| text.contains(&format!("tick {number:08x}")));
        turns.len() == turn && turns.last().is_some_and(counts)
    });
}
