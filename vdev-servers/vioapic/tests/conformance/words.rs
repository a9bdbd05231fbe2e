//! The chip in words, as a person at the shell reads it.

use crate::{Bench, LEVEL, MASKED};
use vdev::Device;

/// The device's own description, line by line; each fits a message.
fn said(device: &impl Device) -> Vec<String> {
    let line = |number| {
        let mut line = String::new();
        device.inspect(number, &mut line).unwrap();
        line
    };
    let lines: Vec<String> = (0..64).map(line).take_while(|line| !line.is_empty()).collect();
    assert!(lines.iter().all(|line| line.len() <= bulkhead_protocol::inspect::LINE), "{lines:?}");
    lines
}

const ABOUT: &str =
    "I/O APIC at 0xfec00000, id 0, 24 pins, selected register 0x00; pins as after reset are left out";
const HEADS: &str = "pin  vector  mode    destination  trigger  polarity        sent  state";

#[test]
fn a_chip_after_reset_leaves_its_pins_out() {
    assert_eq!(said(&Bench::new().chip), [ABOUT, HEADS]);
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
        said(&bench.chip),
        [
            ABOUT,
            HEADS,
            "  4    0x31  fixed     3 physical edge     high               2  idle",
            "  9    0x41  fixed    15 logical  level    low                1  asserted, in service",
            " 10    0x00  NMI       0 physical edge     high               0  masked, asserted",
        ]
    );
}
