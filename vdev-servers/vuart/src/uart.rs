//! The device: register accesses, events, the interrupt line.

use crate::backend::Backend;
use crate::register::{Ier, Lcr, Register};
use crate::state::State;
use crate::wire::Wire;
use bulkhead_protocol::config::Vuart as Config;
use core::marker::PhantomData;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Signal, Space};

/// A 16550A at eight ports, with a peer behind it or none.
#[derive(Debug)]
pub struct Uart<B> {
    base: u64,
    line: u8,
    state: State,
    backend: PhantomData<fn(&mut B)>,
}

impl<B: Backend> Uart<B> {
    fn with_state(config: &Config, state: State) -> Self {
        Self { base: u64::from(config.base), line: config.line, state, backend: PhantomData }
    }

    fn drive_line(&self, outcome: &mut Outcome) {
        outcome.set_line(self.line, self.state.line_level());
    }

    /// The register under byte `index` of the access.
    fn register(&self, access: Access, index: u8) -> Option<Register> {
        let offset = access.address.checked_add(u64::from(index))?.checked_sub(self.base)?;
        let register = Register::from_offset(offset, self.state.lcr().contains(Lcr::DLAB))?;
        (access.space == Space::Port).then_some(register)
    }

    fn read_register(&mut self, register: Register, now: Nanos) -> u8 {
        let [low, high] = self.state.divisor;
        match register {
            Register::Data => self.state.read_receiver_buffer(now),
            Register::DivisorLow => low,
            Register::InterruptEnable => self.state.ier,
            Register::DivisorHigh => high,
            Register::InterruptIdentification => self.state.read_interrupt_identification(),
            Register::LineControl => self.state.lcr,
            Register::ModemControl => self.state.mcr,
            Register::LineStatus => self.state.read_line_status(),
            Register::ModemStatus => self.state.read_modem_status(),
            Register::Scratch => self.state.scr,
        }
    }

    fn write_register(&mut self, register: Register, value: u8, now: Nanos) {
        let [low, high] = self.state.divisor;
        match register {
            Register::Data => self.state.write_transmitter_holding(value, now),
            Register::DivisorLow => self.state.divisor = [value, high],
            Register::InterruptEnable => self.state.write_interrupt_enable(value),
            Register::DivisorHigh => self.state.divisor = [low, value],
            Register::InterruptIdentification => self.state.write_fifo_control(value),
            Register::LineControl => self.state.lcr = value,
            Register::ModemControl => self.state.write_modem_control(value),
            // The chip's factory test writes these two; here, as in any working system, nobody does.
            Register::LineStatus | Register::ModemStatus => {}
            Register::Scratch => self.state.scr = value,
        }
    }
}

impl<B: Backend> Device for Uart<B> {
    type Config = Config;
    type State = State;
    type Peer = Option<B>;

    fn new(config: &Config, _now: Nanos) -> Self {
        Self::with_state(config, State::power_on(Wire::default()))
    }

    fn snapshot(&self) -> State {
        self.state.clone()
    }

    fn own_state(&self) -> State {
        State { wire: Wire::default(), ..self.state.clone() }
    }

    fn restore(config: &Config, state: State) -> Result<Self, InvalidState> {
        state.validate()?;
        Ok(Self::with_state(config, state))
    }

    /// Power-on state of the chip; the positions on the line stay.
    fn reset(&mut self, _now: Nanos, outcome: &mut Outcome) {
        self.state = State::power_on(self.state.wire.after_reset());
        self.drive_line(outcome);
    }

    fn read(&mut self, access: Access, now: Nanos, outcome: &mut Outcome) -> u64 {
        self.state.advance(now);
        let mut value = 0u64;
        for index in 0..access.width.bytes() {
            let byte = match self.register(access, index) {
                Some(register) => self.read_register(register, now),
                None => 0xff,
            };
            value |= u64::from(byte).wrapping_shl(u32::from(index).wrapping_mul(8));
        }
        self.drive_line(outcome);
        value
    }

    fn write(&mut self, access: Access, value: u64, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        for (index, byte) in (0..access.width.bytes()).zip(value.to_le_bytes()) {
            if let Some(register) = self.register(access, index) {
                self.write_register(register, byte, now);
            }
        }
        self.drive_line(outcome);
    }

    fn signal(&mut self, signal: &Signal, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        if signal.bits != 0 {
            self.state.wire.signal();
        }
        self.drive_line(outcome);
    }

    fn tick(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.state.advance(now);
        self.drive_line(outcome);
    }

    fn deadline(&self) -> Option<Nanos> {
        // Nobody hears the time-out while its interrupt is disabled; it is noticed at the next event.
        let heard = self.state.ier().contains(Ier::ERBFI);
        let timeout = self.state.timeout_at.filter(|_| heard);
        [timeout, self.state.wire.retry_at()].into_iter().flatten().min()
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.state.write_line(number, self.base, self.line, line)
    }

    fn exchange(&mut self, peer: &mut Option<B>, now: Nanos, outcome: &mut Outcome) {
        match peer {
            Some(peer) => self.state.exchange_with(peer, now),
            None => self.state.discard(),
        }
        self.drive_line(outcome);
    }
}
