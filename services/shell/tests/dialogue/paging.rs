//! Answers page by page.

use crate::fake::Desk;

const MORE: &str = "-- more: space, Enter for a line, q to end --";

fn erased() -> String {
    format!("{MORE}\r{}\r", " ".repeat(MORE.len()))
}

/// The map of `red` has four lines.
const MAP: [&str; 4] = [
    "first             last              size         kind\n",
    "0000000000000000  000000000009fbff       639 KiB  RAM\n",
    "00000000000e0000  00000000000fffff       128 KiB  reserved\n",
    "0000000000100000  00000000001fffff      1024 KiB  RAM\n",
];

#[test]
fn answers_come_whole_until_somebody_wants_pages() {
    let mut desk = Desk::new();
    assert_eq!(desk.ask("lines"), "answers come whole\n");
    assert_eq!(desk.ask("map red"), MAP.concat());
    assert_eq!(desk.ask("lines 3"), "answers stop after 3 lines\n");
    assert_eq!(desk.ask("lines 0"), "answers come whole\n");
    assert_eq!(desk.ask("lines many"), "`many` is no count: write it as 4096 or 0x1000\n");
}

#[test]
fn a_page_waits_for_a_key_and_the_next_one_follows() {
    let mut desk = Desk::new();
    desk.ask("lines 3");
    desk.keys_later(b" ");
    assert_eq!(desk.ask("map red"), MAP[..3].concat() + &erased() + MAP[3]);
}

#[test]
fn an_answer_that_ends_with_the_page_waits_for_nobody() {
    let mut desk = Desk::new();
    desk.ask("lines 4");
    assert_eq!(desk.ask("map red"), MAP.concat());
}

#[test]
fn enter_brings_one_line_and_q_the_end() {
    let mut desk = Desk::new();
    desk.ask("lines 2");
    desk.keys_later(b"\rq");
    assert_eq!(desk.ask("map red"), MAP[..2].concat() + &erased() + MAP[2] + &erased());
    desk.keys_later(b"\x03");
    assert_eq!(desk.ask("map red"), MAP[..2].concat() + &erased());
    // Nobody is there any more.
    assert_eq!(desk.ask("map red"), MAP[..2].concat() + &erased());
}

#[test]
fn what_interrupted_the_page_is_followed_by_its_end_again() {
    let mut desk = Desk::new();
    desk.ask("lines 3");
    desk.keys_later(b"\x12 ");
    assert_eq!(desk.ask("map red"), MAP[..3].concat() + MORE + "\r" + &erased() + MAP[3]);
}
