//! Somebody at the shell.

use crate::screen::written_by;
use crate::{Built, Session};
use xtask::emulator::{Kind, Outcome};

/// The console's keys that lead to the shell.
pub(super) const TO_SHELL: &str = "\x01s";
const PROMPT: &str = "bulkhead> ";

/// Enters a command and waits for a text of its answer, and for the next prompt.
pub(super) fn ask(session: &mut Session, command: &str, answer: &str) -> String {
    session.enter(&format!("{command}\r"));
    let mut seen = session.see(answer);
    seen += &session.see(PROMPT);
    seen
}

/// Two guests count. Everything that is asked of the shell is answered; what one guest is put through never touches the
/// other's stream.
pub fn shell(kind: Kind) {
    let built = Built::test_system("shell");
    let mut session = Session::boot(kind, &built.machine(kind));
    session.see_that("the guests count", |screen| written_by(screen, "blue").contains("tick 00000003"));
    session.enter(TO_SHELL);
    session.see("[console] input goes to shell");
    session.see(PROMPT);

    ask(&mut session, "vms", "red   pre-launched   started      1      2 MiB       1       0");
    ask(&mut session, "vcpus red", "red     0    0  ");
    let tasks = ask(&mut session, "tasks", "blue.emulator");
    for task in built.tasks("") {
        assert!(tasks.contains(task), "{task} is not listed: {tasks}");
    }
    ask(&mut session, "lines 4", "answers stop after 4 lines");
    session.enter("tasks\r");
    let page = session.see("-- more");
    assert!(page.contains("supervisor") && !page.contains("blue.emulator"), "{page}");
    session.enter("q");
    session.see(PROMPT);
    ask(&mut session, "lines 0", "answers come whole");
    ask(&mut session, "map red", "RAM");
    ask(&mut session, "handlers red", "fec00000-");
    ask(&mut session, "msrs red", "all others fault");
    for (device, words) in [
        ("vuart", "16550A at 0x3f8"),
        ("vtimer", "2, rate generator"),
        ("vrtc", "MC146818"),
        ("vpower", "PM1 status"),
    ] {
        ask(&mut session, &format!("device red {device}"), words);
    }
    ask(&mut session, "irqs", "  4  console");
    ask(&mut session, "ioapic red", "I/O APIC at 0xfec00000, id 0, 24 pins");
    ask(&mut session, "pic red", "primary    0x20-0x27");
    ask(&mut session, "pci red", "00:00.0  b148:0001");
    ask(&mut session, "cpuid red", "40000000  ");
    ask(&mut session, "mem red 0x8000 16", "000000008000  fa 66 31 c0");
    ask(&mut session, "paus red", "there is no command `paus`. Did you mean `pause`?");
    ask(&mut session, "pause rde", "there is no VM `rde`. Did you mean `red`?");
    ask(&mut session, "resume red", "red: it is started; resume is for a VM that is paused");

    // A vCPU that runs is looked at, and runs on.
    ask(&mut session, "regs red", "rflags 0000");
    // This one is on another CPU than the shell.
    ask(&mut session, "regs blue", "rflags 0000");
    ask(&mut session, "pause red", "red is paused");
    ask(&mut session, "regs red", "gdtr ");
    // What it wrote before is on the screen by now.
    session.see("[blue] ");
    session.see("[blue] ");
    let silent: String = (0..4).map(|_| session.see("[blue] ")).collect();
    assert!(!silent.contains("[red]"), "a paused guest counts: {silent}");
    ask(&mut session, "resume red", "red is started");
    session.see("[red] ");

    // A reset begins one guest's count anew and leaves the other's alone.
    ask(&mut session, "reset red", "red is started");
    session.see_that("the guest counts anew", |screen| {
        let text = written_by(screen, "red");
        let lives: Vec<_> = text.split("ticker: starts").skip(1).collect();
        lives.len() == 2 && lives.last().is_some_and(|life| life.contains("tick 00000003"))
    });
    ask(&mut session, "vms", "red   pre-launched   started      1      2 MiB       2       1");

    // There and back.
    session.enter("attach blue\r");
    session.see("[console] input goes to blue");
    session.enter(TO_SHELL);
    session.see(PROMPT);
    ask(&mut session, "loglevel off", "the log is shown at level off");
    session.enter("shutdown red force\r");
    let seen = session.see("red is off");
    assert!(!seen.contains("vm-manager: "), "the log is still shown: {seen}");
    session.see(PROMPT);
    session.enter("poweroff\r");
    let transcript = session.ends(&Outcome::Good);
    let counted = ticks(&transcript, "blue");
    // Three before, four while the other was paused, one at least after its reset.
    assert!(counted.len() >= 8, "{counted:?}");
    assert!(
        counted.iter().copied().eq(1..=counted.len() as u64),
        "the neighbour's stream broke: {counted:?}"
    );
}

/// The numbers that a guest has written in whole lines.
pub(super) fn ticks(screen: &str, guest: &str) -> Vec<u64> {
    let text = written_by(screen, guest);
    let numbers = text.split("tick ").skip(1).filter_map(|rest| rest.get(..8));
    numbers.filter_map(|digits| u64::from_str_radix(digits, 16).ok()).collect()
}
