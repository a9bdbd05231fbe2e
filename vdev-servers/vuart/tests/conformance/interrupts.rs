//! Interrupt sources, their priority, and the line.

use crate::bench::{Bench, DATA, FCR, IER, IIR, LCR, LSR, MCR, MSR, Peer};

/// One character of 8N1 at 115,200 baud, in nanoseconds, rounded down.
const CHARACTER: u64 = 10 * 1_000_000_000 / 115_200;

#[test]
fn reading_the_identification_answers_the_transmitter() {
    let mut uart = Bench::with_fifos(0);
    uart.output(IER, 0x02);
    assert!(uart.line);
    assert_eq!(uart.input(IIR), 0xc2);
    assert!(!uart.line);
    assert_eq!(uart.input(IIR), 0xc1);
}

#[test]
fn an_identification_with_a_higher_source_leaves_the_transmitter_pending() {
    let mut uart = Bench::with_fifos(0);
    uart.type_in(b"x");
    uart.output(IER, 0x03);
    assert_eq!(uart.input(IIR), 0xc4);
    assert_eq!(uart.input(DATA), b'x');
    assert_eq!(uart.input(IIR), 0xc2);
    assert_eq!(uart.input(IIR), 0xc1);
}

#[test]
fn a_taken_byte_makes_a_new_edge() {
    let mut uart = Bench::with_fifos(0);
    uart.output(IER, 0x02);
    let before = uart.rising_edges;
    uart.output(DATA, b'a');
    assert!(uart.line);
    assert_eq!(uart.rising_edges, before + 1);
}

#[test]
fn a_waiting_byte_keeps_the_transmitter_quiet() {
    let mut uart = Bench::with_fifos(0);
    uart.peer().room = Some(0);
    uart.output(IER, 0x02);
    uart.output(DATA, b'a');
    assert!(!uart.line);
    assert_eq!(uart.input(LSR), 0x00);
    uart.output(IER, 0x00);
    uart.output(IER, 0x02);
    assert_eq!(uart.input(IIR), 0xc1, "enabling raises it only if THR is empty");
    uart.peer().room = None;
    uart.signal();
    assert!(uart.line);
    assert_eq!(uart.input(LSR), 0x60);
    assert_eq!(uart.peer().output, b"a");
}

#[test]
fn line_status_comes_first_and_modem_status_last() {
    let mut uart = Bench::new();
    uart.output(MCR, 0x18);
    uart.input(MSR);
    uart.output(IER, 0x0f);
    uart.output(DATA, 1);
    uart.output(DATA, 2);
    uart.output(MCR, 0x1a);
    let mut sources = Vec::new();
    for answer in [LSR, DATA, IIR, MSR] {
        sources.push(uart.input(IIR));
        uart.input(answer);
    }
    assert_eq!(sources, [0x06, 0x04, 0x02, 0x00]);
    assert_eq!(uart.input(IIR), 0x01);
    assert!(!uart.line);
}

#[test]
fn each_trigger_level_is_exact() {
    for (trigger, level) in [(0, 1), (1, 4), (2, 8), (3, 14)] {
        let mut uart = Bench::with_fifos(trigger);
        uart.output(IER, 0x01);
        for count in 1..=level {
            assert!(!uart.line, "trigger {level} at {count}");
            uart.type_in(b"x");
        }
        assert_eq!(uart.input(IIR), 0xc4);
        uart.input(DATA);
        assert!(!uart.line);
    }
}

#[test]
fn bytes_below_the_trigger_time_out_after_four_characters() {
    let mut uart = Bench::with_fifos(3);
    uart.output(IER, 0x01);
    uart.type_in(b"ab");
    uart.wait(4 * CHARACTER - 10);
    assert!(!uart.line);
    uart.wait(20);
    assert!(uart.line);
    assert_eq!(uart.input(IIR), 0xcc);
    uart.input(DATA);
    assert_eq!(uart.input(IIR), 0xc1, "a read ends the time-out");
    uart.wait(4 * CHARACTER + 10);
    assert_eq!(uart.input(IIR), 0xcc, "and starts the next");
    uart.input(DATA);
    uart.wait(10 * CHARACTER);
    assert_eq!(uart.input(IIR), 0xc1, "an empty FIFO has none");
}

#[test]
fn the_time_out_follows_divisor_and_format() {
    let mut uart = Bench::with_fifos(3);
    uart.output(IER, 0x01);
    uart.output(LCR, 0x80);
    uart.output(DATA, 12);
    // 5 data bits, parity, 1.5 stop bits: 8.5 bits.
    uart.output(LCR, 0x0c);
    uart.type_in(b"a");
    let bits_34 = 34 * 12 * 1_000_000_000 / 115_200;
    uart.wait(bits_34 - 10);
    assert!(!uart.line);
    uart.wait(20);
    assert!(uart.line);
}

