//! What drivers ask a serial port before they trust it: the questions of Linux's 8250 driver.

use crate::bench::{Bench, DATA, FCR, IER, IIR, LCR, LSR, MCR, MSR, SCR};

#[test]
fn interrupt_enable_register_keeps_its_four_bits() {
    let mut uart = Bench::new();
    uart.output(IER, 0);
    assert_eq!(uart.input(IER), 0);
    uart.output(IER, 0xff);
    assert_eq!(uart.input(IER), 0x0f);
}

#[test]
fn modem_control_register_keeps_its_five_bits() {
    let mut uart = Bench::new();
    uart.output(MCR, 0xff);
    assert_eq!(uart.input(MCR), 0x1f);
}

#[test]
fn loopback_shows_the_modem_outputs_at_the_inputs() {
    let mut uart = Bench::new();
    uart.output(MCR, 0x1a);
    assert_eq!(uart.input(MSR) & 0xf0, 0x90);
    uart.output(MCR, 0x00);
    assert_eq!(uart.input(MSR) & 0xf0, 0xb0);
}

#[test]
fn enabled_fifos_show_in_the_identification() {
    let mut uart = Bench::new();
    assert_eq!(uart.input(IIR), 0x01);
    uart.output(FCR, 0xc1);
    assert_eq!(uart.input(IIR), 0xc1);
    uart.output(FCR, 0);
    assert_eq!(uart.input(IIR), 0x01);
}

#[test]
fn the_enhanced_variants_are_not_mistaken_for_this_chip() {
    let mut uart = Bench::new();
    uart.output(FCR, 0x01);
    // 16650: offset 2 reads 0 behind LCR 0x80 or 0xBF.
    for lcr in [0x80, 0xbf] {
        uart.output(LCR, lcr);
        assert_ne!(uart.input(IIR), 0);
    }
    // National's super I/O: offset 2 behind LCR 0xE0 follows MCR's loopback bit.
    uart.output(LCR, 0);
    uart.output(MCR, 0x10);
    uart.output(LCR, 0xe0);
    assert_eq!(uart.input(IIR) & 0x10, 0);
    uart.output(LCR, 0);
    uart.output(MCR, 0);
    // 16750: IIR bit 5 appears when FCR bit 5 is written behind DLAB.
    uart.output(LCR, 0x80);
    uart.output(FCR, 0x21);
    assert_eq!(uart.input(IIR) >> 5, 6);
    // XScale: IER bit 6 stays.
    uart.output(LCR, 0);
    uart.output(IER, 0x40);
    assert_eq!(uart.input(IER), 0);
}

#[test]
fn the_transmitter_interrupt_comes_back_each_time_it_is_enabled() {
    let mut uart = Bench::with_fifos(0);
    uart.output(IER, 0x02);
    assert_eq!(uart.input(IIR), 0xc2);
    uart.output(IER, 0x00);
    uart.output(IER, 0x02);
    assert_eq!(uart.input(LSR) & 0x40, 0x40);
    assert_eq!(uart.input(IIR), 0xc2);
}

#[test]
fn divisor_latch_hides_two_registers_and_no_more() {
    let mut uart = Bench::new();
    uart.output(IER, 0x05);
    uart.output(SCR, 0x5a);
    uart.output(LCR, 0x83);
    uart.output(DATA, 0x34);
    uart.output(IER, 0x12);
    assert_eq!(
        (uart.input(DATA), uart.input(IER), uart.input(LCR), uart.input(SCR)),
        (0x34, 0x12, 0x83, 0x5a)
    );
    uart.output(LCR, 0x03);
    assert_eq!(uart.input(IER), 0x05);
    assert_eq!(uart.peer().output, b"");
}

#[test]
fn a_wide_access_touches_the_registers_one_by_one() {
    let mut uart = Bench::new();
    uart.output(LCR, 0x83);
    uart.output(DATA, 0x34);
    uart.output(IER, 0x12);
    assert_eq!(uart.access(DATA, vdev::Width::Word), 0x1234);
    uart.output(SCR, 0x77);
    assert_eq!(uart.access(SCR, vdev::Width::Word), 0xff77, "behind the last register nobody answers");
}

#[test]
fn power_on_state_is_the_data_sheets() {
    let mut uart = Bench::new();
    let registers = [IER, IIR, LCR, MCR, LSR, MSR].map(|offset| uart.input(offset));
    assert_eq!(registers, [0x00, 0x01, 0x00, 0x00, 0x60, 0xb0]);
}
