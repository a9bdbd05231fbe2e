//! Linux guests with somebody at their keyboard.

use crate::complaints::complaints;
use crate::{Built, Session};
use xtask::emulator::{Kind, Machine, Outcome};

/// What the guest's shell shows when it waits for a command.
pub(super) const PROMPT: &str = "guest# ";

/// Linux comes up to its shell without a complaint, answers a command, and its power-off ends the machine well.
pub fn linux_answers(kind: Kind) {
    let built = Built::example("single-linux");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot(PROMPT);
    session.enter("echo $((6*7))\n");
    session.see("\n42\r\n");
    session.see(PROMPT);
    session.enter("poweroff -f\n");
    session.see("vm linux: Started -> PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::Good);
    assert_eq!(complaints(&transcript), [""; 0]);
}

/// Linux ends its lives in every way that it has, and comes up again after each but the last.
pub fn linux_resets(kind: Kind) {
    let built = Built::example("single-linux");
    let mut session = Session::boot(kind, &built.machine(kind));
    for (keys, reason) in
        [("reboot -f\n", "GuestReset"), ("echo triple > /sys/kernel/reboot/type; reboot -f\n", "TripleFault")]
    {
        session.see_after_boot(PROMPT);
        session.enter(keys);
        session.see(&format!("vm linux: Started -> Created ({reason})"));
        session.see(&format!("vm linux: Created -> Started ({reason})"));
    }
    session.see_after_boot(PROMPT);
    session.enter("poweroff -f\n");
    session.see("vm linux: Started -> PoweredOff (GuestPowerOff)");
    session.ends(&Outcome::Good);
}

/// Linux finds both vCPUs of its VM, takes one away and brings it back.
pub fn two_vcpus(kind: Kind) {
    takes_a_vcpu_away(kind, &Built::example("smp-linux"), 2);
}

/// The same with four vCPUs on two CPUs.
pub fn four_vcpus(kind: Kind) {
    takes_a_vcpu_away(kind, &Built::test_system("four-vcpus"), 4);
}

fn takes_a_vcpu_away(kind: Kind, built: &Built, vcpus: u32) {
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_after_boot(PROMPT);
    session.enter("nproc\n");
    session.see(&format!("\n{vcpus}\r\n"));
    for (online, left) in [(0, vcpus - 1), (1, vcpus)] {
        session.see(PROMPT);
        session.enter(&format!("echo {online} > /sys/devices/system/cpu/cpu1/online; nproc\n"));
        session.see(&format!("\n{left}\r\n"));
    }
    // It runs what it is given again.
    session.see(PROMPT);
    session.enter("taskset 2 sh -c 'echo on $((1+1))-2'\n");
    session.see("\non 2-2\r\n");
    session.see(PROMPT);
    session.enter("poweroff -f\n");
    session.see("vm linux: Started -> PoweredOff (GuestPowerOff)");
    let transcript = session.ends(&Outcome::Good);
    // In QEMU its CPUs run by the host's time, of which it may get little.
    if kind == Kind::Bochs {
        assert_eq!(complaints(&transcript), [""; 0]);
    }
}

/// The generic kernel boots on four vCPUs that share two CPUs.
pub fn generic_on_four_vcpus(kind: Kind) {
    boots_and_answers(kind, "kernel-generic", "generic", 4);
}

/// A newer kernel boots, without a complaint.
pub fn newer_linux(kind: Kind) {
    let transcript = boots_and_answers(kind, "kernel-backports", "backports", 1);
    assert_eq!(complaints(&transcript), [""; 0]);
}

fn boots_and_answers(kind: Kind, system: &str, vm: &str, vcpus: u32) -> String {
    let built = Built::test_system(system);
    let machine = Machine { one_thread: vcpus > 1, ..built.machine(kind) };
    let mut session = Session::boot(kind, &machine);
    session.see_after_boot(PROMPT);
    session.enter("echo cpus $(nproc)\n");
    session.see(&format!("\ncpus {vcpus}\r\n"));
    session.see(PROMPT);
    session.enter("poweroff -f\n");
    session.see(&format!("vm {vm}: Started -> PoweredOff (GuestPowerOff)"));
    session.ends(&Outcome::Good)
}
