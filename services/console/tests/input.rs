//! Input: the escape character, the focus, and positions.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::ConsoleStream;
use bulkhead_protocol::stream::{CHUNK, Server};
use bulkhead_protocol::{Caller, Text};
use console::{Console, INPUT, Input, Nanos, Serving};
use proptest::prelude::*;

fn console(names: &[&str]) -> Console {
    let mut console = Console::new();
    for (slot, name) in (10..).zip(names) {
        assert!(console.add_stream(&ConsoleStream { name: Text::from_prefix(name), server: Slot(slot) }));
    }
    console
}

fn read(console: &mut Console, stream: u16, position: u64) -> Vec<u8> {
    let caller = Caller { badge: stream, token: 0, repeat: false };
    Serving { console, now: Nanos(0) }.read(caller, position).to_vec()
}

fn keys(console: &mut Console, keys: &[u8]) {
    keys.iter().for_each(|key| console.receive(*key, Nanos(0)));
}

#[test]
fn input_goes_to_the_first_stream_and_notifies_its_server() {
    let mut console = console(&["a", "b"]);
    keys(&mut console, b"ls\r");
    assert_eq!(console.take_notifications(), 1 << 10);
    assert_eq!(read(&mut console, 0, 0), b"ls\r");
    assert_eq!(read(&mut console, 1, 0), b"");
}

#[test]
fn the_focus_moves_by_number_and_in_a_circle() {
    let mut console = console(&["a", "b", "c"]);
    keys(&mut console, b"\x012x\x01ny\x01nz\x019!");
    assert_eq!(read(&mut console, 2, 0), b"x");
    assert_eq!(read(&mut console, 0, 0), b"y");
    assert_eq!(read(&mut console, 1, 0), b"z!", "a stream that is not there does not get the focus");
    assert_eq!(console.take_notifications(), 0b111 << 10);
}

#[test]
fn the_escape_character_twice_is_one_for_the_guest() {
    let mut console = console(&["a"]);
    keys(&mut console, b"\x01");
    assert_eq!(console.take_notifications(), 0);
    keys(&mut console, b"\x01k");
    assert_eq!(read(&mut console, 0, 0), b"\x01k");
}

#[test]
fn what_was_read_is_kept_until_a_later_position_is_asked_for() {
    let mut console = console(&["a"]);
    keys(&mut console, b"abc");
    assert_eq!(read(&mut console, 0, 0), b"abc");
    assert_eq!(read(&mut console, 0, 0), b"abc", "a repeat gets the same bytes");
    assert_eq!(read(&mut console, 0, 2), b"c");
    assert_eq!(read(&mut console, 0, 1), b"", "forgotten");
    assert_eq!(read(&mut console, 0, 4), b"", "not there yet");
    keys(&mut console, b"d");
    assert_eq!(read(&mut console, 0, 3), b"d");
}

#[test]
fn positions_say_how_far_both_directions_have_come() {
    let mut console = console(&["a"]);
    let caller = Caller { badge: 0, token: 0, repeat: false };
    keys(&mut console, b"abc");
    let mut serving = Serving { console: &mut console, now: Nanos(0) };
    assert_eq!(serving.positions(caller), (0, 0));
    serving.write(caller, 0, bulkhead_protocol::Bytes::from_prefix(b"12345"));
    serving.read(caller, 2);
    assert_eq!(serving.positions(caller), (5, 2));
}

#[test]
fn after_a_restart_a_reader_goes_on_at_its_own_position() {
    let mut console = console(&["a"]);
    keys(&mut console, b"early");
    assert_eq!(read(&mut console, 0, 700), b"early");
    assert_eq!(read(&mut console, 0, 703), b"ly");
}

#[test]
fn input_that_does_not_fit_is_dropped_and_counted() {
    let mut console = console(&["a"]);
    keys(&mut console, &[b'k'; INPUT]);
    console.take_notifications();
    keys(&mut console, b"!!");
    assert_eq!(console.take_notifications(), 0);
    keys(&mut console, b"\x01l");
    console.compose(Nanos(0));
    let seen: Vec<u8> = core::iter::from_fn(|| console.screen().take()).collect();
    assert_eq!(String::from_utf8(seen).unwrap(), "[console] * 0 a (2 bytes of input lost)\r\n");
}

#[test]
fn without_streams_input_disappears() {
    let mut console = console(&[]);
    keys(&mut console, b"hello\x01n");
    assert_eq!(console.take_notifications(), 0);
}

proptest! {
    #[test]
    fn a_reader_that_goes_on_where_it_stopped_gets_every_byte(
        pushes in prop::collection::vec((any::<Vec<u8>>(), 0..=CHUNK), 0..40),
    ) {
        let mut input = Input::new();
        let (mut sent, mut got) = (vec![], vec![]);
        for (bytes, take) in pushes {
            sent.extend(bytes.into_iter().filter(|byte| input.push(*byte)));
            let position = u64::try_from(got.len()).unwrap();
            got.extend(input.read(position).iter().copied().take(take));
        }
        loop {
            let bytes = input.read(u64::try_from(got.len()).unwrap());
            if bytes.is_empty() {
                break;
            }
            got.extend(bytes.iter());
        }
        prop_assert_eq!(got, sent);
    }
}
