//! A timer on the bench: ports, time in pulses of CLK, and the line of channel 0.

use vdev::{Access, Device, Nanos, Outcome, Width};
use vtimer::{Config, Timer};

pub(crate) const LINE: u8 = 0;
pub(crate) const PM_TIMER: u16 = 0x608;
pub(crate) const CONTROL: u16 = 0x43;
pub(crate) const PORT_B: u16 = 0x61;

pub(crate) struct Bench {
    pub(crate) timer: Timer,
    pub(crate) now: Nanos,
    pub(crate) line: bool,
    pub(crate) edges: usize,
}

pub(crate) fn config() -> Config {
    Config { line: LINE, pm_timer: PM_TIMER }
}

/// The first nanosecond that counts so many pulses.
pub(crate) fn at_pulse(pulse: u64) -> Nanos {
    Nanos(u64::try_from((u128::from(pulse) * 1_000_000_000).div_ceil(1_193_182)).unwrap())
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { timer: Timer::new(&config(), Nanos(0)), now: Nanos(0), line: false, edges: 0 }
    }

    fn finish(&mut self, outcome: &Outcome) {
        let level = outcome.line(LINE).expect("every event sets the line");
        let pulsed = outcome.line_pulse() >> LINE & 1 != 0;
        self.edges += usize::from(pulsed || (level && !self.line));
        self.line = level;
    }

    pub(crate) fn read(&mut self, port: u16, width: Width) -> u64 {
        let mut outcome = Outcome::new();
        let value = self.timer.read(Access::port(port, width), self.now, &mut outcome);
        self.finish(&outcome);
        value
    }

    pub(crate) fn input(&mut self, port: u16) -> u8 {
        u8::try_from(self.read(port, Width::Byte)).unwrap()
    }

    pub(crate) fn output(&mut self, port: u16, value: u8) {
        let mut outcome = Outcome::new();
        self.timer.write(Access::port(port, Width::Byte), value.into(), self.now, &mut outcome);
        self.finish(&outcome);
    }

    /// Programs a channel for two-byte access and writes its count.
    pub(crate) fn program(&mut self, channel: u8, mode: u8, count: u16) {
        self.output(CONTROL, channel << 6 | 0x30 | mode << 1);
        self.write_count(channel, count);
    }

    pub(crate) fn write_count(&mut self, channel: u8, count: u16) {
        let [low, high] = count.to_le_bytes();
        self.output(0x40 + u16::from(channel), low);
        self.output(0x40 + u16::from(channel), high);
    }

    /// Status and count by read-back.
    pub(crate) fn read_back(&mut self, channel: u8) -> (u8, u16) {
        self.output(CONTROL, 0xc0 | 2 << channel);
        let port = 0x40 + u16::from(channel);
        let [status, low, high] = [(); 3].map(|()| self.input(port));
        (status, u16::from_le_bytes([low, high]))
    }

    pub(crate) fn tick(&mut self) {
        let mut outcome = Outcome::new();
        self.timer.tick(self.now, &mut outcome);
        self.finish(&outcome);
    }

    /// Lets time pass to a pulse, with a tick at each deadline on the way; when edges came.
    pub(crate) fn wait_until(&mut self, pulse: u64) -> Vec<Nanos> {
        let (end, mut edges) = (at_pulse(pulse), Vec::new());
        while let Some(at) = self.timer.deadline().filter(|at| *at <= end) {
            let before = self.edges;
            self.now = at;
            self.tick();
            if self.edges > before {
                edges.push(at);
            }
        }
        self.now = end;
        edges
    }
}
