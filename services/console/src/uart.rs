//! The physical serial port: a 16550 (PC16550D data sheet), driven by interrupts or by polling.

use crate::Screen;

/// The eight registers of the port.
pub trait Registers {
    /// Reads a register.
    fn read(&mut self, register: u16) -> u8;

    /// Writes a register.
    fn write(&mut self, register: u16, value: u8);
}

const RBR_THR: u16 = 0;
const IER: u16 = 1;
const IIR_FCR: u16 = 2;
const LCR: u16 = 3;
const MCR: u16 = 4;
const LSR: u16 = 5;
const SCR: u16 = 7;
const DLL: u16 = 0;
const DLM: u16 = 1;

const IER_RECEIVED: u8 = 1 << 0;
const IER_THR_EMPTY: u8 = 1 << 1;
const IIR_NONE_PENDING: u8 = 1 << 0;
const IIR_FIFOS: u8 = 3 << 6;
/// FIFOs on, receiver trigger level 8. Nothing is emptied: input may have come already.
const FCR_START: u8 = 0x81;
const LCR_8N1: u8 = 3;
const LCR_DLAB: u8 = 1 << 7;
/// DTR, RTS, and OUT2, which gates the interrupt on a PC.
const MCR_START: u8 = 0x0b;
const LSR_DATA_READY: u8 = 1 << 0;
const LSR_THR_EMPTY: u8 = 1 << 5;
const LSR_TRANSMITTER_EMPTY: u8 = 1 << 6;

/// 115,200 baud.
const DIVISOR: u8 = 1;
/// Bytes of the transmitter's FIFO.
const FIFO: u8 = 16;
/// Bytes received at most in one event: four times what the receiver's FIFO holds.
const RECEIVE_BOUND: u32 = 64;
/// Times that the transmitter is filled at most in one event. Only an emulated port is ever that fast.
const TRANSMIT_BOUND: u32 = 32;
/// Reads of the line status until the port is given up that never becomes empty.
const DRAIN_BOUND: u32 = 100_000;

/// The port.
#[derive(Debug)]
pub struct Uart<R> {
    registers: R,
    /// There is no port at these registers: output disappears.
    absent: bool,
    /// Bytes that fit an empty transmitter.
    burst: u8,
    /// The interrupt enable register.
    enabled: u8,
}

impl<R: Registers> Uart<R> {
    /// Sets the port to 115,200 baud, 8 data bits, no parity, FIFOs, interrupts for received bytes.
    pub fn start(registers: R) -> Self {
        let mut uart = Self { registers, absent: false, burst: 1, enabled: IER_RECEIVED };
        uart.absent = !uart.keeps_scratch(0x5a) || !uart.keeps_scratch(0xa5);
        if uart.absent {
            return uart;
        }
        // Somebody else may have written until now; a change of the divisor would garble the rest.
        uart.drain();
        uart.registers.write(IER, 0);
        uart.registers.write(LCR, LCR_DLAB | LCR_8N1);
        uart.registers.write(DLL, DIVISOR);
        uart.registers.write(DLM, 0);
        uart.registers.write(LCR, LCR_8N1);
        uart.registers.write(IIR_FCR, FCR_START);
        uart.registers.write(MCR, MCR_START);
        if uart.registers.read(IIR_FCR) & IIR_FIFOS == IIR_FIFOS {
            uart.burst = FIFO;
        }
        uart.registers.write(IER, uart.enabled);
        uart
    }

    fn keeps_scratch(&mut self, value: u8) -> bool {
        self.registers.write(SCR, value);
        self.registers.read(SCR) == value
    }

    /// Moves bytes both ways until the port has nothing to say or the bound of one event is reached; true if it was
    /// the bound, so that no interrupt may come to go on.
    pub fn exchange(&mut self, screen: &mut Screen, mut received: impl FnMut(u8)) -> bool {
        if self.absent {
            while screen.take().is_some() {}
            return false;
        }
        // A fast port would interrupt with every byte, to ask for what it gets anyway.
        self.enable(IER_RECEIVED);
        let mut finished = false;
        for _ in 0..TRANSMIT_BOUND {
            self.receive(&mut received);
            self.transmit(screen);
            // Interrupts come by edges: the line must have been low once, or there is never another. To read the
            // register ends the transmitter's request.
            let quiet = self.registers.read(IIR_FCR) & IIR_NONE_PENDING != 0;
            let done = screen.is_empty() || self.registers.read(LSR) & LSR_THR_EMPTY == 0;
            finished = quiet && done;
            if finished {
                break;
            }
        }
        if finished && !screen.is_empty() {
            // If the transmitter has become empty by now, this makes it ask at once.
            self.enable(IER_RECEIVED | IER_THR_EMPTY);
        }
        !finished
    }

    fn enable(&mut self, interrupts: u8) {
        if self.enabled != interrupts {
            self.enabled = interrupts;
            self.registers.write(IER, interrupts);
        }
    }

    /// Sends all of the screen by polling, for the last words before power goes.
    pub fn flush(&mut self, screen: &mut Screen) {
        while !self.absent && !screen.is_empty() && self.drain() {
            self.transmit(screen);
        }
        self.drain();
    }

    fn receive(&mut self, received: &mut impl FnMut(u8)) {
        for _ in 0..RECEIVE_BOUND {
            if self.registers.read(LSR) & LSR_DATA_READY == 0 {
                break;
            }
            received(self.registers.read(RBR_THR));
        }
    }

    fn transmit(&mut self, screen: &mut Screen) {
        if screen.is_empty() || self.registers.read(LSR) & LSR_THR_EMPTY == 0 {
            return;
        }
        for byte in (0..self.burst).map_while(|_| screen.take()) {
            self.registers.write(RBR_THR, byte);
        }
    }

    fn drain(&mut self) -> bool {
        (0..DRAIN_BOUND).any(|_| self.registers.read(LSR) & LSR_TRANSMITTER_EMPTY != 0)
    }
}
