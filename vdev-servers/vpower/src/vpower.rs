//! The device: which port is which register, and what leaves it.

use crate::keyboard_controller::{self as keyboard, Command};
use crate::{PORT_92, Pm1Control, Pm1Event, ResetControl, SystemControl};
use bulkhead_protocol::config::Vpower;
use bulkhead_protocol::platform::RESET_CONTROL;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::{Access, Device, InvalidState, Nanos, Outcome, PowerRequest, Space};

/// Power control of one VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Power {
    config: Vpower,
    status: Pm1Event,
    enable: Pm1Event,
    control: Pm1Control,
    reset_control: ResetControl,
    port_92: SystemControl,
    output_port_follows: bool,
    request: Option<PowerRequest>,
}

/// What survives the server's death.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct PowerState {
    /// PM1 status, little endian.
    pub status: [u8; 2],
    /// PM1 enable, little endian.
    pub enable: [u8; 2],
    /// PM1 control, little endian.
    pub control: [u8; 2],
    /// Port 0xCF9.
    pub reset_control: u8,
    /// Port 0x92.
    pub port_92: u8,
    /// The last keyboard controller command was 0xD1.
    pub output_port_follows: bool,
    /// What the guest asked for first.
    pub request: Option<PowerRequest>,
}

/// A byte-wide register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Register {
    Status(Half),
    Enable(Half),
    Control(Half),
    ResetControl,
    KeyboardData,
    KeyboardCommand,
    Port92,
}

/// A byte of a 16-bit register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Low,
    High,
}

impl Half {
    const fn of(self, word: u16) -> u8 {
        let [low, high] = word.to_le_bytes();
        match self {
            Self::Low => low,
            Self::High => high,
        }
    }

    const fn place(self, byte: u8) -> u16 {
        match self {
            Self::Low => u16::from_le_bytes([byte, 0]),
            Self::High => u16::from_le_bytes([0, byte]),
        }
    }

    const fn replace(self, word: u16, byte: u8) -> u16 {
        let [low, high] = word.to_le_bytes();
        match self {
            Self::Low => u16::from_le_bytes([byte, high]),
            Self::High => u16::from_le_bytes([low, byte]),
        }
    }
}

impl Power {
    fn power_on(config: &Vpower) -> Self {
        Self {
            config: config.clone(),
            status: Pm1Event::empty(),
            enable: Pm1Event::empty(),
            control: Pm1Control::SCI_EN,
            reset_control: ResetControl::empty(),
            port_92: SystemControl::A20,
            output_port_follows: false,
            request: None,
        }
    }

    fn register(&self, port: u16) -> Option<Register> {
        let event = port.wrapping_sub(self.config.pm1_event);
        let control = port.wrapping_sub(self.config.pm1_control);
        Some(match (event, control, port) {
            (0, ..) => Register::Status(Half::Low),
            (1, ..) => Register::Status(Half::High),
            (2, ..) => Register::Enable(Half::Low),
            (3, ..) => Register::Enable(Half::High),
            (_, 0, _) => Register::Control(Half::Low),
            (_, 1, _) => Register::Control(Half::High),
            (.., RESET_CONTROL) => Register::ResetControl,
            (.., keyboard::DATA_PORT) => Register::KeyboardData,
            (.., keyboard::STATUS_PORT) => Register::KeyboardCommand,
            (.., PORT_92) => Register::Port92,
            _ => return None,
        })
    }

    /// The registers that an access touches, lowest byte first. An access by memory touches none.
    fn registers(&self, access: Access) -> impl Iterator<Item = Option<Register>> {
        let (first, is_port) = (access.address, access.space == Space::Port);
        (0..u64::from(access.width.bytes())).map(move |byte| {
            let port = u16::try_from(first.checked_add(byte)?).ok()?;
            if is_port { self.register(port) } else { None }
        })
    }

    fn read_register(&self, register: Register) -> u8 {
        match register {
            Register::Status(half) => half.of(self.status.bits()),
            Register::Enable(half) => half.of(self.enable.bits()),
            Register::Control(half) => half.of(self.control.bits()),
            Register::ResetControl => self.reset_control.bits(),
            Register::KeyboardData => keyboard::NO_DATA,
            Register::KeyboardCommand => keyboard::STATUS,
            Register::Port92 => self.port_92.bits(),
        }
    }

