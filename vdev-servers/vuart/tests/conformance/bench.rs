//! A UART on the bench: ports, a clock, its interrupt line, and a peer that keeps the stream's rules.

use bulkhead_protocol::stream::CHUNK;
use vdev::{Access, Device, LineChange, Nanos, Outcome, Signal, VectorSet, Width};
use vuart::{Backend, Config, Uart};

pub(crate) const BASE: u16 = 0x3f8;
pub(crate) const LINE: u8 = 4;

pub(crate) const DATA: u16 = 0;
pub(crate) const IER: u16 = 1;
pub(crate) const IIR: u16 = 2;
pub(crate) const FCR: u16 = 2;
pub(crate) const LCR: u16 = 3;
pub(crate) const MCR: u16 = 4;
pub(crate) const LSR: u16 = 5;
pub(crate) const MSR: u16 = 6;
pub(crate) const SCR: u16 = 7;

/// The console's side of the stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) output: Vec<u8>,
    pub(crate) input: Vec<u8>,
    /// Bytes of output that it takes in all, if there is a limit.
    pub(crate) room: Option<usize>,
    /// It does not answer, and nothing happens.
    pub(crate) dead: bool,
    /// It does what it is asked, but the answer is lost.
    pub(crate) mute: bool,
    pub(crate) forgotten: u64,
    pub(crate) calls: usize,
}

impl Peer {
    fn answer<T>(&self, value: T) -> Option<T> {
        (!self.mute).then_some(value)
    }
}

impl Backend for Peer {
    fn write(&mut self, position: u64, bytes: &[u8]) -> Option<u64> {
        self.calls += 1;
        if self.dead {
            return None;
        }
        let skip = self.output.len() - usize::try_from(position).unwrap();
        let room = self.room.map_or(usize::MAX, |room| room.saturating_sub(self.output.len()));
        self.output.extend(bytes.iter().skip(skip).take(room));
        self.answer(self.output.len() as u64)
    }

    fn read(&mut self, position: u64) -> Option<heapless::Vec<u8, CHUNK>> {
        self.calls += 1;
        if self.dead {
            return None;
        }
        assert!(position >= self.forgotten, "asked for input that it had let go");
        self.forgotten = position;
        let chunk = self.input.iter().copied().skip(usize::try_from(position).unwrap()).take(CHUNK).collect();
        self.answer(chunk)
    }

    fn positions(&mut self) -> Option<(u64, u64)> {
        self.calls += 1;
        (!self.dead && !self.mute).then_some((self.output.len() as u64, self.forgotten))
    }
}

pub(crate) struct Bench {
    pub(crate) uart: Uart<Peer>,
    pub(crate) peer: Option<Peer>,
    pub(crate) now: Nanos,
    pub(crate) line: bool,
    pub(crate) rising_edges: usize,
}

pub(crate) fn config() -> Config {
    Config { base: BASE, line: LINE, stream: None }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            uart: Uart::new(&config(), Nanos(0)),
            peer: Some(Peer::default()),
            now: Nanos(0),
            line: false,
            rising_edges: 0,
        }
    }

    /// A UART with FIFOs on, this trigger (FCR bits 7 and 6), and its line connected.
    pub(crate) fn with_fifos(trigger: u8) -> Self {
        let mut bench = Self::new();
        bench.output(LCR, 0x03);
        bench.output(MCR, 0x0b);
        bench.output(FCR, 0x01 | trigger << 6);
        bench
    }

    /// The end of every event, as the server shell has it.
    fn finish(&mut self, mut outcome: Outcome) {
        self.uart.exchange(&mut self.peer, self.now, &mut outcome);
        let level = outcome.line(LINE).expect("every event sets the line");
        let pulsed = outcome.line_pulse() >> LINE & 1 != 0;
        if level && (!self.line || pulsed) {
            self.rising_edges += 1;
        }
        self.line = level;
    }

    pub(crate) fn access(&mut self, offset: u16, width: Width) -> u64 {
        let mut outcome = Outcome::new();
        let value = self.uart.read(Access::port(BASE + offset, width), self.now, &mut outcome);
        self.finish(outcome);
        value
    }

    pub(crate) fn input(&mut self, offset: u16) -> u8 {
        u8::try_from(self.access(offset, Width::Byte)).unwrap()
    }

    pub(crate) fn output(&mut self, offset: u16, value: u8) {
        let mut outcome = Outcome::new();
        self.uart.write(Access::port(BASE + offset, Width::Byte), value.into(), self.now, &mut outcome);
        self.finish(outcome);
    }

    pub(crate) fn signal(&mut self) {
        let mut outcome = Outcome::new();
        let lines = LineChange::default();
        self.uart.signal(&Signal { bits: 1, lines, eoi: VectorSet::default() }, self.now, &mut outcome);
        self.finish(outcome);
    }

    /// Lets time pass, with a tick at each deadline on the way.
    pub(crate) fn wait(&mut self, nanoseconds: u64) {
        let end = self.now.after(nanoseconds);
        while let Some(at) = self.uart.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let mut outcome = Outcome::new();
            self.uart.tick(self.now, &mut outcome);
            self.finish(outcome);
        }
        self.now = end;
    }

    pub(crate) fn reset(&mut self) {
        let mut outcome = Outcome::new();
        self.uart.reset(self.now, &mut outcome);
        self.finish(outcome);
    }

    /// The server dies and comes back from its commit.
    pub(crate) fn restart(&mut self) {
        let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
        let length = bulkhead_protocol::encode(&self.uart.snapshot(), &mut bytes).unwrap();
        let state = bulkhead_protocol::decode(&bytes[..length]).unwrap();
        self.uart = Uart::restore(&config(), state).unwrap();
    }

    pub(crate) fn peer(&mut self) -> &mut Peer {
        self.peer.as_mut().unwrap()
    }

    pub(crate) fn type_in(&mut self, text: &[u8]) {
        self.peer().input.extend_from_slice(text);
        self.signal();
    }
}
