//! VMs that take turns: whose memory and devices they are is never left open.

use crate::fake::Desk;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::CallError;

#[test]
fn vms_of_a_pool_are_listed_with_it_and_with_who_has_it() {
    let mut desk = Desk::with_a_pool();
    assert_eq!(
        desk.ask("vms"),
        "\
VM     kind           state    vCPUs     memory  starts  resets  reason
red    pre-launched   started      2      2 MiB       1       0  requested
blue   pre-launched   off          1      2 MiB       1       0  the guest powered off, in pool lab
green  not made; blue has the pool lab
"
    );
    desk.destroy();
    let listed = desk.ask("vms");
    assert!(
        listed.ends_with("blue   not made; the pool lab is free\ngreen  not made; the pool lab is free\n"),
        "{listed}"
    );
}

#[test]
fn who_comes_too_early_is_told_who_has_the_pool() {
    let answer = Desk::with_a_pool().ask("create green");
    assert_eq!(answer, "green: blue has the pool lab; it is free when that VM is destroyed\n");
}

#[test]
fn nobody_is_shown_what_is_anothers() {
    let mut desk = Desk::with_a_pool();
    for line in ["mem green 0x1000", "device green vpic", "pic green", "vcpus green"] {
        assert_eq!(desk.ask(line), "green: there is no such VM now; blue has the pool lab\n", "{line}");
    }
    assert_eq!(desk.ask("pic blue"), "line 0\nline 1\n");
    assert_eq!(desk.ask("vcpus blue").lines().count(), 2);
    desk.destroy();
    assert_eq!(desk.ask("pic blue"), "blue: there is no such VM now; the pool lab is free\n");
}

#[test]
fn nothing_is_shown_of_a_pool_while_nobody_knows_whose_it_is() {
    let mut desk = Desk::with_a_pool();
    desk.fake.broken = Some((Slot(1), CallError::PeerDead));
    assert_eq!(desk.ask("pic blue"), "blue: the VM manager is dead; see `tasks`\n");
    assert_eq!(desk.ask("pic red"), "line 0\nline 1\n", "who shares nothing needs nobody's word");
}

#[test]
fn vcpus_of_a_pool_are_listed_once_and_under_its_name() {
    let listed = Desk::with_a_pool().ask("vcpus");
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert!(listed.lines().last().unwrap().starts_with("lab "), "{listed}");
}

#[test]
fn each_name_leads_to_the_serial_port_of_the_pool() {
    let mut desk = Desk::with_a_pool();
    desk.ask("attach green");
    desk.ask("attach blue");
    assert_eq!(desk.fake.attached, ["lab", "lab"]);
}