#[test]
fn a_new_byte_restarts_the_time_out() {
    let mut uart = Bench::with_fifos(3);
    uart.output(IER, 0x01);
    uart.type_in(b"a");
    uart.wait(3 * CHARACTER);
    uart.type_in(b"b");
    uart.wait(3 * CHARACTER);
    assert!(!uart.line);
    uart.wait(CHARACTER + 10);
    assert!(uart.line);
}

#[test]
fn a_time_out_that_has_passed_stays_until_a_read() {
    let mut uart = Bench::with_fifos(3);
    uart.output(IER, 0x01);
    uart.type_in(b"a");
    uart.wait(5 * CHARACTER);
    uart.type_in(b"b");
    assert_eq!(uart.input(IIR), 0xcc);
    assert_eq!(vdev::Device::deadline(&uart.uart), None);
}

#[test]
fn without_its_interrupt_the_time_out_wants_no_tick() {
    let mut uart = Bench::with_fifos(3);
    uart.type_in(b"a");
    assert_eq!(vdev::Device::deadline(&uart.uart), None);
    uart.wait(5 * CHARACTER);
    uart.output(IER, 0x01);
    assert_eq!(uart.input(IIR), 0xcc);
}

#[test]
fn out2_connects_the_line() {
    let mut uart = Bench::with_fifos(0);
    uart.output(IER, 0x02);
    uart.output(MCR, 0x03);
    assert!(!uart.line);
    assert_eq!(uart.input(IIR), 0xc2);
    uart.output(IER, 0x00);
    uart.output(IER, 0x02);
    assert!(!uart.line);
    uart.output(MCR, 0x0b);
    assert!(uart.line);
}

#[test]
fn modem_deltas_wait_to_be_read() {
    let mut uart = Bench::new();
    uart.output(MCR, 0x14);
    assert_eq!(uart.input(MSR), 0x4b, "RI alone; the cable's CTS, DSR and DCD are gone");
    assert_eq!(uart.input(MSR), 0x40);
    uart.output(MCR, 0x10);
    assert_eq!(uart.input(MSR), 0x04, "the end of ring");
    uart.output(MCR, 0x00);
    assert_eq!(uart.input(MSR), 0xbb);
    assert_eq!(uart.input(MSR), 0xb0);
}

#[test]
fn a_reset_clears_a_pending_thre() {
    let mut uart = Bench::with_fifos(0);
    uart.output(IER, 0x02);
    assert!(uart.line);
    uart.reset();
    assert!(!uart.line);
    assert_eq!(uart.input(IIR), 0x01);
}

#[test]
fn without_a_peer_bytes_are_gone_at_once() {
    let mut uart = Bench::with_fifos(0);
    uart.peer = None::<Peer>;
    uart.output(IER, 0x02);
    uart.input(IIR);
    uart.output(DATA, b'a');
    assert_eq!(uart.input(LSR), 0x60);
    assert_eq!(uart.input(IIR), 0xc2);
}

#[test]
fn a_transmitter_reset_empties_the_transmitter() {
    let mut uart = Bench::with_fifos(0);
    uart.peer().room = Some(0);
    uart.output(DATA, b'a');
    assert_eq!(uart.input(LSR), 0x00);
    uart.output(FCR, 0x05);
    assert_eq!(uart.input(LSR), 0x60);
    uart.peer().room = None;
    uart.signal();
    uart.output(DATA, b'b');
    assert_eq!(uart.peer().output, b"b");
}

#[test]
fn a_receiver_reset_empties_the_receiver_and_its_time_out() {
    let mut uart = Bench::with_fifos(3);
    uart.output(IER, 0x01);
    uart.type_in(b"abc");
    uart.output(FCR, 0xc3);
    assert_eq!(uart.input(LSR) & 1, 0);
    uart.wait(10 * CHARACTER);
    assert!(!uart.line);
}

#[test]
fn switching_the_fifos_empties_both() {
    let mut uart = Bench::with_fifos(3);
    uart.type_in(b"abc");
    uart.output(FCR, 0x00);
    assert_eq!(uart.input(LSR) & 1, 0);
}

#[test]
fn fifo_control_bits_need_the_enable_bit() {
    let mut uart = Bench::new();
    uart.peer().room = Some(0);
    uart.output(DATA, b'a');
    uart.output(FCR, 0x06);
    assert_eq!(uart.input(LSR), 0x00);
}
