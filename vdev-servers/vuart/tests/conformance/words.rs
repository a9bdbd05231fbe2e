//! The port in words, as a person at the shell reads it.

use crate::bench::{Bench, DATA, FCR, IER, LCR, MCR};
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
fn a_port_at_power_on_says_that_nothing_goes_on() {
    assert_eq!(
        said(&Bench::new().uart),
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
        said(&bench.uart),
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
    let said = said(&bench.uart);
    assert_eq!(said.first().map(String::as_str), Some("16550A at 0x3f8, line 4, divisor 0, 8o2, loopback"));
    assert_eq!(
        said.last().map(String::as_str),
        Some("stream: 0 bytes sent, 0 received; the other end does not answer")
    );
}
