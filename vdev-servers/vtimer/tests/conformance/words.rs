//! The timer in words, as a person at the shell reads it.

use crate::bench::{Bench, CONTROL, PORT_B};
use vdev::words;

#[test]
fn a_timer_at_power_on_has_no_counts() {
    assert_eq!(
        words(&Bench::new().timer).collect::<Vec<_>>(),
        [
            "8254  mode                count  bytes  gate  OUT   state",
            "   0  0, terminal count       1  both   high  low   has no count",
            "   1  0, terminal count       1  both   high  low   has no count",
            "   2  0, terminal count       1  both   low   low   has no count",
            "port 0x61 0x00; PM timer at 0x608",
        ]
    );
}

#[test]
fn counters_say_how_they_were_programmed_and_what_holds_them() {
    let mut bench = Bench::new();
    bench.program(0, 2, 11932);
    bench.output(CONTROL, 0x57);
    bench.output(0x41, 0x18);
    bench.program(2, 3, 1000);
    bench.wait_until(100);
    bench.output(PORT_B, 2);
    assert_eq!(
        words(&bench.timer).collect::<Vec<_>>(),
        [
            "8254  mode                count  bytes  gate  OUT   state",
            "   0  2, rate generator   11932  both   high  high  counts",
            "   1  3, square wave         18  low    high  low   counts, BCD",
            "   2  3, square wave       1000  both   low   high  held by its gate",
            "port 0x61 0x02; PM timer at 0x608",
        ]
    );
}
