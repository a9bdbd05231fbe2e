//! The console with a shell: its line comes back when others have interrupted it, and it says how much of the log is shown.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::ConsoleStream;
use bulkhead_protocol::stream::Server as _;
use bulkhead_protocol::terminal::{LogLevel, Server as _};
use bulkhead_protocol::{Bytes, Caller, Text};
use console::{Console, Nanos, PARTIAL_LINE, QUIET, Serving};

/// Streams.
const GUEST: u16 = 0;
const SHELL: u16 = 1;
const REPRINT: u8 = 0x12;
const TO_SHELL: &[u8] = b"\x01s";
const PROMPT: &str = "bulkhead> ";

struct Desk {
    console: Console,
    now: Nanos,
    written: [u64; 2],
    read: [u64; 2],
}

impl Desk {
    /// A guest and the shell, which has the keyboard and has shown its prompt.
    fn new() -> Self {
        let mut console = Console::new();
        assert!(console.add_stream(&ConsoleStream { name: Text::from_prefix("red"), server: Slot(10) }));
        assert!(console.add_shell(Slot(11)));
        let mut desk = Self { console, now: Nanos(1_000), written: [0; 2], read: [0; 2] };
        desk.keys(TO_SHELL);
        assert_eq!(desk.input(SHELL), [REPRINT], "the shell is asked for its prompt");
        desk.write(SHELL, PROMPT);
        desk.pass(PARTIAL_LINE);
        assert_eq!(desk.seen(), format!("[console] input goes to shell\r\n{PROMPT}"));
        desk.pass(PARTIAL_LINE);
        desk
    }

    fn serve<T>(&mut self, stream: u16, request: impl FnOnce(&mut Serving<'_>, Caller) -> T) -> T {
        let caller = Caller { badge: stream, token: 0, repeat: false };
        request(&mut Serving { console: &mut self.console, now: self.now }, caller)
    }

    fn write(&mut self, stream: u16, text: &str) {
        let position = self.written[usize::from(stream)];
        let bytes = Bytes::from_prefix(text.as_bytes());
        let reached = self.serve(stream, |console, caller| console.write(caller, position, bytes));
        assert_eq!(reached, position + text.len() as u64);
        self.written[usize::from(stream)] = reached;
    }

    /// The input that waits for a stream.
    fn input(&mut self, stream: u16) -> Vec<u8> {
        let position = self.read[usize::from(stream)];
        let input = self.serve(stream, |console, caller| console.read(caller, position));
        self.read[usize::from(stream)] += input.len() as u64;
        input.to_vec()
    }

    fn log(&mut self, text: &[u8]) {
        let position = self.console.log().position();
        self.console.accept_log(position, text);
    }

    fn level(&mut self, level: Option<LogLevel>) -> LogLevel {
        self.serve(SHELL, |console, caller| console.log_level(caller, level))
    }

    fn keys(&mut self, keys: &[u8]) {
        keys.iter().for_each(|key| self.console.receive(*key, self.now));
    }

    fn pass(&mut self, nanoseconds: u64) {
        self.now = self.now.after(nanoseconds);
    }

    fn seen(&mut self) -> String {
        let mut bytes = vec![];
        loop {
            self.console.compose(self.now);
            let before = bytes.len();
            bytes.extend(core::iter::from_fn(|| self.console.screen().take()));
            if bytes.len() == before {
                return String::from_utf8(bytes).unwrap();
            }
        }
    }
}

#[test]
fn an_interrupted_line_is_asked_for_again_when_the_others_have_been_silent() {
    let mut desk = Desk::new();
    desk.log(b"vm-manager: news\n");
    assert_eq!(desk.seen(), "\r\nvm-manager: news\r\n");
    assert_eq!(desk.input(SHELL), [0; 0], "more may come");
    assert_eq!(desk.console.deadline(), Some(desk.now.after(QUIET)));
    desk.pass(QUIET - 1);
    desk.seen();
    assert_eq!(desk.input(SHELL), [0; 0]);
    desk.pass(1);
    desk.seen();
    assert_eq!(desk.input(SHELL), [REPRINT]);
    desk.pass(10 * QUIET);
    desk.seen();
    assert_eq!((desk.input(SHELL), desk.console.deadline()), (vec![], None), "it is asked for once");
}

#[test]
fn who_goes_on_writing_puts_the_line_off() {
    let mut desk = Desk::new();
    desk.log(b"one\n");
    desk.seen();
    for _ in 0..5 {
        desk.pass(QUIET - 1);
        desk.write(GUEST, "tick\r\n");
        assert_eq!(desk.seen(), "[red] tick\r\n");
        assert_eq!(desk.input(SHELL), [0; 0]);
    }
    desk.pass(QUIET);
    desk.seen();
    assert_eq!(desk.input(SHELL), [REPRINT]);
}

#[test]
fn the_next_key_brings_the_line_back_at_once_and_before_itself() {
    let mut desk = Desk::new();
    desk.log(b"one\n");
    desk.seen();
    desk.keys(b"vm");
    assert_eq!(desk.input(SHELL), [REPRINT, b'v', b'm']);
    desk.pass(2 * QUIET);
    desk.seen();
    assert_eq!(desk.input(SHELL), [0; 0]);
}

#[test]
fn a_guest_at_the_keyboard_is_never_asked_for_its_line() {
    let mut desk = Desk::new();
    desk.serve(SHELL, |console, caller| assert!(console.attach(caller, Text::from_prefix("red"))));
    desk.write(GUEST, "~ # l");
    desk.seen();
    desk.pass(PARTIAL_LINE);
    desk.log(b"one\n");
    desk.seen();
    desk.pass(2 * QUIET);
    desk.seen();
    desk.keys(b"s");
    assert_eq!((desk.input(GUEST), desk.input(SHELL)), (b"s".to_vec(), vec![]));
}

#[test]
fn what_was_interrupted_before_the_keyboard_went_elsewhere_is_of_no_interest() {
    let mut desk = Desk::new();
    desk.log(b"one\n");
    desk.seen();
    desk.keys(b"\x010");
    desk.pass(2 * QUIET);
    desk.seen();
    assert_eq!((desk.input(GUEST), desk.input(SHELL)), (vec![], vec![]));
}

/// A line of each importance.
const LINES: &[u8] = b"\x01broken\n\x02odd\nfine\n";

#[test]
fn each_level_shows_its_lines_and_those_above() {
    for (level, shown) in [
        (LogLevel::Off, ""),
        (LogLevel::Error, "broken\r\n"),
        (LogLevel::Warning, "broken\r\nodd\r\n"),
        (LogLevel::Info, "broken\r\nodd\r\nfine\r\n"),
    ] {
        let mut desk = Desk::new();
        assert_eq!(desk.level(None), LogLevel::Info, "everything is shown at first");
        assert_eq!(desk.level(Some(level)), level);
        assert_eq!(desk.level(None), level);
        desk.log(LINES);
        let seen = desk.seen();
        assert_eq!(seen.trim_start_matches("\r\n"), shown, "{level:?}");
    }
}

#[test]
fn a_line_under_way_is_shown_as_it_began() {
    let mut desk = Desk::new();
    desk.level(Some(LogLevel::Error));
    desk.log(b"\x02od");
    desk.level(Some(LogLevel::Info));
    desk.log(b"d\nfine\n");
    assert_eq!(desk.seen(), "\r\nfine\r\n");
    desk.log(b"be");
    desk.level(Some(LogLevel::Off));
    desk.log(b"gun\nnot shown\n");
    assert_eq!(desk.seen(), "begun\r\n");
}
