//! Guests without an operating system.

use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// The first guest finds everything that a PC has, and its power-off ends the machine well.
pub fn first_light(kind: Kind) {
    let built = Built::example("first-light");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("vm tiny: Created -> Started (Requested)");
    session.see("first-light: all passed");
    session.see("vm tiny: Started -> PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::Good);
    assert!(!transcript.contains("FAILED"), "{transcript}");
}

/// Four vCPUs on two CPUs start each other and interrupt each other in every way that there is.
pub fn interprocessor_interrupts(kind: Kind) {
    let built = Built::test_system("smp");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("smp: xAPIC: start-up starts a CPU once");
    session.see("smp: x2APIC: start-up without INIT does nothing");
    session.see("smp: all passed");
    session.see("vm smp: Started -> PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::Good);
    assert!(!transcript.contains("FAILED"), "{transcript}");
}

/// What a guest holds back by CR8 comes when it lets it through.
pub fn task_priority(kind: Kind) {
    let built = Built::test_system("priority");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see("priority: all passed");
    session.see("vm priority: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}

/// A multiboot kernel gets its magic, its memory and its command line.
pub fn multiboot(kind: Kind) {
    told_by_its_loader(kind, "multiboot");
}

/// A PVH kernel gets its magic, its memory map and its command line.
pub fn pvh(kind: Kind) {
    told_by_its_loader(kind, "pvh");
}

fn told_by_its_loader(kind: Kind, protocol: &str) {
    let built = Built::test_system(protocol);
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see(&format!("{protocol}: magic ok"));
    session.see(&format!("{protocol}: command line one two=3"));
    session.see(&format!("vm {protocol}: Started -> PoweredOff (GuestPowerOff)"));
    session.ends(&Outcome::Good);
}

/// Each way in which a guest can end itself is told apart, and the machine goes off after the last: badly, because of
/// those that did not end well.
pub fn ends(kind: Kind) {
    let built = Built::test_system("ends");
    let session = Session::boot(kind, &built.machine(kind));
    let transcript = session.ends(&Outcome::Code(1));
    for (vm, reason) in [
        ("soft-off", "GuestPowerOff"),
        ("reset-control", "GuestReset"),
        ("keyboard", "GuestReset"),
        ("triple-fault", "TripleFault"),
        ("halt", "HaltedForEver"),
        ("spin", "WatchdogExpired"),
        ("lost", "UnhandledExit"),
    ] {
        let line = format!("vm {vm}: Started -> PoweredOff ({reason})");
        assert_eq!(transcript.matches(&line).count(), 1, "{line}\n{transcript}");
    }
    // What nobody can carry out, the next life of the instruction emulator has been asked too.
    let given_up = transcript.matches("lost.emulator stopped: GaveUp").count();
    assert_eq!(given_up, 1, "{transcript}");
    assert_eq!(transcript.matches("STOPPED_BY_SERVER").count(), 1, "{transcript}");
    assert!(transcript.contains("all VMs are off"), "{transcript}");
}

/// A guest that spins with interrupts off is ended by its watchdog in each of its lives; one that works is not.
pub fn watchdog(kind: Kind) {
    let built = Built::test_system("watchdog");
    let mut session = Session::boot(kind, &built.machine(kind));
    for _ in 0..3 {
        session.see("vm stuck: a vCPU took no interrupt while it ran for 1");
        session.see("vm stuck: Started -> Created (WatchdogExpired)");
        session.see("vm stuck: Created -> Started (WatchdogExpired)");
    }
    session.see("tick 00000003");
    let transcript = session.stop();
    assert!(!transcript.contains("vm ticker: Started ->"), "{transcript}");
}

/// A guest that resets itself is started again, and again.
pub fn reset(kind: Kind) {
    let built = Built::test_system("reset");
    let mut session = Session::boot(kind, &built.machine(kind));
    for _ in 0..3 {
        session.see("reset-guest: boot");
    }
    session.stop();
}
