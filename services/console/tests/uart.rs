//! The driver of the serial port, against a port that is as slow, as fast or as absent as a test wants.

use console::{Console, Registers, Screen, Uart};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// A 16550 as far as the driver uses it.
#[derive(Debug, Default)]
struct Chip {
    absent: bool,
    has_fifos: bool,
    scratch: u8,
    line_control: u8,
    divisor: u8,
    interrupts: u8,
    modem_control: u8,
    to_send: VecDeque<u8>,
    sent: Vec<u8>,
    received: VecDeque<u8>,
    /// Bytes leave the transmitter as fast as they come.
    instant: bool,
    empty_request: bool,
}

#[derive(Debug, Clone)]
struct Bus(Rc<RefCell<Chip>>);

impl Chip {
    /// The line carries everything away.
    fn shift_out(&mut self) {
        self.sent.extend(self.to_send.drain(..));
        self.empty_request = true;
    }
}

impl Registers for Bus {
    fn read(&mut self, register: u16) -> u8 {
        let mut chip = self.0.borrow_mut();
        if chip.absent {
            return 0xff;
        }
        match register {
            0 => chip.received.pop_front().unwrap_or(0),
            1 => chip.interrupts,
            2 => {
                let fifos = if chip.has_fifos { 0xc0 } else { 0 };
                let cause = if !chip.received.is_empty() {
                    0x04
                } else if std::mem::take(&mut chip.empty_request) && chip.interrupts & 2 != 0 {
                    0x02
                } else {
                    0x01
                };
                fifos | cause
            }
            5 => {
                let empty = if chip.to_send.is_empty() { 0x60 } else { 0 };
                empty | u8::from(!chip.received.is_empty())
            }
            7 => chip.scratch,
            _ => 0,
        }
    }

    fn write(&mut self, register: u16, value: u8) {
        let mut chip = self.0.borrow_mut();
        let divisor_latch = chip.line_control & 0x80 != 0;
        match register {
            0 if divisor_latch => chip.divisor = value,
            0 => {
                let room = if chip.has_fifos { 16 } else { 1 };
                assert!(chip.to_send.len() < room, "the transmitter overflows");
                chip.to_send.push_back(value);
                if chip.instant {
                    chip.shift_out();
                }
            }
            1 if !divisor_latch => chip.interrupts = value,
            3 => chip.line_control = value,
            4 => chip.modem_control = value,
            7 => chip.scratch = value,
            _ => {}
        }
    }
}

fn port(chip: Chip) -> (Bus, Uart<Bus>) {
    let bus = Bus(Rc::new(RefCell::new(chip)));
    (bus.clone(), Uart::start(bus))
}

/// A console with this text on its screen.
fn showing(text: &str) -> Console {
    let mut console = Console::new();
    for (chunk, position) in text.as_bytes().chunks(1000).zip((0..).step_by(1000)) {
        console.accept_log(position, chunk);
        console.compose(console::Nanos(0));
    }
    console
}

fn exchange(uart: &mut Uart<Bus>, screen: &mut Screen) -> (bool, Vec<u8>) {
    let mut keys = vec![];
    let more = uart.exchange(screen, |key| keys.push(key));
    (more, keys)
}

#[test]
fn start_sets_speed_format_and_interrupts() {
    let (bus, _) = port(Chip { has_fifos: true, ..Chip::default() });
    let chip = bus.0.borrow();
    assert_eq!((chip.divisor, chip.line_control, chip.modem_control, chip.interrupts), (1, 3, 0x0b, 1));
}

#[test]
fn a_slow_port_gets_a_fifo_at_a_time_and_asks_for_more() {
    let (bus, mut uart) = port(Chip { has_fifos: true, ..Chip::default() });
    let text = format!("{}\n", "0123456789".repeat(4));
    let mut console = showing(&text);
    for _ in 0..3 {
        assert!(!exchange(&mut uart, console.screen()).0);
        let mut chip = bus.0.borrow_mut();
        assert!(chip.to_send.len() <= 16);
        chip.shift_out();
    }
    assert_eq!(bus.0.borrow().sent, text.replace('\n', "\r\n").as_bytes());
    exchange(&mut uart, console.screen());
    assert_eq!(bus.0.borrow().interrupts, 1, "nothing more to send, nothing more to ask for");
}

#[test]
fn the_port_is_asked_to_interrupt_while_output_waits() {
    let (bus, mut uart) = port(Chip { has_fifos: true, ..Chip::default() });
    let mut console = showing("more than sixteen bytes\n");
    exchange(&mut uart, console.screen());
    assert_eq!(bus.0.borrow().interrupts, 3);
}

#[test]
fn a_port_without_fifos_gets_single_bytes() {
    let (bus, mut uart) = port(Chip::default());
    let mut console = showing("ab\n");
    for _ in 0..4 {
        exchange(&mut uart, console.screen());
        bus.0.borrow_mut().shift_out();
    }
    assert_eq!(bus.0.borrow().sent, b"ab\r\n");
}

#[test]
fn an_instant_port_is_served_up_to_the_bound_of_one_event() {
    let (bus, mut uart) = port(Chip { has_fifos: true, instant: true, ..Chip::default() });
    let mut console = showing(&format!("{}\n", "z".repeat(500)).repeat(4));
    assert!(exchange(&mut uart, console.screen()).0, "there is more to do");
    assert_eq!(bus.0.borrow().sent.len(), 512);
    while exchange(&mut uart, console.screen()).0 {}
    assert_eq!(bus.0.borrow().sent.len(), 4 * 502);
    assert!(!bus.0.borrow().empty_request, "the request line went low");
}

#[test]
fn all_received_bytes_are_taken() {
    let (bus, mut uart) = port(Chip { has_fifos: true, ..Chip::default() });
    bus.0.borrow_mut().received.extend(b"hello");
    let mut console = Console::new();
    assert_eq!(exchange(&mut uart, console.screen()), (false, b"hello".to_vec()));
}

#[test]
fn without_a_port_output_disappears_and_no_input_comes() {
    let (_, mut uart) = port(Chip { absent: true, ..Chip::default() });
    let mut console = showing("into the void\n");
    assert_eq!(exchange(&mut uart, console.screen()), (false, vec![]));
    assert!(console.screen().is_empty());
}

#[test]
fn flush_sends_everything_and_gives_up_on_a_port_that_hangs() {
    let (bus, mut uart) = port(Chip { has_fifos: true, instant: true, ..Chip::default() });
    let mut console = showing(&"last words\n".repeat(80));
    uart.flush(console.screen());
    assert_eq!(bus.0.borrow().sent.len(), 80 * 12);
    let (_, mut uart) = port(Chip { has_fifos: true, ..Chip::default() });
    let mut console = showing(&"last words\n".repeat(80));
    uart.flush(console.screen());
    assert!(!console.screen().is_empty());
}
