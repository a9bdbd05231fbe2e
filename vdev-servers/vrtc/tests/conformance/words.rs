//! The clock in words, as a person at the shell reads it.

use crate::bench::Bench;
use vdev::words;

#[test]
fn a_clock_shows_date_and_time_and_its_registers() {
    let mut bench = Bench::new();
    bench.set_time([0x58, 0x59, 0x23, 7, 0x28, 0x12, 0x27, 0x20]);
    bench.set(1, 0x30);
    bench.set(0x0b, 0x22);
    assert_eq!(
        words(&bench.rtc).collect::<Vec<_>>(),
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
    let said = words(&bench.rtc).collect::<Vec<_>>();
    assert_eq!(said.first().map(|line| line.as_str()), Some("MC146818 at 0x70, line 8: held, to be set"));
}
