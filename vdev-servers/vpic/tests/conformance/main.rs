//! The data sheet's statements, as `CONFORMANCE.md` lists them, and the laws of a device.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod cascade;
mod commands;
mod laws;
mod priority;
mod requests;
mod words;

use bulkhead_protocol::config;
use vdev::{Access, Device, LineChange, Nanos, Outcome, Signal, VectorSet, Width};
use vpic::Vpic;

const NOW: Nanos = Nanos(0);
const OUTPUT: u8 = 63;
const CONFIG: config::Vpic = config::Vpic { output_line: OUTPUT };

const PRIMARY: u16 = 0x20;
const SECONDARY: u16 = 0xa0;
const NON_SPECIFIC_EOI: u8 = 0x20;
const READ_IRR: u8 = 0x0a;
const READ_ISR: u8 = 0x0b;
const POLL: u8 = 0x0c;

/// A pair on a bench: holds its lines, sees its output.
struct Bench {
    pair: Vpic,
    level: u64,
    intr: bool,
}

impl Bench {
    fn power_on() -> Self {
        Self { pair: Vpic::new(&CONFIG, NOW), level: 0, intr: false }
    }

    /// Initialized as by a PC's firmware: vectors 0x08 and 0x70, nothing masked.
    fn new() -> Self {
        Self::with_icw4(1, 1)
    }

    fn with_icw4(primary: u8, secondary: u8) -> Self {
        let mut bench = Self::power_on();
        for (port, words) in
            [(PRIMARY, [0x11, 0x08, 0x04, primary]), (SECONDARY, [0x11, 0x70, 0x02, secondary])]
        {
            bench.write(port, words[0]);
            for word in &words[1..] {
                bench.write(port + 1, *word);
            }
        }
        bench
    }

    fn take(&mut self, outcome: &Outcome) {
        self.intr = outcome.line(OUTPUT).unwrap();
    }

    fn write(&mut self, port: u16, value: u8) {
        let mut outcome = Outcome::new();
        self.pair.write(Access::port(port, Width::Byte), value.into(), NOW, &mut outcome);
        self.take(&outcome);
    }

    fn read(&mut self, port: u16) -> u8 {
        let mut outcome = Outcome::new();
        let value = self.pair.read(Access::port(port, Width::Byte), NOW, &mut outcome);
        self.take(&outcome);
        u8::try_from(value).unwrap()
    }

    fn select(&mut self, port: u16, word: u8) -> u8 {
        self.write(port, word);
        self.read(port)
    }

    fn signal(&mut self, rose: u64, fell: u64) {
        let lines = LineChange { level: self.level, rose, fell };
        let mut outcome = Outcome::new();
        self.pair.signal(&Signal { bits: 0, lines, eoi: VectorSet::default() }, NOW, &mut outcome);
        self.take(&outcome);
    }

    fn raise(&mut self, line: u8) {
        let rose = 1 << line & !self.level;
        self.level |= 1 << line;
        self.signal(rose, 0);
    }

    fn lower(&mut self, line: u8) {
        self.level &= !(1 << line);
        self.signal(0, 1 << line);
    }

    fn pulse(&mut self, line: u8) {
        self.signal(1 << line, 1 << line);
    }

    /// The CPU acknowledges, whether it was asked or not.
    fn acknowledge(&mut self) -> u8 {
        let mut outcome = Outcome::new();
        let vector = self.pair.acknowledge(NOW, &mut outcome).unwrap();
        self.take(&outcome);
        vector
    }

    /// The CPU acknowledges if it is asked.
    fn interrupt(&mut self) -> Option<u8> {
        self.intr.then(|| self.acknowledge())
    }
}
