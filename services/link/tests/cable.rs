//! What one end writes the other reads: all of it, once, in order, whatever dies on the way.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config;
use bulkhead_protocol::stream::{CHUNK, Server};
use bulkhead_protocol::{Bytes, Caller};
use link::{Link, ROOM, STATE};
use proptest::prelude::*;

const CONFIG: config::Link = config::Link { ends: [Slot(3), Slot(5)] };
const NOTIFY: [u64; 2] = [1 << 3, 1 << 5];

fn caller(end: u16) -> Caller {
    Caller { badge: end, token: 0, repeat: false }
}

fn write(link: &mut Link, end: u16, position: u64, bytes: &[u8]) -> u64 {
    link.write(caller(end), position, Bytes::from_prefix(bytes))
}

#[test]
fn each_end_reads_what_the_other_wrote_and_is_told() {
    let mut link = Link::new(&CONFIG);
    assert_eq!(write(&mut link, 0, 0, b"to the second"), 13);
    assert_eq!(link.take_notifications(), NOTIFY[1]);
    assert_eq!(write(&mut link, 1, 0, b"to the first"), 12);
    assert_eq!(link.take_notifications(), NOTIFY[0]);
    assert_eq!(link.read(caller(1), 0).as_slice(), b"to the second");
    assert_eq!(link.read(caller(0), 0).as_slice(), b"to the first");
    assert_eq!(link.read(caller(0), 7).as_slice(), b"first");
    assert_eq!(link.positions(caller(0)), (13, 7));
}

#[test]
fn a_repeated_write_has_no_second_effect_and_a_gap_has_none() {
    let mut link = Link::new(&CONFIG);
    assert_eq!(write(&mut link, 0, 0, b"abc"), 3);
    link.take_notifications();
    assert_eq!(write(&mut link, 0, 0, b"abc"), 3);
    assert_eq!(link.take_notifications(), 0);
    assert_eq!(write(&mut link, 0, 0, b"abcd"), 4);
    assert_eq!(write(&mut link, 0, 9, b"gap"), 4);
    assert_eq!(link.read(caller(1), 0).as_slice(), b"abcd");
}

#[test]
fn a_full_cable_makes_the_writer_wait_and_tells_it_when_there_is_room() {
    let mut link = Link::new(&CONFIG);
    let mut written = 0;
    while write(&mut link, 0, written, &[7; CHUNK]) > written {
        written += CHUNK as u64;
    }
    assert_eq!(written, ROOM as u64);
    link.take_notifications();
    assert_eq!(link.read(caller(1), 0).len(), CHUNK);
    assert_eq!(link.take_notifications(), 0);
    link.read(caller(1), CHUNK as u64);
    assert_eq!(link.take_notifications(), NOTIFY[0]);
    assert_eq!(write(&mut link, 0, written, &[7; CHUNK]), written + CHUNK as u64);
}

#[test]
fn a_state_that_no_cable_can_have_is_refused() {
    let good = Link::new(&CONFIG).save();
    assert!(Link::restore(&CONFIG, &good).is_some());
    assert!(Link::restore(&CONFIG, &good[..STATE - 1]).is_none());
    // More is read than was written.
    let mut bad = good;
    bad[8] = 1;
    assert!(Link::restore(&CONFIG, &bad).is_none());
    // More is under way than there is room.
    let mut bad = good;
    bad[1] = 2;
    assert!(Link::restore(&CONFIG, &bad).is_none());
    let mut bad = good;
    bad[16] = 2;
    assert!(Link::restore(&CONFIG, &bad).is_none());
}

/// A guest's port: positions that only its own commit moves.
#[derive(Default)]
struct Port {
    sent: u64,
    received: Vec<u8>,
}

/// What happens to a call on its way.
#[derive(Debug, Clone, Copy)]
enum Accident {
    None,
    /// The end dies with the answer and before its own commit.
    OfTheEnd,
    /// The cable dies before its commit: there is no answer.
    OfTheCable,
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled(
        steps in proptest::collection::vec(
            (
                0..2u16,
                any::<bool>(),
                prop_oneof![
                    2 => Just(Accident::None),
                    1 => Just(Accident::OfTheEnd),
                    1 => Just(Accident::OfTheCable),
                ],
                1..CHUNK,
            ),
            1..400,
        )
    ) {
        let byte = |end: u16, position: u64| {
            u8::try_from(position % 251).unwrap() ^ if end == 0 { 0 } else { 0x80 }
        };
        let mut link = Link::new(&CONFIG);
        let mut ports = [Port::default(), Port::default()];
        for (end, writes, accident, count) in steps {
            let before = link.save();
            let port = &mut ports[usize::from(end)];
            if writes {
                let bytes: Vec<u8> = (port.sent..).take(count).map(|at| byte(end, at)).collect();
                let reached = write(&mut link, end, port.sent, &bytes);
                if matches!(accident, Accident::None) {
                    port.sent = reached.min(port.sent + count as u64);
                }
            } else {
                let bytes = link.read(caller(end), port.received.len() as u64);
                if matches!(accident, Accident::None) {
                    let taken = bytes.len().min(count);
                    port.received.extend_from_slice(&bytes[..taken]);
                }
            }
            if matches!(accident, Accident::OfTheCable) {
                link = Link::restore(&CONFIG, &before).unwrap();
                prop_assert_eq!(link.take_notifications(), NOTIFY[0] | NOTIFY[1]);
            }
        }
        // What is still under way comes, and not a byte more.
        for (end, other) in [(0u16, 1u16), (1, 0)] {
            let (written, _) = link.positions(caller(other));
            let received = &mut ports[usize::from(end)].received;
            loop {
                let bytes = link.read(caller(end), received.len() as u64);
                if bytes.is_empty() {
                    break;
                }
                received.extend_from_slice(&bytes);
            }
            prop_assert_eq!(received.len() as u64, written);
            for (position, got) in (0u64..).zip(received.iter()) {
                prop_assert_eq!(*got, byte(other, position));
            }
        }
    }
}
