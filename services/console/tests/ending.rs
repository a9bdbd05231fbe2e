//! The machine's end waits for the words of all, and not for ever.

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::ConsoleStream;
use bulkhead_protocol::stream::Server;
use bulkhead_protocol::{Bytes, Caller, Text};
use console::{BAD_END, Console, END_PATIENCE, GOOD_END, Nanos, PARTIAL_LINE, Serving};

const START: Nanos = Nanos(1_000);

fn console() -> Console {
    let mut console = Console::new();
    for (slot, name) in [(10, "red"), (11, "blue")] {
        assert!(console.add_stream(&ConsoleStream { name: Text::from_prefix(name), server: Slot(slot) }));
    }
    console
}

fn write(console: &mut Console, stream: u16, text: &str) {
    let caller = Caller { badge: stream, token: 0, repeat: false };
    Serving { console, now: START }.write(caller, 0, Bytes::from_prefix(text.as_bytes()));
}

/// Composes and sends all that can be sent.
fn send(console: &mut Console, now: Nanos) -> String {
    console.compose(now);
    let sent: Vec<u8> = core::iter::from_fn(|| console.screen().take()).collect();
    String::from_utf8_lossy(&sent).into_owned()
}

#[test]
fn nothing_ends_unasked() {
    let mut console = console();
    send(&mut console, START);
    assert_eq!(console.end_due(true, START.after(10 * END_PATIENCE)), None);
    assert_eq!(console.deadline(), None);
}

#[test]
fn with_nothing_to_say_the_end_comes_at_once() {
    let mut console = console();
    console.end_machine(GOOD_END, START);
    assert_eq!(console.end_due(true, START), Some(GOOD_END));
}

#[test]
fn the_end_waits_for_the_log() {
    let mut console = console();
    console.end_machine(BAD_END, START);
    assert_eq!(console.end_due(false, START), None, "more of the log is to be read");
    console.accept_log(0, b"vm-manager: all VMs are off\n");
    assert_eq!(console.end_due(true, START), None);
    assert_eq!(send(&mut console, START), "vm-manager: all VMs are off\r\n");
    assert_eq!(console.end_due(true, START), Some(BAD_END));
}

#[test]
fn the_end_waits_for_a_line_without_an_end() {
    let mut console = console();
    write(&mut console, 0, "reboot: Power down");
    console.end_machine(GOOD_END, START);
    assert_eq!(send(&mut console, START), "");
    assert_eq!(console.end_due(true, START), None);
    let later = START.after(PARTIAL_LINE);
    assert_eq!(console.deadline(), Some(later), "the console comes again for it");
    assert_eq!(send(&mut console, later), "[red] reboot: Power down");
    assert_eq!(console.end_due(true, later), Some(GOOD_END));
}

#[test]
fn a_port_that_takes_nothing_does_not_keep_the_machine_on() {
    let mut console = console();
    console.accept_log(0, b"words\n");
    console.end_machine(GOOD_END, START);
    console.compose(START);
    let deadline = START.after(END_PATIENCE);
    assert_eq!(console.deadline(), Some(deadline));
    assert_eq!(console.end_due(true, Nanos(deadline.0 - 1)), None);
    assert_eq!(console.end_due(true, deadline), Some(GOOD_END));
}

#[test]
fn asked_twice_the_worse_code_and_the_first_deadline_hold() {
    let mut console = console();
    console.end_machine(BAD_END, START);
    console.end_machine(GOOD_END, START.after(1_000_000));
    assert_eq!(console.deadline(), Some(START.after(END_PATIENCE)));
    assert_eq!(console.end_due(true, START), Some(BAD_END));
}

#[test]
fn a_console_that_may_not_end_the_machine_goes_on() {
    let mut console = console();
    console.end_machine(GOOD_END, START);
    console.refuse_end();
    assert!(send(&mut console, START).contains("may not power the machine off"));
    assert_eq!(console.end_due(true, START), None);
}
