//! The chip as a device: each event changes registers or pins, then sends what is due.

use crate::{State, Vioapic};
use bulkhead_protocol::config;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Signal};

impl Device for Vioapic {
    type Config = config::Vioapic;
    type State = State;
    type Peer = ();

    fn new(config: &Self::Config, _now: Nanos) -> Self {
        Self::power_on(config)
    }

    fn snapshot(&self) -> State {
        self.save()
    }

    fn restore(config: &Self::Config, state: State) -> Result<Self, InvalidState> {
        Self::load(config, &state)
    }

    /// Also forgets the lines: they are reset with the VM.
    fn reset(&mut self, _now: Nanos, _outcome: &mut Outcome) {
        let pins = u8::try_from(self.present.count_ones()).unwrap_or(u8::MAX);
        *self = Self::power_on(&config::Vioapic { base: self.base, pins });
    }

    fn read(&mut self, access: Access, _now: Nanos, outcome: &mut Outcome) -> u64 {
        let value = self.read_at(access.address.wrapping_sub(self.base), access.width);
        self.deliver(outcome);
        value
    }

    fn write(&mut self, access: Access, value: u64, _now: Nanos, outcome: &mut Outcome) {
        self.write_at(access.address.wrapping_sub(self.base), access.width, value);
        self.deliver(outcome);
    }

    fn signal(&mut self, signal: &Signal, _now: Nanos, outcome: &mut Outcome) {
        self.take_lines(signal.lines);
        self.take_ends(&signal.eoi);
        self.deliver(outcome);
    }

    fn tick(&mut self, _now: Nanos, outcome: &mut Outcome) {
        self.deliver(outcome);
    }

    fn deadline(&self) -> Option<Nanos> {
        (self.due() != 0).then_some(Nanos(0))
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.write_line(number, line)
    }
}
