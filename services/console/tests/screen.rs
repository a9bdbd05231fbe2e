//! What a user sees: whole lines, in turn, each with its guest's name.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::ConsoleStream;
use bulkhead_protocol::stream::{CHUNK, Server};
use bulkhead_protocol::{Bytes, Caller, Text};
use console::{Console, GOOD_END, LONGEST_WAIT, Nanos, PARTIAL_LINE, SCREEN, Serving};
use proptest::prelude::*;

struct Desk {
    console: Console,
    now: Nanos,
    written: [u64; 16],
}

impl Desk {
    fn new(names: &[&str]) -> Self {
        let mut console = Console::new();
        for (slot, name) in (10..).zip(names) {
            assert!(console.add_stream(&ConsoleStream { name: Text::from_prefix(name), server: Slot(slot) }));
        }
        Self { console, now: Nanos(1_000), written: [0; 16] }
    }

    fn offer(&mut self, stream: u16, position: u64, bytes: &[u8]) -> u64 {
        let caller = Caller { badge: stream, token: 0, repeat: false };
        let mut serving = Serving { console: &mut self.console, now: self.now };
        serving.write(caller, position, Bytes::from_prefix(bytes))
    }

    /// The stream's next output; how many bytes were accepted.
    fn write(&mut self, stream: u16, text: &str) -> usize {
        let mut accepted = 0;
        for chunk in text.as_bytes().chunks(CHUNK) {
            let position = self.written.get_mut(usize::from(stream)).map(|written| *written).unwrap();
            let reached = self.offer(stream, position, chunk);
            *self.written.get_mut(usize::from(stream)).unwrap() = reached;
            accepted += usize::try_from(reached - position).unwrap();
            if accepted % CHUNK != 0 {
                break;
            }
        }
        accepted
    }

    fn log(&mut self, text: &str) {
        let position = self.console.log().position();
        self.console.accept_log(position, text.as_bytes());
    }

    fn keys(&mut self, keys: &[u8]) {
        keys.iter().for_each(|key| self.console.receive(*key, self.now));
    }

    /// What the serial port gets now.
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

    fn pass(&mut self, nanoseconds: u64) {
        self.now = self.now.after(nanoseconds);
    }
}

#[test]
fn a_single_stream_is_shown_byte_by_byte_without_its_name() {
    let mut desk = Desk::new(&["linux"]);
    desk.write(0, "~ # ");
    assert_eq!(desk.seen(), "~ # ");
    desk.write(0, "l");
    assert_eq!(desk.seen(), "l");
}

#[test]
fn a_log_line_does_not_land_in_the_line_of_a_guest() {
    let mut desk = Desk::new(&["linux"]);
    desk.write(0, "Booting");
    assert_eq!(desk.seen(), "Booting");
    desk.log("supervisor: restarted vuart\n");
    desk.write(0, " the kernel\r\n");
    assert_eq!(
        desk.seen(),
        " the kernel\r\nsupervisor: restarted vuart\r\n",
        "a line that goes on comes first"
    );
    desk.write(0, "~ # ");
    desk.seen();
    desk.pass(PARTIAL_LINE);
    desk.log("one\ntwo\n");
    assert_eq!(desk.seen(), "\r\none\r\ntwo\r\n");
    desk.write(0, "ls\r\n");
    assert_eq!(desk.seen(), "ls\r\n");
}

#[test]
fn half_a_log_line_waits_for_its_end() {
    let mut desk = Desk::new(&[]);
    desk.log("half");
    assert_eq!(desk.seen(), "");
    desk.log(" and half\n");
    assert_eq!(desk.seen(), "half and half\r\n");
}

#[test]
fn lines_of_several_streams_carry_their_names() {
    let mut desk = Desk::new(&["a", "b"]);
    desk.write(0, "one\r\nthr");
    desk.write(1, "two\r\n");
    assert_eq!(desk.seen(), "[a] one\r\n[b] two\r\n");
    desk.write(0, "ee\r\n");
    assert_eq!(desk.seen(), "[a] three\r\n");
}

#[test]
fn a_prompt_is_shown_after_a_pause_and_echo_follows_at_once() {
    let mut desk = Desk::new(&["a", "b"]);
    desk.write(0, "login: ");
    assert_eq!(desk.seen(), "");
    assert_eq!(desk.console.deadline(), Some(desk.now.after(PARTIAL_LINE)));
    desk.pass(PARTIAL_LINE);
    assert_eq!(desk.seen(), "[a] login: ");
    assert_eq!(desk.console.deadline(), None);
    desk.write(0, "r");
    assert_eq!(desk.seen(), "r");
    desk.pass(PARTIAL_LINE);
    desk.write(1, "hello\r\n");
    assert_eq!(desk.seen(), "\r\n[b] hello\r\n");
    desk.write(0, "oot\r\n");
    assert_eq!(desk.seen(), "[a] oot\r\n", "the name comes again");
}