    fn write_register(&mut self, register: Register, byte: u8, outcome: &mut Outcome) {
        match register {
            Register::Status(half) => self.status.remove(Pm1Event::from_bits_truncate(half.place(byte))),
            Register::Enable(half) => {
                let written = half.replace(self.enable.bits(), byte);
                self.enable = Pm1Event::from_bits_truncate(written).intersection(Pm1Event::ENABLE);
            }
            Register::Control(half) => {
                let written = half.replace(self.control.bits(), byte);
                self.control = Pm1Control::after_write(written);
                if Pm1Control::enters_soft_off(written) {
                    self.ask(PowerRequest::PowerOff, outcome);
                }
            }
            Register::ResetControl => {
                let (next, reset) = self.reset_control.write(byte);
                self.reset_control = next;
                if let Some(reset) = reset {
                    self.ask(reset, outcome);
                }
            }
            Register::KeyboardCommand => {
                let command = keyboard::command(byte);
                self.output_port_follows = command == Command::OutputPortFollows;
                if command == Command::Reset {
                    self.ask(PowerRequest::WarmReset, outcome);
                }
            }
            Register::KeyboardData => {
                if core::mem::take(&mut self.output_port_follows) {
                    let (reset, a20) = keyboard::output_port(byte);
                    self.port_92.set(SystemControl::A20, a20);
                    if reset {
                        self.ask(PowerRequest::WarmReset, outcome);
                    }
                }
            }
            Register::Port92 => {
                let (next, reset) = self.port_92.write(byte);
                self.port_92 = next;
                if reset {
                    self.ask(PowerRequest::WarmReset, outcome);
                }
            }
        }
    }

    /// Keeps the first request: the machine that asked for it would not have come to ask for a second.
    fn ask(&mut self, request: PowerRequest, outcome: &mut Outcome) {
        self.request.get_or_insert(request);
        outcome.notify(self.config.manager);
    }

    fn drive_sci(&self, outcome: &mut Outcome) {
        let active = self.status.intersection(self.enable).intersects(Pm1Event::SCI);
        outcome.set_line(self.config.sci_line, active);
    }
}

impl Device for Power {
    type Config = Vpower;
    type State = PowerState;
    type Peer = ();

    fn new(config: &Vpower, _: Nanos) -> Self {
        Self::power_on(config)
    }

    fn snapshot(&self) -> PowerState {
        PowerState {
            status: self.status.bits().to_le_bytes(),
            enable: self.enable.bits().to_le_bytes(),
            control: self.control.bits().to_le_bytes(),
            reset_control: self.reset_control.bits(),
            port_92: self.port_92.bits(),
            output_port_follows: self.output_port_follows,
            request: self.request,
        }
    }

    fn restore(config: &Vpower, state: PowerState) -> Result<Self, InvalidState> {
        let enable = Pm1Event::from_bits(u16::from_le_bytes(state.enable)).ok_or(InvalidState)?;
        let control = u16::from_le_bytes(state.control);
        if !Pm1Event::ENABLE.contains(enable) || Pm1Control::after_write(control).bits() != control {
            return Err(InvalidState);
        }
        Ok(Self {
            config: config.clone(),
            status: Pm1Event::from_bits(u16::from_le_bytes(state.status)).ok_or(InvalidState)?,
            enable,
            control: Pm1Control::from_bits(control).ok_or(InvalidState)?,
            reset_control: ResetControl::from_bits(state.reset_control).ok_or(InvalidState)?,
            port_92: SystemControl::from_bits(state.port_92).ok_or(InvalidState)?,
            output_port_follows: state.output_port_follows,
            request: state.request,
        })
    }

    fn reset(&mut self, _: Nanos, outcome: &mut Outcome) {
        *self = Self::power_on(&self.config);
        self.drive_sci(outcome);
    }

    fn read(&mut self, access: Access, _: Nanos, outcome: &mut Outcome) -> u64 {
        let mut bytes = [0; 8];
        for (byte, register) in bytes.iter_mut().zip(self.registers(access)) {
            *byte = register.map_or(0xff, |register| self.read_register(register));
        }
        self.drive_sci(outcome);
        u64::from_le_bytes(bytes)
    }

    fn write(&mut self, access: Access, value: u64, _: Nanos, outcome: &mut Outcome) {
        let mut touched = [None; 8];
        for (to, register) in touched.iter_mut().zip(self.registers(access)) {
            *to = register;
        }
        for (register, byte) in touched.into_iter().zip(value.to_le_bytes()) {
            if let Some(register) = register {
                self.write_register(register, byte, outcome);
            }
        }
        self.drive_sci(outcome);
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.snapshot().write_line(number, self.config.sci_line, line)
    }

    fn press_power_button(&mut self, _: Nanos, outcome: &mut Outcome) {
        self.status.insert(Pm1Event::PWRBTN);
        self.drive_sci(outcome);
    }

    fn power_request(&self) -> Option<PowerRequest> {
        self.request
    }
}
