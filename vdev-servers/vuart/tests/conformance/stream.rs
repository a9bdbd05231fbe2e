//! The byte stream: nothing lost, nothing doubled, whatever the peer and the server do.

use crate::bench::{Bench, DATA, FCR, LSR, MCR, config};

const LONG: u64 = 1_000_000_000;

fn drain(uart: &mut Bench) -> Vec<u8> {
    std::iter::from_fn(|| (uart.input(LSR) & 1 != 0).then(|| uart.input(DATA))).collect()
}

#[test]
fn input_waits_outside_until_it_fits() {
    let text: Vec<u8> = (0..200).collect();
    let mut uart = Bench::with_fifos(0);
    uart.type_in(&text);
    assert_eq!(drain(&mut uart), text);
    assert_eq!(uart.input(LSR), 0x60, "and nothing was overrun");
}

#[test]
fn input_fits_a_16450_one_by_one() {
    let mut uart = Bench::new();
    uart.type_in(b"hello");
    assert_eq!(drain(&mut uart), b"hello");
}

#[test]
fn reading_a_full_fifo_asks_the_peer_once() {
    let mut uart = Bench::with_fifos(0);
    uart.type_in(&[b'x'; 32]);
    let before = uart.peer().calls;
    for _ in 0..16 {
        uart.input(DATA);
    }
    assert_eq!(uart.peer().calls, before + 1);
}

#[test]
fn loopback_keeps_the_line_out() {
    let mut uart = Bench::with_fifos(0);
    uart.output(MCR, 0x1b);
    uart.type_in(b"outside");
    uart.output(DATA, b'i');
    uart.output(DATA, b'n');
    assert_eq!(drain(&mut uart), b"in");
    assert_eq!(uart.peer().output, b"");
    uart.output(MCR, 0x0b);
    assert_eq!(drain(&mut uart), b"outside");
}

#[test]
fn loopback_overruns_only_a_full_receiver() {
    let mut uart = Bench::with_fifos(0);
    uart.output(MCR, 0x10);
    for byte in 0..16 {
        uart.output(DATA, byte);
    }
    assert_eq!(uart.input(LSR), 0x61);
    uart.output(DATA, 99);
    assert_eq!(uart.input(LSR), 0x63);
    assert_eq!(uart.input(LSR), 0x61, "reading clears the error");
    assert_eq!(drain(&mut uart), (0..16).collect::<Vec<u8>>(), "the FIFO keeps what it had");
}

#[test]
fn an_overrun_16450_shows_the_last_byte() {
    let mut uart = Bench::new();
    uart.output(MCR, 0x10);
    uart.output(DATA, 1);
    uart.output(DATA, 2);
    assert_eq!(uart.input(LSR), 0x63);
    assert_eq!(uart.input(DATA), 2);
}

#[test]
fn a_dead_peer_gets_everything_when_it_is_back() {
    let mut uart = Bench::with_fifos(0);
    uart.peer().dead = true;
    for byte in b"hello" {
        uart.output(DATA, *byte);
    }
    assert_eq!(uart.input(LSR), 0x00);
    uart.peer().dead = false;
    uart.wait(LONG);
    assert_eq!(uart.peer().output, b"hello");
    assert_eq!(uart.input(LSR), 0x60);
}

#[test]
fn a_dead_peer_is_not_asked_at_every_access() {
    let mut uart = Bench::with_fifos(0);
    uart.peer().dead = true;
    uart.output(DATA, b'a');
    let before = uart.peer().calls;
    for _ in 0..100 {
        uart.input(LSR);
    }
    assert_eq!(uart.peer().calls, before);
}

#[test]
fn a_lost_answer_doubles_nothing() {
    let mut uart = Bench::with_fifos(0);
    uart.output(DATA, b'1');
    uart.peer().mute = true;
    uart.output(DATA, b'2');
    uart.output(DATA, b'3');
    uart.peer().mute = false;
    uart.wait(LONG);
    assert_eq!(uart.peer().output, b"123");
}

#[test]
fn a_lost_answer_before_a_fifo_reset_loses_nothing_written_after() {
    let mut uart = Bench::with_fifos(0);
    uart.output(DATA, b'1');
    uart.peer().mute = true;
    uart.output(DATA, b'2');
    uart.output(FCR, 0x05);
    uart.peer().mute = false;
    uart.output(DATA, b'3');
    uart.wait(LONG);
    assert_eq!(uart.peer().output, b"123");
}

