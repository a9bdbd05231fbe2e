//! A service VM and those that were launched beside it.

use super::shell::{TO_SHELL, ask};
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// A service VM that resets itself takes the VMs down first that were launched, those that hear it by their own hand;
/// when it powers itself off, the machine goes off after all of them.
pub fn farewell(kind: Kind) {
    let built = Built::test_system("farewell");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("vm boss: Created -> Started (Requested)");
    launch(&mut session);
    session.enter("r");
    let seen = session.see("vm boss: Created -> Started (GuestReset)");
    in_order(
        &seen,
        &[
            "vm boss: Started -> Paused (GuestReset)",
            "vm polite: power button pressed",
            "vm polite: Started -> PoweredOff (GuestPowerOff)",
            "vm deaf: Started -> PoweredOff (DeadlinePassed)",
            "vm boss: Paused -> Created (GuestReset)",
        ],
    );
    launch(&mut session);
    session.enter("q");
    let transcript = session.ends(&Outcome::Good);
    in_order(
        &transcript,
        &[
            "vm boss: Started -> Paused (GuestPowerOff)",
            "vm deaf: Started -> PoweredOff (DeadlinePassed)",
            "vm boss: Paused -> PoweredOff (GuestPowerOff)",
            "all VMs are off",
        ],
    );
}

/// Launches both, and gives the keyboard to the service VM.
fn launch(session: &mut Session) {
    session.enter(TO_SHELL);
    session.see("[console] input goes to shell");
    for vm in ["polite", "deaf"] {
        ask(session, &format!("create {vm}"), &format!("{vm} is created"));
        ask(session, &format!("start {vm}"), &format!("{vm} is started"));
    }
    session.enter("attach boss\r");
    session.see("[console] input goes to boss");
}

fn in_order(text: &str, lines: &[&str]) {
    let mut from = 0;
    for line in lines {
        let found = text.get(from..).and_then(|rest| rest.find(line));
        from += found.unwrap_or_else(|| panic!("`{line}` is not in its place:\n{text}")) + line.len();
    }
}
