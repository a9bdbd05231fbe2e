//! The port in words, as a person at the shell reads it.

use crate::bench::{Bench, DATA, FCR, IER, LCR, MCR};
use vdev::words;

#[test]
fn a_port_at_power_on_says_that_nothing_goes_on() {
    assert_eq!(
        words(&Bench::new().uart).collect::<Vec<_>>(),
        [
            "16550A at 0x3f8, line 4, 115200 baud, 5n1",
            "IER 0x00  FCR 0x00  LCR 0x00  MCR 0x00  SCR 0x00",
            "FIFOs off; received 0 of 1, interrupt from 1; to send 0 of 1",
            "interrupts enabled: none; line low",
            "stream: 0 bytes sent, 0 received; not connected yet",
        ]
    );
}

#[test]
fn a_port_in_use_says_what_it_holds_and_what_it_waits_for() {
    let mut bench = Bench::with_fifos(2);
    bench.output(LCR, 0x83);
    bench.output(DATA, 12);
    bench.output(LCR, 0x1b);
    bench.output(IER, 3);
    bench.type_in(b"hello");
    bench.peer().room = Some(1);
    bench.output(DATA, b'x');
    bench.output(DATA, b'y');
    assert_eq!(
        words(&bench.uart).collect::<Vec<_>>(),
        [
            "16550A at 0x3f8, line 4, 9600 baud, 8e1",
            "IER 0x03  FCR 0x81  LCR 0x1b  MCR 0x0b  SCR 0x00",
            "FIFOs on; received 5 of 16, interrupt from 8; to send 1 of 16",
            "interrupts enabled: received data, transmitter empty; line low",
            "stream: 1 bytes sent, 5 received; connected",
        ]
    );
}

#[test]
fn loopback_a_divisor_of_zero_and_a_silent_peer_are_said() {
    let mut bench = Bench::new();
    bench.output(LCR, 0x8f);
    bench.output(DATA, 0);
    bench.output(LCR, 0x0f);
    bench.peer().dead = true;
    bench.output(DATA, b'x');
    bench.output(MCR, 0x10);
    bench.output(FCR, 0);
    let said = words(&bench.uart).collect::<Vec<_>>();
    assert_eq!(
        said.first().map(|line| line.as_str()),
        Some("16550A at 0x3f8, line 4, divisor 0, 8o2, loopback")
    );
    assert_eq!(
        said.last().map(|line| line.as_str()),
        Some("stream: 0 bytes sent, 0 received; the other end does not answer")
    );
}
