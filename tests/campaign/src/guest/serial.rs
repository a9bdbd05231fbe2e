//! The guest's driver of its serial port.

use super::{Guest, Manners};
use crate::bench_core::Stuck;
use crate::random::Random;

const DATA: u16 = 0x3f8;
const IER: u16 = DATA + 1;
const IIR_FCR: u16 = DATA + 2;
const LCR: u16 = DATA + 3;
const MCR: u16 = DATA + 4;
const LSR: u16 = DATA + 5;
const MSR: u16 = DATA + 6;
const LSR_DR: u8 = 1;
const LSR_THRE: u8 = 1 << 5;
/// How often an orderly guest looks whether THR is empty, and how long it pauses in between.
const PATIENCE: u32 = 200;
const PAUSE: u64 = 200_000;

impl Guest {
    pub(super) fn set_up_serial(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let divisor = random.pick(&[1, 1, 12, 96]);
        let wild = self.manners == Manners::Wild;
        let fifo = if wild { random.pick(&[0x01, 0x41, 0x81, 0xc1, 0x00]) } else { 0xc1 };
        let enabled = if wild { random.byte() & 0xf } else { random.pick(&[1, 3, 5]) };
        for (port, value) in [
            (LCR, 0x83),
            (DATA, divisor),
            (IER, 0),
            (LCR, 0x03),
            (IIR_FCR, fifo),
            (MCR, 0x0b),
            (IER, enabled),
        ] {
            self.bench.out_byte(port, value)?;
        }
        for port in [LSR, MSR] {
            self.bench.in_byte(port)?;
        }
        Ok(())
    }

    /// The next bytes of the numbered stream, as fast as THR takes them.
    pub(super) fn send(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let count = 1 + random.below(24);
        if self.manners == Manners::Wild {
            self.queued = random.below(12);
        }
        let careful = self.manners == Manners::Orderly || !random.once_in(4);
        for number in 0..count {
            if careful && number % 16 == 0 && !self.wait_for_thr()? {
                return Ok(());
            }
            self.put()?;
        }
        Ok(())
    }

    fn wait_for_thr(&mut self) -> Result<bool, Stuck> {
        let patience = if self.manners == Manners::Orderly { PATIENCE } else { 3 };
        for _ in 0..patience {
            if self.bench.in_byte(LSR)? & LSR_THRE != 0 {
                return Ok(true);
            }
            self.pause(PAUSE)?;
        }
        Ok(false)
    }

    fn put(&mut self) -> Result<(), Stuck> {
        let byte = (self.sent % 251).to_le_bytes()[0];
        self.sent += 1;
        self.written.push(byte);
        self.bench.out_byte(DATA, byte)
    }

    /// Keys are pressed.
    pub(super) fn type_in(&mut self, random: &mut Random) -> Result<(), Stuck> {
        for _ in 0..=random.below(20) {
            // Ctrl-A is the console's own key.
            let byte = 2 + (self.typed % 249).to_le_bytes()[0];
            self.typed += 1;
            self.pressed.push(byte);
            self.bench.type_in(byte);
        }
        Ok(())
    }

    /// Reads what has come, without interrupts.
    pub(super) fn poll(&mut self, _: &mut Random) -> Result<(), Stuck> {
        self.drain(40)
    }

    pub(crate) fn drain(&mut self, most: u32) -> Result<(), Stuck> {
        for _ in 0..most {
            if self.bench.in_byte(LSR)? & LSR_DR == 0 {
                break;
            }
            let byte = self.bench.in_byte(DATA)?;
            self.read.push(byte);
        }
        Ok(())
    }

    pub(super) fn serve_serial(&mut self) -> Result<(), Stuck> {
        for _ in 0..8 {
            match self.bench.in_byte(IIR_FCR)? & 0xf {
                0x4 | 0xc => self.drain(40)?,
                0x2 if self.queued > 0 => {
                    self.queued -= 1;
                    self.put()?;
                }
                0x2 => {}
                0x6 => self.bench.in_byte(LSR).map(drop)?,
                0x0 => self.bench.in_byte(MSR).map(drop)?,
                _ => break,
            }
        }
        Ok(())
    }

    /// Lets the line come to rest, and reads what has come.
    pub(crate) fn settle_streams(&mut self) -> Result<(), Stuck> {
        self.bench.set_console_away(false);
        self.pause(PAUSE * 50)?;
        self.drain(40)
    }
}
