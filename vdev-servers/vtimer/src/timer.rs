//! The device: ports, edges of channel 0, and the ACPI PM timer.

use crate::clk;
use crate::control::Command;
use crate::state::State;
use bulkhead_protocol::config::Vtimer as Config;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Space};

/// Port of channel 0; the others and the control word follow.
const COUNTERS: u64 = 0x40;
const CONTROL: u64 = 0x43;
/// A PC's system control port B.
const PORT_B: u64 = 0x61;
/// Port B: gate of channel 2.
const GATE_2: u8 = 1 << 0;
/// Port B: what a guest writes and reads back: gate, speaker, and two enables of checks that never fail.
const PORT_B_WRITABLE: u8 = 0x0f;
/// Port B: toggles with each refresh of DRAM, every 18 pulses.
const REFRESH: u8 = 1 << 4;
const REFRESH_PULSES: i64 = 18;
/// Port B: OUT of channel 2.
const OUT_2: u8 = 1 << 5;
/// ACPI's PM timer counts this often in a second (ACPI 6.5, section 4.8.3.3).
const PM_TIMER_HERTZ: u64 = 3_579_545;
const PM_TIMER_PORTS: u64 = 4;
/// A periodic channel 0 asks for ticks no closer than this, in nanoseconds: a guest that wants more edges than it
/// could ever take gets fewer, and does not keep its server from its other work.
const MIN_TICK: u64 = 20_000;

/// What answers at a port.
enum Port {
    Counter(usize),
    Control,
    SystemControlB,
    PmTimer(usize),
}

/// An 8254 with port 0x61, and an ACPI PM timer.
#[derive(Debug, Clone)]
pub struct Timer {
    line: u8,
    pm_timer: u64,
    state: State,
}

impl Timer {
    fn port(&self, access: Access, index: u8) -> Option<Port> {
        let address = access.address.checked_add(u64::from(index)).filter(|_| access.space == Space::Port)?;
        match address {
            COUNTERS => Some(Port::Counter(0)),
            0x41 => Some(Port::Counter(1)),
            0x42 => Some(Port::Counter(2)),
            CONTROL => Some(Port::Control),
            PORT_B => Some(Port::SystemControlB),
            _ => {
                let byte = address.checked_sub(self.pm_timer).filter(|byte| *byte < PM_TIMER_PORTS)?;
                usize::try_from(byte).ok().map(Port::PmTimer)
            }
        }
    }

    /// Brings all up to now. However many edges have passed, channel 0 delivers one; the phase is kept. The line is driven
    /// once, at the end of an event: a level in between would be a pulse.
    fn advance(&mut self, now: Nanos, outcome: &mut Outcome) {
        let [channel_0, ..] = &self.state.channels;
        let pulse = clk::pulses(now);
        if channel_0.next_rise(clk::pulses(self.state.seen)).is_some_and(|rise| rise <= pulse) {
            outcome.rising_edge(self.line);
        }
        for channel in &mut self.state.channels {
            channel.settle(pulse);
        }
        self.state.seen = now;
    }

    fn drive_line(&self, outcome: &mut Outcome) {
        let [channel_0, ..] = &self.state.channels;
        outcome.set_line(self.line, channel_0.output(clk::pulses(self.state.seen)));
    }

    fn command(&mut self, word: u8, pulse: i64) {
        match Command::from_word(word) {
            Command::Program { counter, mode, bytes, bcd } => {
                if let Some(channel) = self.state.channels.get_mut(usize::from(counter)) {
                    channel.program(mode, bytes, bcd);
                }
            }
            Command::Latch { counter } => {
                if let Some(channel) = self.state.channels.get_mut(usize::from(counter)) {
                    channel.latch_count(pulse);
                }
            }
            Command::ReadBack { counters, count, status } => {
                for (number, channel) in (0u32..).zip(&mut self.state.channels) {
                    let selected = counters.wrapping_shr(number) & 1 != 0;
                    if selected && count {
                        channel.latch_count(pulse);
                    }
                    if selected && status {
                        channel.latch_status(pulse);
                    }
                }
            }
        }
    }

    fn read_port_b(&self, pulse: i64) -> u8 {
        let [_, _, channel_2] = &self.state.channels;
        let refresh = if (pulse / REFRESH_PULSES) & 1 != 0 { REFRESH } else { 0 };
        let output = if channel_2.output(pulse) { OUT_2 } else { 0 };
        self.state.port_b | refresh | output
    }

    fn write_port_b(&mut self, value: u8, pulse: i64) {
        self.state.port_b = value & PORT_B_WRITABLE;
        let [_, _, channel_2] = &mut self.state.channels;
        channel_2.set_gate(value & GATE_2 != 0, pulse);
    }
}

impl Device for Timer {
    type Config = Config;
    type State = State;
    type Peer = ();

    fn new(config: &Config, now: Nanos) -> Self {
        Self { line: config.line, pm_timer: u64::from(config.pm_timer), state: State::power_on(now) }
    }

    fn snapshot(&self) -> State {
        self.state.clone()
    }

    fn restore(config: &Config, state: State) -> Result<Self, InvalidState> {
        state.validate()?;
        Ok(Self { line: config.line, pm_timer: u64::from(config.pm_timer), state })
    }

    /// Power-on state; the PM timer counts from boot and goes on.
    fn reset(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.state = State::power_on(now);
        self.drive_line(outcome);
    }

    fn read(&mut self, access: Access, now: Nanos, outcome: &mut Outcome) -> u64 {
        self.advance(now, outcome);
        let pulse = clk::pulses(now);
        let mut value = 0u64;
        for index in 0..access.width.bytes() {
            let byte = match self.port(access, index) {
                Some(Port::Counter(number)) => {
                    self.state.channels.get_mut(number).map_or(0xff, |channel| channel.read(pulse))
                }
                Some(Port::SystemControlB) => self.read_port_b(pulse),
                Some(Port::PmTimer(byte)) => {
                    now.ticks(PM_TIMER_HERTZ).to_le_bytes().get(byte).copied().unwrap_or(0xff)
                }
                Some(Port::Control) | None => 0xff,
            };
            value |= u64::from(byte).wrapping_shl(u32::from(index).wrapping_mul(8));
        }
        self.drive_line(outcome);
        value
    }

    fn write(&mut self, access: Access, value: u64, now: Nanos, outcome: &mut Outcome) {
        self.advance(now, outcome);
        let pulse = clk::pulses(now);
        for (index, byte) in (0..access.width.bytes()).zip(value.to_le_bytes()) {
            match self.port(access, index) {
                Some(Port::Counter(number)) => {
                    if let Some(channel) = self.state.channels.get_mut(number) {
                        channel.write(byte, pulse);
                    }
                }
                Some(Port::Control) => self.command(byte, pulse),
                Some(Port::SystemControlB) => self.write_port_b(byte, pulse),
                Some(Port::PmTimer(_)) | None => {}
            }
        }
        self.drive_line(outcome);
    }

    fn tick(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.advance(now, outcome);
        self.drive_line(outcome);
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.state.write_line(number, self.pm_timer, line)
    }

    fn deadline(&self) -> Option<Nanos> {
        let [channel_0, ..] = &self.state.channels;
        let rise = clk::time_of(channel_0.next_rise(clk::pulses(self.state.seen))?);
        let earliest = if channel_0.waveform.mode.repeats() { self.state.seen.after(MIN_TICK) } else { rise };
        Some(rise.max(earliest))
    }
}