#[test]
fn a_restarted_server_goes_on_where_it_was() {
    let mut uart = Bench::with_fifos(0);
    uart.type_in(&(0..100).collect::<Vec<u8>>());
    let mut read = Vec::new();
    for byte in 0..100u8 {
        read.push(uart.input(DATA));
        uart.restart();
        uart.output(DATA, byte);
        uart.restart();
    }
    assert_eq!(read, (0..100).collect::<Vec<u8>>());
    assert_eq!(uart.peer().output, read);
}

#[test]
fn an_event_that_is_repeated_after_a_death_has_no_second_effect() {
    let mut uart = Bench::with_fifos(0);
    for byte in 0..50u8 {
        let committed = vdev::Device::snapshot(&uart.uart);
        uart.output(DATA, byte);
        uart.uart = vdev::Device::restore(&config(), committed).unwrap();
        uart.output(DATA, byte);
    }
    assert_eq!(uart.peer().output, (0..50).collect::<Vec<u8>>());
}

#[test]
fn a_second_life_of_the_chip_does_not_repeat_the_first() {
    let mut uart = Bench::with_fifos(0);
    uart.output(DATA, b'1');
    uart.type_in(b"ab");
    assert_eq!(uart.input(DATA), b'a');
    uart.reset();
    uart.output(DATA, b'2');
    uart.type_in(b"c");
    assert_eq!(drain(&mut uart), b"c", "what was in the FIFO is gone with it");
    assert_eq!(uart.peer().output, b"12");
}

#[test]
fn a_byte_that_only_the_peer_knows_of_does_not_swallow_one_after_a_reset() {
    let mut uart = Bench::with_fifos(0);
    let committed = vdev::Device::snapshot(&uart.uart);
    uart.output(DATA, b'1');
    // The server dies before it commits, and its VM is reset before the write comes again.
    uart.uart = vdev::Device::restore(&config(), committed).unwrap();
    uart.reset();
    uart.output(DATA, b'2');
    assert_eq!(uart.peer().output, b"12");
}

#[test]
fn a_peer_that_knows_more_than_this_life_waits_for_the_event_that_comes_again() {
    let mut uart = Bench::with_fifos(0);
    uart.peer().room = Some(0);
    uart.output(DATA, b'1');
    uart.peer().room = None;
    let committed = vdev::Device::snapshot(&uart.uart);
    uart.output(DATA, b'2');
    assert_eq!(uart.peer().output, b"12");
    // The server dies before it commits. In its next life it hears the peer before the write comes again.
    uart.uart = vdev::Device::restore(&config(), committed).unwrap();
    uart.signal();
    uart.wait(LONG);
    uart.output(DATA, b'2');
    uart.wait(LONG);
    assert_eq!(uart.peer().output, b"12");
    uart.output(DATA, b'3');
    assert_eq!(uart.peer().output, b"123");
}

#[test]
fn where_the_peer_is_is_committed_before_anything_is_sent_from_there() {
    let mut uart = Bench::with_fifos(0);
    uart.peer().dead = true;
    uart.reset();
    uart.output(FCR, 0x01);
    uart.output(DATA, b'1');
    uart.peer().dead = false;
    // All lives begin with the same event until one commits it.
    for _ in 0..3 {
        let committed = vdev::Device::snapshot(&uart.uart);
        uart.signal();
        uart.uart = vdev::Device::restore(&config(), committed).unwrap();
    }
    uart.signal();
    uart.wait(LONG);
    assert_eq!(uart.peer().output, b"1");
}

#[test]
fn a_notification_that_comes_twice_is_as_good_as_one() {
    let mut uart = Bench::with_fifos(0);
    uart.type_in(&(0..40).collect::<Vec<u8>>());
    for byte in 0..5 {
        assert_eq!(uart.input(DATA), byte);
    }
    let before = vdev::Device::snapshot(&uart.uart);
    uart.signal();
    assert_eq!(format!("{:?}", vdev::Device::snapshot(&uart.uart)), format!("{before:?}"));
}

#[test]
fn a_uart_without_memory_asks_where_the_peer_is() {
    let mut uart = Bench::with_fifos(0);
    uart.output(DATA, b'1');
    uart.uart = vdev::Device::new(&config(), uart.now);
    uart.output(DATA, b'2');
    uart.wait(LONG);
    assert_eq!(uart.peer().output, b"12");
}
