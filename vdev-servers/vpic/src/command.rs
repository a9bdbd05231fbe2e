//! The command words ("Programming the 8259A"): ICW1 to ICW4, OCW1 to OCW3.

use crate::chip::{Chip, Stage, bit};

bitflags::bitflags! {
    /// Initialization command word 1.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Icw1: u8 {
        /// ICW4 follows.
        const IC4 = 1;
        /// A single chip: ICW3 does not follow.
        const SNGL = 1 << 1;
        /// Level-triggered inputs. Replaced by the ELCR.
        const LTIM = 1 << 3;
        /// This is an ICW1.
        const ICW1 = 1 << 4;
    }

    /// Initialization command word 4.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Icw4: u8 {
        /// Vectors as for the 8086. There is no other CPU here.
        const UPM = 1;
        /// Automatic end of interrupt.
        const AEOI = 1 << 1;
        /// Special fully nested mode.
        const SFNM = 1 << 4;
    }

    /// Operation command word 3.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Ocw3: u8 {
        /// Which register to read: ISR if set.
        const RIS = 1;
        /// Choose a register to read.
        const RR = 1 << 1;
        /// The next read is a poll.
        const POLL = 1 << 2;
        /// This is an OCW3, if it is no ICW1.
        const OCW3 = 1 << 3;
        /// Special mask mode.
        const SMM = 1 << 5;
        /// Set or leave the special mask mode.
        const ESMM = 1 << 6;
    }
}

impl Chip {
    /// Writes the even port.
    pub(crate) fn write_even(&mut self, value: u8) {
        let ocw3 = Ocw3::from_bits_truncate(value);
        if value & Icw1::ICW1.bits() != 0 {
            self.initialize(Icw1::from_bits_truncate(value));
        } else if ocw3.contains(Ocw3::OCW3) {
            self.select(ocw3);
        } else {
            self.end_or_rotate(value >> 5, value & 7);
        }
    }

    /// Writes the odd port.
    pub(crate) const fn write_odd(&mut self, value: u8) {
        match self.stage {
            Stage::PowerOn | Stage::Ready => self.imr = value,
            Stage::Icw2 => {
                self.vector_base = value & 0xf8;
                self.stage = match (self.single, self.needs_icw4) {
                    (false, _) => Stage::Icw3,
                    (true, true) => Stage::Icw4,
                    (true, false) => Stage::Ready,
                };
            }
            // The wiring is fixed, so what a guest says about it changes nothing.
            Stage::Icw3 => self.stage = if self.needs_icw4 { Stage::Icw4 } else { Stage::Ready },
            Stage::Icw4 => {
                let word = Icw4::from_bits_truncate(value);
                self.auto_eoi = word.contains(Icw4::AEOI);
                self.special_fully_nested = word.contains(Icw4::SFNM);
                self.stage = Stage::Ready;
            }
        }
    }

    /// Reads the even port.
    pub(crate) fn read_even(&mut self) -> u8 {
        match (self.poll, self.read_isr) {
            (true, _) => self.read_poll(),
            (false, true) => self.isr,
            (false, false) => self.irr(),
        }
    }

    /// Reads the odd port.
    pub(crate) fn read_odd(&mut self) -> u8 {
        if self.poll { self.read_poll() } else { self.imr }
    }

    /// ICW1: what the data sheet lists, and no more. What is in service stays in service.
    const fn initialize(&mut self, word: Icw1) {
        self.latched = 0;
        self.imr = 0;
        self.lowest = 7;
        self.special_mask = false;
        self.read_isr = false;
        self.poll = false;
        self.needs_icw4 = word.contains(Icw1::IC4);
        self.single = word.contains(Icw1::SNGL);
        if !self.needs_icw4 {
            self.auto_eoi = false;
            self.special_fully_nested = false;
        }
        self.stage = Stage::Icw2;
    }

    /// OCW2: R, SL and EOI, and a level.
    fn end_or_rotate(&mut self, command: u8, level: u8) {
        match command {
            0b000 => self.rotate_on_auto_eoi = false,
            0b100 => self.rotate_on_auto_eoi = true,
            0b001 | 0b101 => {
                if let Some(input) = self.ending() {
                    self.end(input, command == 0b101);
                }
            }
            0b011 | 0b111 => self.end(level, command == 0b111),
            0b110 => self.lowest = level,
            _ => {}
        }
    }

    const fn end(&mut self, input: u8, rotate: bool) {
        self.isr &= !bit(input);
        if rotate {
            self.lowest = input;
        }
    }

    /// OCW3.
    const fn select(&mut self, word: Ocw3) {
        if word.contains(Ocw3::ESMM) {
            self.special_mask = word.contains(Ocw3::SMM);
        }
        if word.contains(Ocw3::POLL) {
            self.poll = true;
        } else if word.contains(Ocw3::RR) {
            self.read_isr = word.contains(Ocw3::RIS);
        }
    }
}
