//! The pair as a device: each event changes a chip, then the outputs settle.

use crate::{State, Vpic};
use bulkhead_protocol::config;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Signal, Space};

impl Device for Vpic {
    type Config = config::Vpic;
    type State = State;
    type Peer = ();

    fn new(config: &Self::Config, _now: Nanos) -> Self {
        Self::power_on(config.output_line)
    }

    fn snapshot(&self) -> State {
        self.save()
    }

    fn restore(config: &Self::Config, state: State) -> Result<Self, InvalidState> {
        Self::load(config, &state)
    }

    /// Also forgets the lines: they are reset with the VM.
    fn reset(&mut self, _now: Nanos, outcome: &mut Outcome) {
        *self = Self::power_on(self.output);
        self.settle(outcome);
    }

    /// Wider accesses are split into bytes, as the bus does.
    fn read(&mut self, access: Access, _now: Nanos, outcome: &mut Outcome) -> u64 {
        let mut bytes = [0; 8];
        for (offset, byte) in (0u64..).zip(bytes.iter_mut().take(access.width.bytes().into())) {
            *byte = if access.space == Space::Port {
                self.read_port(access.address.wrapping_add(offset))
            } else {
                0xff
            };
            self.settle(outcome);
        }
        u64::from_le_bytes(bytes)
    }

    fn write(&mut self, access: Access, value: u64, _now: Nanos, outcome: &mut Outcome) {
        let bytes = value.to_le_bytes();
        for (offset, byte) in (0u64..).zip(bytes.iter().take(access.width.bytes().into())) {
            if access.space == Space::Port {
                self.write_port(access.address.wrapping_add(offset), *byte);
            }
            self.settle(outcome);
        }
    }

    fn signal(&mut self, signal: &Signal, _now: Nanos, outcome: &mut Outcome) {
        self.take_lines(signal.lines);
        self.settle(outcome);
    }

    /// The output falls with every acknowledgement; it rises again at once if there is more to serve.
    fn acknowledge(&mut self, _now: Nanos, outcome: &mut Outcome) -> Option<u8> {
        let vector = self.answer();
        outcome.set_line(self.output, false);
        self.settle(outcome);
        Some(vector)
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.write_line(number, line)
    }
}
