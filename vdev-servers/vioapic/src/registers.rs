//! The three registers in memory, and those behind the window (82093AA, 3.1 and 3.2).

use crate::{RedirectionEntry, Vioapic};
use vdev::{VectorSet, Width};

/// Version 0x20: the first with an EOI register.
const VERSION: u32 = 0x20;

/// A register in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    /// I/O register select, IOREGSEL.
    Select,
    /// I/O window, IOWIN.
    Window,
    /// End of interrupt, EOIR.
    Eoi,
}

impl Port {
    /// The register that this offset is in, and the byte of it.
    const fn from_offset(offset: u64) -> Option<(Self, u32)> {
        let byte = (offset & 3) as u32;
        match offset & !3 {
            0x00 => Some((Self::Select, byte)),
            0x10 => Some((Self::Window, byte)),
            0x40 => Some((Self::Eoi, byte)),
            _ => None,
        }
    }
}

/// A register behind the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Indirect {
    /// IOAPICID.
    Id,
    /// IOAPICVER.
    Version,
    /// IOAPICARB.
    Arbitration,
    /// IOREDTBL, bits 0 to 31 of a pin.
    EntryLow(usize),
    /// IOREDTBL, bits 32 to 63 of a pin.
    EntryHigh(usize),
    /// Nothing: reads as 0.
    Reserved,
}

impl Indirect {
    fn from_select(select: u8) -> Self {
        match select {
            0 => Self::Id,
            1 => Self::Version,
            2 => Self::Arbitration,
            0x10.. => {
                let pin = usize::from(select.wrapping_sub(0x10) >> 1);
                if select & 1 == 0 { Self::EntryLow(pin) } else { Self::EntryHigh(pin) }
            }
            _ => Self::Reserved,
        }
    }
}

impl Vioapic {
    /// Reads at an offset. Bytes between the registers read as ones.
    pub(crate) fn read_at(&self, offset: u64, width: Width) -> u64 {
        (0..width.bytes()).fold(0, |value, index| {
            let byte =
                Port::from_offset(offset.wrapping_add(u64::from(index))).map_or(0xff, |(port, byte)| {
                    let register = match port {
                        Port::Select => u32::from(self.select),
                        Port::Window => self.read_window(),
                        Port::Eoi => 0,
                    };
                    u64::from(register.wrapping_shr(byte.wrapping_mul(8)) & 0xff)
                });
            value | byte.wrapping_shl(u32::from(index).wrapping_mul(8))
        })
    }

    /// Writes at an offset. The data sheet asks for aligned words of 32 bits. A wider write counts with its low 32
    /// bits; a narrower one is taken by the registers of eight bits, and ignored by the window, of which it could
    /// only write a part. A write that does not begin at a register does nothing.
    pub(crate) fn write_at(&mut self, offset: u64, width: Width, value: u64) {
        match Port::from_offset(offset) {
            Some((Port::Select, 0)) => self.select = (value & 0xff) as u8,
            Some((Port::Window, 0)) if width >= Width::Double => {
                self.write_window((value & 0xffff_ffff) as u32);
            }
            Some((Port::Eoi, 0)) => {
                let mut vectors = VectorSet::default();
                vectors.insert((value & 0xff) as u8);
                self.take_ends(&vectors);
            }
            _ => {}
        }
    }

    fn read_window(&self) -> u32 {
        match Indirect::from_select(self.select) {
            Indirect::Id | Indirect::Arbitration => u32::from(self.id) << 24,
            Indirect::Version => self.present.count_ones().wrapping_sub(1) << 16 | VERSION,
            Indirect::EntryLow(pin) => (self.shown(pin) & 0xffff_ffff) as u32,
            Indirect::EntryHigh(pin) => (self.shown(pin) >> 32) as u32,
            Indirect::Reserved => 0,
        }
    }

    fn write_window(&mut self, value: u32) {
        match Indirect::from_select(self.select) {
            Indirect::Id => self.id = (value >> 24 & 0xf) as u8,
            Indirect::EntryLow(pin) => {
                let bits = self.entry(pin).map_or(0, RedirectionEntry::into_bits);
                self.write_entry(pin, bits & !0xffff_ffff | u64::from(value));
            }
            Indirect::EntryHigh(pin) => {
                let bits = self.entry(pin).map_or(0, RedirectionEntry::into_bits);
                self.write_entry(pin, bits & 0xffff_ffff | u64::from(value) << 32);
            }
            Indirect::Version | Indirect::Arbitration | Indirect::Reserved => {}
        }
    }

    /// An entry as a guest reads it, with its delivery status; 0 where there is no pin.
    fn shown(&self, pin: usize) -> u64 {
        let Some(entry) = self.entry(pin) else { return 0 };
        let waits = self.due().wrapping_shr(u32::try_from(pin).unwrap_or(0)) & 1 != 0;
        entry.with_delivery_status(waits).into_bits()
    }

    /// The entry of a pin that exists.
    fn entry(&self, pin: usize) -> Option<RedirectionEntry> {
        self.entries.get(pin).copied().filter(|_| pin < self.present.count_ones() as usize)
    }
}
