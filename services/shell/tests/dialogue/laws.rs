//! Whatever is typed, the shell goes on and its answers have an end.

use crate::fake::Desk;
use proptest::prelude::*;

/// Bytes of the longest answer: the largest piece of memory.
const LONGEST_ANSWER: usize = 32 * 1024;

proptest! {
    #[test]
    fn any_bytes_are_taken(keys in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut desk = Desk::new();
        for byte in keys {
            let text = String::from_utf8_lossy(&[byte]).into_owned();
            prop_assert!(desk.send(&text).len() <= LONGEST_ANSWER);
        }
        // A fresh line is answered as if nothing had been.
        desk.send("\x03");
        prop_assert!(desk.ask("irqs").starts_with("IRQ"));
    }

    #[test]
    fn the_screen_shows_the_line_that_is_entered(
        keys in proptest::collection::vec(
            prop_oneof![
                4 => "[a-z ]",
                1 => Just("\x7f".to_owned()),
                1 => Just("\x1b[D".to_owned()),
                1 => Just("\x1b[C".to_owned()),
                1 => Just("\x01".to_owned()),
                1 => Just("\x05".to_owned()),
                1 => Just("\x17".to_owned()),
                1 => Just("\x1b[3~".to_owned()),
            ],
            0..60,
        )
    ) {
        let mut desk = Desk::new();
        desk.send("\r");
        let keys = keys.concat();
        desk.send(&keys);
        let shown = desk.row().0.strip_prefix("bulkhead>").unwrap().trim().to_owned();
        // What was entered comes back by the history.
        desk.send("\r");
        desk.send("\x10");
        let again = desk.row().0.strip_prefix("bulkhead>").unwrap().trim().to_owned();
        if !shown.is_empty() {
            prop_assert_eq!(again, shown);
        }
    }
}
