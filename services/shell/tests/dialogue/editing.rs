//! Keys, the line under the cursor, and the history.

use crate::fake::Desk;

const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const RIGHT: &str = "\x1b[C";
const LEFT: &str = "\x1b[D";

/// The row without its prompt, and the cursor's place in it.
fn line(desk: &Desk) -> (String, usize) {
    let (row, column) = desk.row();
    (row.strip_prefix("bulkhead> ").or(row.strip_prefix("bulkhead>")).unwrap().to_owned(), column - 10)
}

fn prompted() -> Desk {
    let mut desk = Desk::new();
    desk.send("\r");
    desk
}

#[test]
fn letters_appear_where_the_cursor_is() {
    let mut desk = prompted();
    desk.send(&format!("vs{LEFT}m"));
    assert_eq!(line(&desk), ("vms".into(), 2));
    desk.send(&format!("{RIGHT}!"));
    assert_eq!(line(&desk), ("vms!".into(), 4));
}

#[test]
fn deleting_in_the_middle_leaves_no_ghost() {
    let mut desk = prompted();
    desk.send(&format!("pausse red{}\x7f", LEFT.repeat(5)));
    assert_eq!(line(&desk), ("pause red".into(), 4));
    desk.send("\x1b[3~\x1b[3~");
    assert_eq!(line(&desk), ("pausred".into(), 4));
    desk.send("\x05\x17");
    assert_eq!(line(&desk), (String::new(), 0));
}

#[test]
fn home_end_and_the_kill_keys_reach_both_ends() {
    let mut desk = prompted();
    desk.send("one two three\x01X\x05Y");
    assert_eq!(line(&desk), ("Xone two threeY".into(), 15));
    desk.send("\x17");
    assert_eq!(line(&desk), ("Xone two".into(), 9));
    desk.send(&format!("{}\x0b", LEFT.repeat(4)));
    assert_eq!(line(&desk), ("Xone".into(), 5));
    desk.send("\x15");
    assert_eq!(line(&desk), (String::new(), 0));
}

#[test]
fn a_line_that_was_given_up_does_nothing() {
    let mut desk = prompted();
    assert_eq!(desk.send("poweroff\x03"), "poweroff^C\nbulkhead> ");
    desk.send("\r");
    assert!(!desk.fake.off);
}

#[test]
fn the_arrows_bring_earlier_lines_back() {
    let mut desk = prompted();
    for entered in ["version", "irqs", "irqs"] {
        desk.ask(entered);
    }
    desk.send(UP);
    assert_eq!(line(&desk), ("irqs".into(), 4));
    // The same line twice is one in the history.
    desk.send(UP);
    assert_eq!(line(&desk), ("version".into(), 7));
    desk.send(UP);
    assert_eq!(line(&desk), ("version".into(), 7));
    desk.send(DOWN);
    assert_eq!(line(&desk), ("irqs".into(), 4));
    desk.send(DOWN);
    assert_eq!(line(&desk), (String::new(), 0));
}

#[test]
fn a_return_with_a_line_feed_is_one_end_of_line() {
    let mut desk = prompted();
    assert_eq!(desk.send("\r\n").matches("bulkhead> ").count(), 1);
    assert_eq!(desk.send("\n\n").matches("bulkhead> ").count(), 2);
}

#[test]
fn the_line_can_be_shown_again_when_others_have_written_over_it() {
    let mut desk = prompted();
    desk.send(&format!("pause{LEFT}{LEFT}"));
    assert_eq!(desk.send("\x12"), "\rbulkhead> pause\x08\x08");
    assert_eq!(line(&desk), ("pause".into(), 3));
}

#[test]
fn a_line_ends_where_there_is_no_more_room() {
    let mut desk = prompted();
    desk.send(&"x".repeat(500));
    assert_eq!(line(&desk).1, shell::LONGEST_LINE);
}