#[test]
fn a_line_that_trickles_in_stays_whole_within_bounds() {
    let mut desk = Desk::new(&["a", "b"]);
    for letter in ["s", "l", "o", "w"] {
        desk.write(0, letter);
        desk.pass(PARTIAL_LINE / 2);
        assert_eq!(desk.seen(), "", "more of the line may come");
    }
    desk.write(1, "quick\r\n");
    assert_eq!(desk.seen(), "[b] quick\r\n");
    desk.write(0, "\r\n");
    assert_eq!(desk.seen(), "[a] slow\r\n");
    let mut shown = String::new();
    let begun = desk.now;
    while shown.is_empty() {
        desk.write(0, "x");
        desk.pass(PARTIAL_LINE / 2);
        shown = desk.seen();
    }
    assert!(desk.now <= begun.after(LONGEST_WAIT), "shown at {:?}", desk.now);
}

#[test]
fn a_line_under_way_is_not_interrupted_within_bounds() {
    let mut desk = Desk::new(&["linux"]);
    desk.write(0, "gue");
    assert_eq!(desk.seen(), "gue");
    desk.log("supervisor: restarted linux.vuart\n");
    assert_eq!(desk.seen(), "", "more of the line may come");
    assert_eq!(desk.console.deadline(), Some(desk.now.after(PARTIAL_LINE)));
    desk.pass(PARTIAL_LINE / 2);
    desk.write(0, "st# ");
    assert_eq!(desk.seen(), "st# ");
    desk.pass(PARTIAL_LINE);
    assert_eq!(desk.seen(), "\r\nsupervisor: restarted linux.vuart\r\n");

    desk.write(0, ".");
    let begun = desk.now;
    desk.log("at last\n");
    let mut shown = desk.seen();
    while !shown.contains("at last") {
        desk.pass(PARTIAL_LINE / 2);
        desk.write(0, ".");
        shown = desk.seen();
    }
    assert_eq!(desk.now, begun.after(LONGEST_WAIT));
}

#[test]
fn streams_take_turns() {
    let mut desk = Desk::new(&["a", "b", "c"]);
    desk.write(0, "1\r\n2\r\n3\r\n");
    desk.write(2, "1\r\n2\r\n");
    desk.write(1, "1\r\n");
    desk.log("log\n");
    let seen = desk.seen();
    assert_eq!(seen, "log\r\n[a] 1\r\n[b] 1\r\n[c] 1\r\n[a] 2\r\n[c] 2\r\n[a] 3\r\n");
}

#[test]
fn a_stream_without_newlines_does_not_keep_the_others_waiting() {
    let mut desk = Desk::new(&["a", "b"]);
    let endless = "x".repeat(1024);
    desk.write(0, &endless);
    desk.write(0, "x");
    desk.console.compose(desk.now);
    desk.write(1, "here\r\n");
    for _ in 0..4 {
        desk.write(0, &endless);
        desk.console.compose(desk.now);
    }
    assert!(desk.seen().contains("\r\n[b] here\r\n[a] xxx"));
}

#[test]
fn who_is_refused_is_notified_once_there_is_room() {
    let mut desk = Desk::new(&["a", "b"]);
    let line = format!("{}\r\n", "y".repeat(62));
    let mut accepted = 0;
    loop {
        let more = desk.write(1, &line);
        accepted += more;
        desk.console.compose(desk.now);
        if more < line.len() {
            break;
        }
    }
    assert!(accepted >= SCREEN, "the screen is full");
    assert_eq!(desk.console.take_notifications(), 0);
    desk.seen();
    assert_eq!(desk.console.take_notifications(), 1 << 11);
    assert_eq!(desk.console.take_notifications(), 0);
    assert_eq!(desk.write(1, &line), line.len());
}

#[test]
fn repeated_output_is_shown_once() {
    let mut desk = Desk::new(&["a"]);
    assert_eq!(desk.offer(0, 0, b"hello"), 5);
    assert_eq!(desk.offer(0, 0, b"hello"), 5);
    assert_eq!(desk.offer(0, 3, b"lo you"), 9);
    assert_eq!(desk.offer(0, 20, b"gap"), 9, "nothing behind a gap is accepted");
    assert_eq!(desk.seen(), "hello you");
}

