//! Memtest86+, with somebody at its menus.

use crate::{Built, Session};
use xtask::emulator::{Kind, Machine};

/// It passes over all memory with each of its tests but the last, which does nothing but wait for minutes, and finds no
/// error.
pub fn memtest(kind: Kind) {
    let built = Built::test_system("memtest");
    // Counted, an instruction takes ten times as long as one of the host's.
    let machine = Machine { counted: false, ..built.machine(kind) };
    let mut session = Session::boot(kind, &machine);
    session.see_after_boot("<F1> Configuration");
    // On a serial line, digits are function keys. It looks at them from time to time only.
    for (key, answer) in [
        ("1", "<F1>  Test selection"),
        ("1", "<F2>  Remove one test"),
        ("2", "Enter test #"),
        ("10\r", "*.********."),
        ("0", "<F5>  Skip current test"),
    ] {
        session.enter(key);
        session.see(answer);
    }
    session.enter("0");
    session.see_after_boot("| Pass:  1        Errors: 0 ");
    session.stop();
}
