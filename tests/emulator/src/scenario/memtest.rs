//! Memtest86+, which others wrote to find fault with memory.

use crate::{Built, Session};
use xtask::emulator::Kind;

/// It finds its CPU and its memory, and tests without an error.
pub fn memtest(kind: Kind) {
    let built = Built::test_system("memtest");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot("Memtest86+");
    // The first test walks ones through all of the memory; then comes another one.
    session.see_after_boot("#1  ");
    let transcript = session.stop();
    let counts = transcript.split("Errors: ").skip(1).filter_map(|rest| rest.split(' ').next());
    let counts: Vec<&str> = counts.collect();
    assert!(!counts.is_empty() && counts.iter().all(|count| *count == "0"), "{counts:?}");
}
