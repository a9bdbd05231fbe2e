//! Answers, letter by letter.

use crate::fake::Desk;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::CallError;
use bulkhead_protocol::registry::VmState;
use bulkhead_protocol::terminal::LogLevel;

fn answer(line: &str) -> String {
    Desk::new().ask(line)
}

#[test]
fn vms_are_listed_with_state_and_reason() {
    assert_eq!(
        answer("vms"),
        "\
VM    kind           state    vCPUs     memory  starts  resets  reason
red   pre-launched   started      2      2 MiB       1       0  requested
blue  pre-launched   off          1      2 MiB       1       0  the guest powered off
"
    );
}

#[test]
fn vcpus_are_listed_with_cpu_time() {
    assert_eq!(
        answer("vcpus"),
        "\
VM    vCPU  CPU  state             CPU time               exits
red      0    0  halted             0.250 s    2.0 %       4711
red      1    0  halted             0.250 s    2.0 %       4711
blue     0    1  held               0.250 s    2.0 %       4711
"
    );
    assert_eq!(answer("vcpus blue").lines().count(), 2);
}

#[test]
fn tasks_are_listed_with_lives_and_the_stack_that_was_never_used() {
    assert_eq!(
        answer("tasks"),
        "\
task                      CPU  priority  state    lives     CPU time          interrupts     stack   unused
supervisor                  0        40  waits        1       1.500 s   12.1 %          77    64 KiB   42 KiB
console                     0        40  waits        2       1.500 s   12.1 %          77    64 KiB   42 KiB
red.vuart                   0        40  faulted      3       1.500 s   12.1 %          77    64 KiB   42 KiB  Panic
"
    );
}

#[test]
fn interrupts_are_listed_with_their_task() {
    assert_eq!(
        answer("irqs"),
        "IRQ  task                           count\n  4  console                           77\n"
    );
}

#[test]
fn the_memory_map_is_listed_with_kinds_and_sizes() {
    assert_eq!(
        answer("map red"),
        "\
first             last              size         kind
0000000000000000  000000000009fbff       639 KiB  RAM
00000000000e0000  00000000000fffff       128 KiB  reserved
0000000000100000  00000000001fffff      1024 KiB  RAM
"
    );
}

#[test]
fn ports_and_addresses_are_listed_with_their_servers() {
    assert_eq!(
        answer("handlers red"),
        "\
ports or addresses  server        task  lives
0020-0021           vpic             9      3
03f8-03ff           vuart            8      1  stays dead
fec00000-fec00fff   server 7
"
    );
}

#[test]
fn model_specific_registers_are_listed_with_what_they_do() {
    assert_eq!(
        answer("msrs red"),
        "\
MSR                reads             writes; all others fault
00000010-00000010  the vCPU's        change the vCPU's
0000008b-0000008b  0000000100000000  are ignored
000000fe-000000ff  fault             fault
"
    );
}

#[test]
fn lists_of_a_vm_that_is_not_there_say_so() {
    let mut desk = Desk::new();
    desk.fake.broken = Some((Slot(1), CallError::PeerDead));
    for list in ["map", "handlers", "msrs"] {
        assert_eq!(desk.ask(&format!("{list} red")), "red: the VM manager is dead; see `tasks`\n");
    }
}

#[test]
fn registers_are_read_while_the_vm_is_held_and_it_runs_again() {
    let mut desk = Desk::new();
    let registers = desk.ask("regs red 1");
    assert!(!desk.fake.peeked && desk.fake.manager.states[0] == VmState::Started);
    assert!(registers.starts_with("rax  0000000000000000  rcx  0000000000000000  rdx  0000000000000600"));
    assert!(registers.contains("rip  000000000000fff0  rflags 00000246 PF ZF IF\n"), "{registers}");
    assert!(registers.contains("cs   f000      00000000ffff0000  0000ffff  009b\n"), "{registers}");
    // One that is off is looked at as it is.
    desk.ask("regs blue");
    assert_eq!(desk.fake.manager.states[1], VmState::PoweredOff);
}

#[test]
fn memory_is_shown_in_hexadecimal_and_as_text() {
    assert_eq!(
        answer("mem red 0x1000 20"),
        "\
000000001000  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  |0123456789:;<=>?|
000000001010  30 31 32 33                                       |0123|
"
    );
}

#[test]
fn cpuid_is_read_page_by_page() {
    let text = answer("cpuid red");
    assert_eq!(text.lines().count(), 6);
    assert!(
        text.ends_with("00000004  00000001  00000004  756e6547  6c65746e  49656e69  ....GenuntelineI\n"),
        "{text}"
    );
}

#[test]
fn a_device_says_its_lines_and_no_more() {
    assert_eq!(answer("pic red"), "line 0\nline 1\n");
}

#[test]
fn moves_say_where_the_vm_is_then() {
    let mut desk = Desk::new();
    assert_eq!(desk.ask("pause red"), "red is paused\n");
    assert_eq!(desk.ask("resume red"), "red is started\n");
    assert_eq!(desk.ask("reset red"), "red is started\n");
    assert_eq!(desk.fake.manager.resets, [1, 0]);
    assert_eq!(desk.ask("shutdown red"), "red was asked to power off; `shutdown red force` does not ask\n");
    assert_eq!(desk.fake.manager.deadline_ms, 0);
    assert_eq!(desk.ask("shutdown red 30"), "red was asked to power off, and is switched off in 30 s\n");
    assert_eq!(desk.fake.manager.deadline_ms, 30_000);
    assert_eq!(desk.ask("shutdown red force"), "red is off\n");
    assert_eq!(desk.ask("create blue"), "blue is created\n");
    assert_eq!(desk.ask("start blue"), "blue is started\n");
}

#[test]
fn the_console_is_asked_for_keyboard_level_and_end() {
    let mut desk = Desk::new();
    assert_eq!(desk.ask("attach red"), "");
    assert_eq!(desk.ask("attach blue"), "blue has no serial port on this console\n");
    assert_eq!(desk.fake.attached, ["red", "blue"]);
    assert_eq!(desk.ask("loglevel"), "the log is shown at level info\n");
    assert_eq!(desk.ask("loglevel error"), "the log is shown at level error\n");
    assert_eq!(desk.fake.level, LogLevel::Error);
    assert_eq!(desk.ask("poweroff"), "power off\n");
    assert!(desk.fake.off);
}

#[test]
fn the_running_system_says_what_it_is() {
    let version = answer("version");
    assert!(version.contains("desk: 2 VMs, 3 tasks"), "{version}");
    assert!(version.contains(&format!("sha256 {}", "ab".repeat(32))), "{version}");
    assert!(version.ends_with("12.345 s\n"), "{version}");
}

#[test]
fn help_lists_every_command_within_a_terminal_s_width() {
    let help = answer("help");
    assert!(help.lines().all(|line| line.len() <= 100), "{help}");
    assert!(help.lines().count() > 20);
    assert_eq!(answer("help mem"), "mem <vm> <address> [length]\n  guest-physical memory\n");
}