#[test]
fn after_a_restart_a_writer_goes_on_at_its_own_position() {
    let mut desk = Desk::new(&["a"]);
    assert_eq!(desk.offer(0, 5_000, b"more"), 5_004);
    assert_eq!(desk.seen(), "more");
}

#[test]
fn a_caller_that_is_no_stream_has_no_effect() {
    let mut desk = Desk::new(&["a"]);
    assert_eq!(desk.offer(9, 7, b"x"), 7);
    assert_eq!(desk.seen(), "");
}

#[test]
fn lost_log_text_is_reported_and_repeated_text_is_skipped() {
    let mut desk = Desk::new(&[]);
    desk.console.accept_log(0, b"first\n");
    desk.console.accept_log(0, b"first\nsecond\n");
    assert_eq!(desk.seen(), "first\r\nsecond\r\n");
    desk.console.accept_log(113, b"late\n");
    assert_eq!(desk.seen(), "[console] 100 bytes of the log were lost\r\nlate\r\n");
}

#[test]
fn keys_list_help_and_unknown_streams_are_answered() {
    let mut desk = Desk::new(&["a", "b"]);
    desk.keys(b"\x01l");
    assert_eq!(desk.seen(), "[console] * 0 a\r\n[console]   1 b\r\n");
    desk.keys(b"\x017");
    assert_eq!(desk.seen(), "[console] there is no stream 7\r\n");
    desk.keys(b"\x01?");
    assert!(desk.seen().contains("[console] Ctrl-A x      powers the machine off\r\n"));
}

#[test]
fn the_power_key_asks_for_a_good_end() {
    let mut desk = Desk::new(&[]);
    assert_eq!(desk.console.end_due(true, desk.now), None);
    desk.keys(b"x\x01x");
    assert_eq!(desk.console.end_due(true, desk.now), None, "the answer is not on the screen");
    assert_eq!(desk.seen(), "[console] power off\r\n");
    assert_eq!(desk.console.end_due(true, desk.now), Some(GOOD_END));
}

#[derive(Debug, Clone)]
enum Step {
    Write(u16, String),
    Log(String),
    Pass,
    Drain(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3u16, "[a-z\\n]{1,100}").prop_map(|(stream, text)| Step::Write(stream, text)),
        1 => "[A-Z]{1,40}".prop_map(Step::Log),
        1 => Just(Step::Pass),
        2 => (1..400usize).prop_map(Step::Drain),
    ]
}

proptest! {
    /// Taking names and the console's own line breaks away, each stream's bytes are all there and in order, and every
    /// log line is whole.
    #[test]
    fn no_byte_is_lost_doubled_or_put_into_anothers_line(steps in prop::collection::vec(step(), 0..200)) {
        let mut desk = Desk::new(&["a", "b", "c"]);
        let mut sent = [String::new(), String::new(), String::new()];
        let mut logged = vec![];
        let mut seen = vec![];
        for step in steps {
            match step {
                Step::Write(stream, text) => {
                    let accepted = desk.write(stream, &text);
                    sent.get_mut(usize::from(stream)).unwrap().push_str(text.get(..accepted).unwrap());
                }
                Step::Log(text) => {
                    if desk.console.log().room() > 64 {
                        desk.log(&format!("{text}\n"));
                        logged.push(text);
                    }
                }
                Step::Pass => desk.pass(PARTIAL_LINE),
                Step::Drain(bytes) => seen.extend((0..bytes).map_while(|_| desk.console.screen().take())),
            }
            desk.console.compose(desk.now);
        }
        seen.extend(desk.seen().bytes());
        // The console says itself when there is more to show.
        while let Some(wake) = desk.console.deadline() {
            prop_assert!(wake > desk.now);
            desk.now = wake;
            seen.extend(desk.seen().bytes());
        }
        let mut shown = [String::new(), String::new(), String::new()];
        let mut shown_log = vec![];
        // Guests here end lines with a newline alone; where there is a carriage return, the console has ended the line.
        for line in String::from_utf8(seen).unwrap().split_inclusive('\n') {
            let (own, line) = match line.strip_suffix("\r\n") {
                Some(text) => (true, text),
                None => (false, line),
            };
            let stream = ["[a] ", "[b] ", "[c] "].iter().position(|name| line.starts_with(name));
            match stream {
                Some(stream) => shown.get_mut(stream).unwrap().push_str(line.get(4..).unwrap()),
                None if own => shown_log.push(line.to_string()),
                None => prop_assert!(false, "a line of nobody: {line:?}"),
            }
        }
        prop_assert_eq!(shown, sent);
        prop_assert_eq!(shown_log, logged);
    }
}
