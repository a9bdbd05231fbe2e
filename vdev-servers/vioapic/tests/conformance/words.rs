//! The chip in words, as a person at the shell reads it.

use crate::{Bench, LEVEL, MASKED};
use vdev::words;

const ABOUT: &str =
    "I/O APIC at 0xfec00000, id 0, 24 pins, selected register 0x00; pins as after reset are left out";
const HEADS: &str = "pin  vector  mode    destination  trigger  polarity        sent  state";

#[test]
fn a_chip_after_reset_leaves_its_pins_out() {
    assert_eq!(words(&Bench::new().chip).collect::<Vec<_>>(), [ABOUT, HEADS]);
}

#[test]
fn pins_say_where_they_lead_and_what_they_wait_for() {
    let mut bench = Bench::new();
    bench.set_entry(4, 0x31 | 3 << 56);
    bench.set_entry(9, 0x41 | LEVEL | 1 << 13 | 1 << 11 | 0x0f << 56);
    bench.set_entry(10, MASKED | 0x400);
    bench.pulse(4);
    bench.pulse(4);
    bench.raise(9);
    bench.raise(10);
    bench.write(0, 0);
    assert_eq!(
        words(&bench.chip).collect::<Vec<_>>(),
        [
            ABOUT,
            HEADS,
            "  4    0x31  fixed     3 physical edge     high               2  idle",
            "  9    0x41  fixed    15 logical  level    low                1  asserted, in service",
            " 10    0x00  NMI       0 physical edge     high               0  masked, asserted",
        ]
    );
}
