//! A clock on the bench: two ports, time, and its interrupt line.

use vdev::{Access, Device, Nanos, Outcome, Width};
use vrtc::{Config, Rtc};

pub(crate) const LINE: u8 = 8;
pub(crate) const SECOND: u64 = 1_000_000_000;
/// 2024-02-29 23:59:50, a Thursday.
pub(crate) const EPOCH: u64 = 1_709_251_190;
pub(crate) const MEMORY: u64 = 64 << 20;

pub(crate) const A: u8 = 0x0a;
pub(crate) const B: u8 = 0x0b;
pub(crate) const C: u8 = 0x0c;

pub(crate) struct Bench {
    pub(crate) rtc: Rtc,
    pub(crate) now: Nanos,
    pub(crate) line: bool,
    pub(crate) ticks: usize,
}

pub(crate) fn config() -> Config {
    Config { line: LINE, epoch: EPOCH, memory: MEMORY }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { rtc: Rtc::new(&config(), Nanos(0)), now: Nanos(0), line: false, ticks: 0 }
    }

    fn finish(&mut self, outcome: &Outcome) {
        self.line = outcome.line(LINE).expect("every event sets the line");
    }

    pub(crate) fn output(&mut self, port: u16, value: u64, width: Width) {
        let mut outcome = Outcome::new();
        self.rtc.write(Access::port(port, width), value, self.now, &mut outcome);
        self.finish(&outcome);
    }

    pub(crate) fn input(&mut self, port: u16, width: Width) -> u64 {
        let mut outcome = Outcome::new();
        let value = self.rtc.read(Access::port(port, width), self.now, &mut outcome);
        self.finish(&outcome);
        value
    }

    pub(crate) fn get(&mut self, index: u8) -> u8 {
        self.output(0x70, index.into(), Width::Byte);
        u8::try_from(self.input(0x71, Width::Byte)).unwrap()
    }

    pub(crate) fn set(&mut self, index: u8, value: u8) {
        self.output(0x70, index.into(), Width::Byte);
        self.output(0x71, value.into(), Width::Byte);
    }

    /// Second, minute, hour, weekday, day, month, year, century.
    pub(crate) fn time(&mut self) -> [u8; 8] {
        [0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32].map(|index| self.get(index))
    }

    pub(crate) fn set_time(&mut self, time: [u8; 8]) {
        for (index, value) in [0x00, 0x02, 0x04, 0x06, 0x07, 0x08, 0x09, 0x32].into_iter().zip(time) {
            self.set(index, value);
        }
    }

    pub(crate) fn tick(&mut self) {
        let mut outcome = Outcome::new();
        self.rtc.tick(self.now, &mut outcome);
        self.finish(&outcome);
        self.ticks += 1;
    }

    /// Lets time pass, with a tick at each deadline on the way; stops where the line rises.
    pub(crate) fn wait(&mut self, nanoseconds: u64) {
        let end = self.now.after(nanoseconds);
        while let Some(at) = self.rtc.deadline().filter(|at| *at <= end) {
            self.now = at;
            self.tick();
            if self.line {
                return;
            }
        }
        self.now = end;
    }
}
