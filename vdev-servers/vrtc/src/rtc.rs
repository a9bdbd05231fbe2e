//! The device: the index and data ports, events, the interrupt line.

use crate::register::{A, B, RAM_START, Register, VRT};
use crate::state::State;
use bulkhead_protocol::config::Vrtc as Config;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Space};

/// Selects a byte; bit 7, a PC's NMI mask, is not ours.
const INDEX_PORT: u64 = 0x70;
/// The byte.
const DATA_PORT: u64 = 0x71;
/// What nobody drives.
const FLOATING: u8 = 0xff;

/// An MC146818 at ports 0x70 and 0x71.
#[derive(Debug, Clone)]
pub struct Rtc {
    config: Config,
    state: State,
}

impl Rtc {
    fn drive_line(&self, outcome: &mut Outcome) {
        outcome.set_line(self.config.line, self.state.line_level());
    }

    fn read_register(&mut self, register: Register, now: Nanos) -> u8 {
        match register {
            Register::Time(field) => self.state.read_time(field, now),
            Register::Alarm(part) => self.state.alarm.get(usize::from(part)).copied().unwrap_or(FLOATING),
            Register::A => {
                let updating = self.state.time_runs() && self.state.divider().update_in_progress(now);
                self.state.a | if updating { A::UIP.bits() } else { 0 }
            }
            Register::B => self.state.b,
            Register::C => self.state.read_c(),
            Register::D => VRT,
            Register::Ram(at) => self.state.ram.0.get(usize::from(at)).copied().unwrap_or(FLOATING),
        }
    }

    fn write_register(&mut self, register: Register, value: u8, now: Nanos) {
        match register {
            Register::Time(field) => self.state.write_time(field, value, now),
            Register::Alarm(part) => {
                if let Some(byte) = self.state.alarm.get_mut(usize::from(part)) {
                    *byte = value;
                }
            }
            Register::A => self.state.write_a(value, now),
            Register::B => self.state.write_b(value, now),
            Register::C | Register::D => {}
            Register::Ram(at) => {
                if let Some(byte) = self.state.ram.0.get_mut(usize::from(at)) {
                    *byte = value;
                }
            }
        }
    }
}

/// The port under byte `index` of the access.
fn port(access: Access, index: u8) -> Option<u64> {
    access.address.checked_add(u64::from(index)).filter(|_| access.space == Space::Port)
}

impl Device for Rtc {
    type Config = Config;
    type State = State;
    type Peer = ();

    fn new(config: &Config, now: Nanos) -> Self {
        Self { config: config.clone(), state: State::power_on(config, now) }
    }

    fn snapshot(&self) -> State {
        self.state.clone()
    }

    fn restore(config: &Config, state: State) -> Result<Self, InvalidState> {
        state.validate()?;
        Ok(Self { config: config.clone(), state })
    }

    fn reset(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.state = State::power_on(&self.config, now);
        self.drive_line(outcome);
    }

    // The RESET pin ends interrupts and leaves the date and the RAM alone (data sheet, "RESET").
    fn warm_reset(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        self.state.b &= !(B::PIE | B::AIE | B::UIE | B::SQWE).bits();
        self.state.c = 0;
        self.drive_line(outcome);
    }

    fn set_clock(&mut self, seconds: u64, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        self.state.set_clock(seconds, now);
        self.drive_line(outcome);
    }

    fn read(&mut self, access: Access, now: Nanos, outcome: &mut Outcome) -> u64 {
        self.state.advance(now);
        let mut value = 0u64;
        for index in 0..access.width.bytes() {
            let byte = match port(access, index) {
                Some(DATA_PORT) => self.read_register(Register::from_index(self.state.index), now),
                _ => FLOATING,
            };
            value |= u64::from(byte).wrapping_shl(u32::from(index).wrapping_mul(8));
        }
        self.drive_line(outcome);
        value
    }

    fn write(&mut self, access: Access, value: u64, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        for (index, byte) in (0..access.width.bytes()).zip(value.to_le_bytes()) {
            match port(access, index) {
                Some(INDEX_PORT) => self.state.index = byte & 0x7f,
                Some(DATA_PORT) => self.write_register(Register::from_index(self.state.index), byte, now),
                _ => {}
            }
        }
        self.drive_line(outcome);
    }

    fn tick(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        self.drive_line(outcome);
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.state.write_line(number, self.config.line, line)
    }

    fn deadline(&self) -> Option<Nanos> {
        self.state.next_interrupt()
    }
}

const _: () = assert!(RAM_START as usize + crate::register::RAM_BYTES == 128);
