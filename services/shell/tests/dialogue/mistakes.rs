//! Bad input, and servers that do not answer, get a usable line.

use crate::fake::Desk;
use bulkhead_abi::id::{Generation, Slot};
use bulkhead_protocol::CallError;

fn answer(line: &str) -> String {
    Desk::new().ask(line)
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    for (line, says) in [
        ("paus red", "there is no command `paus`. Did you mean `pause`? `help` lists all.\n"),
        ("rgse red", "there is no command `rgse`. Did you mean `regs`? `help` lists all.\n"),
        ("zebra", "there is no command `zebra`. `help` lists all.\n"),
        ("pause", "`pause` lacks its vm: pause <vm>\n"),
        ("pause rde", "there is no VM `rde`. Did you mean `red`? There are: red, blue\n"),
        ("vms all", "`vms` has no use for `all`: vms\n"),
        ("regs red 7", "VM red has no vCPU `7`: its vCPUs are 0 to 1\n"),
        ("regs red -1", "VM red has no vCPU `-1`: its vCPUs are 0 to 1\n"),
        ("mem red", "`mem` lacks its address: mem <vm> <address> [length]\n"),
        ("mem red zz", "`zz` is no address: write it as 4096 or 0x1000\n"),
        ("mem red 0x10000000000000000", "`0x10000000000000000` is no address: write it as 4096 or 0x1000\n"),
        ("mem red 0 5000", "5000 bytes are too many: ask for 4096 at the most\n"),
        ("device red vpik", "VM red has no device `vpik`. Did you mean `vpic`? There are: vuart, vpic\n"),
        ("loglevel loud", "there is no level `loud`. There are: off, error, warning, info\n"),
        ("shutdown red now", "`now` is neither `force` nor a number of seconds, at most 4294967.\n"),
        ("help nothing", "there is no command `nothing`. `help` lists all.\n"),
    ] {
        assert_eq!(answer(line), says, "{line}");
    }
}

#[test]
fn a_request_that_the_manager_refuses_says_why() {
    assert_eq!(answer("resume red"), "red: it is started; resume is for a VM that is paused\n");
    assert_eq!(answer("reset blue"), "blue: it is off; reset is for a VM that is started or paused\n");
    assert_eq!(answer("destroy red"), "red: a pre-launched VM takes no destroy\n");
}

#[test]
fn memory_is_refused_where_the_manifest_does_not_grant_it() {
    assert!(answer("mem blue 0").contains("`[service.shell] inspect = true`"));
    assert_eq!(answer("mem red 0x200000 16"), "0x200000 is no RAM of red\n");
    assert!(answer("mem red 0xfffffffffffffff0 4096").ends_with("is no RAM of red\n"));
}

#[test]
fn who_is_dead_or_slow_is_a_line_and_not_a_hang() {
    let mut desk = Desk::new();
    desk.fake.broken = Some((Slot(1), CallError::PeerDead));
    assert_eq!(desk.ask("pause red"), "red: the VM manager is dead; see `tasks`\n");
    assert_eq!(desk.ask("vms").matches("the VM manager is dead").count(), 2);
    desk.fake.broken = Some((Slot(1), CallError::DeadlinePassed));
    assert_eq!(desk.ask("reset red"), "red: the VM manager did not answer in time\n");
    desk.fake.broken = Some((Slot(1), CallError::PeerDied(Generation(1))));
    assert!(desk.ask("regs red").contains("may or may not have happened"));
    desk.fake.broken = Some((Slot(2), CallError::PeerDead));
    assert_eq!(desk.ask("attach red"), "the console is dead; see `tasks`\n");
    assert_eq!(desk.ask("device red vuart"), "vuart is dead; see `tasks`\n");
}
