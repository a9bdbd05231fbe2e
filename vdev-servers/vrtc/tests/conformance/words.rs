//! The clock in words, as a person at the shell reads it.

use crate::bench::Bench;
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

#[test]
fn a_clock_shows_date_and_time_and_its_registers() {
    let mut bench = Bench::new();
    bench.set_time([0x58, 0x59, 0x23, 7, 0x28, 0x12, 0x27, 0x20]);
    bench.set(1, 0x30);
    bench.set(0x0b, 0x22);
    assert_eq!(
        said(&bench.rtc),
        [
            "MC146818 at 0x70, line 8: 2027-12-28 23:59:58, shown in BCD, 24 hours",
            "A 0x26  B 0x22  C 0x00  selected byte 0x0b",
            "alarm bytes 00:00:30, periodic rate 6, alarm enabled",
        ]
    );
}

#[test]
fn a_clock_that_is_being_set_shows_no_time() {
    let mut bench = Bench::new();
    bench.set(0x0b, 0x86);
    let said = said(&bench.rtc);
    assert_eq!(said.first().map(String::as_str), Some("MC146818 at 0x70, line 8: held, to be set"));
}
