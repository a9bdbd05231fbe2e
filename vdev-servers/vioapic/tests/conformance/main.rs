//! The data sheet's statements, as `CONFORMANCE.md` lists them, and the laws of a device.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod edges;
mod laws;
mod levels;
mod registers;
mod room;
mod words;

use bulkhead_protocol::config;
use vdev::{Access, Device, LineChange, Msi, Nanos, Outcome, Signal, VectorSet, Width};
use vioapic::Vioapic;

const BASE: u64 = 0xfec0_0000;
const NOW: Nanos = Nanos(0);
const MASKED: u64 = 1 << 16;
const LEVEL: u64 = 1 << 15;
const REMOTE_IRR: u64 = 1 << 14;

const CONFIG: config::Vioapic = config::Vioapic { base: BASE, pins: 24 };

/// A chip on a bench: collects what it sends and holds its lines.
struct Bench {
    chip: Vioapic,
    level: u64,
    sent: Vec<Msi>,
}

impl Bench {
    fn new() -> Self {
        Self { chip: Vioapic::new(&CONFIG, NOW), level: 0, sent: Vec::new() }
    }

    fn read(&mut self, offset: u64) -> u32 {
        let mut outcome = Outcome::new();
        let value = self.chip.read(Access::mmio(BASE + offset, Width::Double), NOW, &mut outcome);
        self.sent.extend_from_slice(outcome.interrupts());
        u32::try_from(value).unwrap()
    }

    fn write(&mut self, offset: u64, value: u32) {
        let mut outcome = Outcome::new();
        self.chip.write(Access::mmio(BASE + offset, Width::Double), u64::from(value), NOW, &mut outcome);
        self.sent.extend_from_slice(outcome.interrupts());
    }

    fn get(&mut self, index: u8) -> u32 {
        self.write(0, u32::from(index));
        self.read(0x10)
    }

    fn set(&mut self, index: u8, value: u32) {
        self.write(0, u32::from(index));
        self.write(0x10, value);
    }

    fn entry(&mut self, pin: u8) -> u64 {
        u64::from(self.get(0x10 + 2 * pin)) | u64::from(self.get(0x11 + 2 * pin)) << 32
    }

    fn set_entry(&mut self, pin: u8, bits: u64) {
        self.set(0x11 + 2 * pin, u32::try_from(bits >> 32).unwrap());
        self.set(0x10 + 2 * pin, u32::try_from(bits & 0xffff_ffff).unwrap());
    }

    fn signal(&mut self, rose: u64, fell: u64, eoi: VectorSet) {
        let lines = LineChange { level: self.level, rose, fell };
        let mut outcome = Outcome::new();
        self.chip.signal(&Signal { bits: 0, lines, eoi }, NOW, &mut outcome);
        self.sent.extend_from_slice(outcome.interrupts());
    }

    fn raise(&mut self, line: u8) {
        self.level |= 1 << line;
        self.signal(1 << line, 0, VectorSet::default());
    }

    fn lower(&mut self, line: u8) {
        self.level &= !(1 << line);
        self.signal(0, 1 << line, VectorSet::default());
    }

    fn pulse(&mut self, line: u8) {
        self.signal(1 << line, 1 << line, VectorSet::default());
    }

    fn end(&mut self, vector: u8) {
        let mut eoi = VectorSet::default();
        eoi.insert(vector);
        self.signal(0, 0, eoi);
    }

    fn tick(&mut self) {
        let mut outcome = Outcome::new();
        self.chip.tick(NOW, &mut outcome);
        self.sent.extend_from_slice(outcome.interrupts());
    }

    /// Vectors sent since the last call.
    fn vectors(&mut self) -> Vec<u8> {
        self.sent.drain(..).map(Msi::vector).collect()
    }
}
