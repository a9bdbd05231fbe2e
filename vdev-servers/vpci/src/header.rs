//! A type 0 function: the header of its configuration space (PCI Local Bus Specification 3.0, section 6.1).

use crate::capability::CapabilityList;
use crate::{Bar, BarWindow, ConfigByte, ConfigSpace, ConfigState, LayoutError};
use vdev::{Access, InvalidState, Space};

const VENDOR_ID: u8 = 0x00;
const COMMAND: u8 = 0x04;
pub(crate) const STATUS: u8 = 0x06;
const REVISION_ID: u8 = 0x08;
const CACHE_LINE_SIZE: u8 = 0x0c;
const LATENCY_TIMER: u8 = 0x0d;
pub(crate) const HEADER_TYPE: u8 = 0x0e;
const BAR_0: u8 = 0x10;
const SUBSYSTEM_VENDOR_ID: u8 = 0x2c;
pub(crate) const CAPABILITIES_POINTER: u8 = 0x34;
const INTERRUPT_LINE: u8 = 0x3c;
const INTERRUPT_PIN: u8 = 0x3d;

bitflags::bitflags! {
    /// The command register (table 6-1).
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Command: u16 {
        /// Answers to ports.
        const IO_SPACE = 1 << 0;
        /// Answers to memory.
        const MEMORY_SPACE = 1 << 1;
        /// May write to memory, and so send messages.
        const BUS_MASTER = 1 << 2;
        /// Responds to parity errors.
        const PARITY = 1 << 6;
        /// Drives SERR#.
        const SERR = 1 << 8;
        /// Does not drive its interrupt pin.
        const INTERRUPT_DISABLE = 1 << 10;
    }

    /// The status register (table 6-2).
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Status: u16 {
        /// Wants its pin driven, whether or not the command register lets it.
        const INTERRUPT = 1 << 3;
        /// There is a list of capabilities.
        const CAPABILITIES = 1 << 4;
        /// Master data parity error.
        const MASTER_DATA_PARITY = 1 << 8;
        /// Signaled target abort.
        const SIGNALED_TARGET_ABORT = 1 << 11;
        /// Received target abort.
        const RECEIVED_TARGET_ABORT = 1 << 12;
        /// Received master abort.
        const RECEIVED_MASTER_ABORT = 1 << 13;
        /// Signaled system error.
        const SIGNALED_SYSTEM_ERROR = 1 << 14;
        /// Detected parity error.
        const DETECTED_PARITY = 1 << 15;
    }
}

/// What a function says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Vendor.
    pub vendor: u16,
    /// Device, given by the vendor.
    pub device: u16,
    /// Revision, given by the vendor.
    pub revision: u8,
    /// Base class << 16 | subclass << 8 | programming interface.
    pub class: u32,
    /// Subsystem vendor and subsystem; zero if there is none.
    pub subsystem: (u16, u16),
}

/// A type 0 function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub(crate) space: ConfigSpace,
    pub(crate) capabilities: CapabilityList,
    bars: [Option<Bar>; 6],
}

impl Header {
    /// Bits 0 to 7 of the status register without capabilities.
    pub(crate) const STATUS_LOW: ConfigByte = ConfigByte::internal(Status::INTERRUPT.bits().to_le_bytes()[0]);

    /// A function without base address registers, interrupt and capabilities.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let mut space = ConfigSpace::default();
        let constant = ConfigByte::constant;
        let [class_0, class_1, class_2, _] = identity.class.to_le_bytes();
        let (subsystem_vendor, subsystem) = identity.subsystem;
        space.define_all(VENDOR_ID, identity.vendor.to_le_bytes().map(constant));
        space.define_all(VENDOR_ID | 2, identity.device.to_le_bytes().map(constant));
        space.define_all(REVISION_ID, [identity.revision, class_0, class_1, class_2].map(constant));
        space.define_all(SUBSYSTEM_VENDOR_ID, subsystem_vendor.to_le_bytes().map(constant));
        space.define_all(SUBSYSTEM_VENDOR_ID | 2, subsystem.to_le_bytes().map(constant));
        space.define(CACHE_LINE_SIZE, ConfigByte::writable(0, 0xff));
        space.define(LATENCY_TIMER, ConfigByte::writable(0, 0xf8));
        space.define(INTERRUPT_LINE, ConfigByte::writable(0, 0xff));
        space.define(STATUS, Self::STATUS_LOW);
        let [_, errors] = Status::all().bits().to_le_bytes();
        space.define(STATUS | 1, ConfigByte { clearable: errors, ..ConfigByte::default() });
        let mut header = Self { space, capabilities: CapabilityList::EMPTY, bars: [None; 6] };
        header.allow_commands(Command::BUS_MASTER | Command::PARITY | Command::SERR);
        header
    }

    fn allow_commands(&mut self, commands: Command) {
        let mut bytes = commands.bits().to_le_bytes().map(|mask| ConfigByte::writable(0, mask));
        for (byte, offset) in bytes.iter_mut().zip(COMMAND..) {
            byte.writable |= self.space.writable_bits(offset);
        }
        self.space.define_all(COMMAND, bytes);
    }

    /// Adds a base address register.
    ///
    /// # Errors
    /// The register is taken or does not exist, or the length is not one that a register can say.
    pub fn add_bar(&mut self, index: usize, bar: Bar) -> Result<(), LayoutError> {
        if !bar.is_valid() {
            return Err(LayoutError::BarLength);
        }
        let registers = bar.registers();
        let below = self.bars.iter().take(index).rposition(Option::is_some);
        let reach = below
            .and_then(|below| self.bars.get(below).copied().flatten().map(|bar| (below, bar)))
            .map_or(0, |(below, bar)| below.saturating_add(bar.registers()));
        let places = self.bars.get(index..index.saturating_add(registers)).ok_or(LayoutError::NoSuchBar)?;
        if reach > index || places.iter().any(Option::is_some) {
            return Err(LayoutError::BarTaken);
        }
        *self.bars.get_mut(index).ok_or(LayoutError::NoSuchBar)? = Some(bar);
        self.space.define_all(Self::bar_offset(index), bar.bytes());
        self.allow_commands(match bar.space() {
            Space::Port => Command::IO_SPACE,
            Space::Mmio => Command::MEMORY_SPACE,
        });
        Ok(())
    }

    /// Gives the function an interrupt pin: 1 is INTA#, 4 is INTD#.
    pub fn set_interrupt_pin(&mut self, pin: u8) {
        self.space.define(INTERRUPT_PIN, ConfigByte::constant(pin));
        self.allow_commands(Command::INTERRUPT_DISABLE);
    }

    fn bar_offset(index: usize) -> u8 {
        u8::try_from(index.saturating_mul(4)).unwrap_or(0).saturating_add(BAR_0)
    }

    /// The command register.
    #[must_use]
    pub fn command(&self) -> Command {
        Command::from_bits_truncate(u16::from_le_bytes(self.space.field(COMMAND)))
    }

    /// The status register.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::from_bits_truncate(u16::from_le_bytes(self.space.field(STATUS)))
    }

    /// Records errors in the status register, for the guest to clear.
    pub fn record(&mut self, errors: Status) {
        let status = self.status().union(errors);
        self.space.set_field(STATUS, status.bits().to_le_bytes());
    }

    /// The device wants its pin driven, or no longer.
    pub fn set_interrupt(&mut self, wanted: bool) {
        let mut status = self.status();
        status.set(Status::INTERRUPT, wanted);
        self.space.set_field(STATUS, status.bits().to_le_bytes());
    }

    /// The level of the interrupt pin.
    #[must_use]
    pub fn interrupt_level(&self) -> bool {
        self.status().contains(Status::INTERRUPT) && !self.command().contains(Command::INTERRUPT_DISABLE)
    }

    /// The interrupt line register: software's note, without effect.
    #[must_use]
    pub fn interrupt_line(&self) -> u8 {
        self.space.read(INTERRUPT_LINE)
    }

    /// Where a base address register has put its window; `None` while the command register does not let it answer.
    #[must_use]
    pub fn bar(&self, index: usize) -> Option<BarWindow> {
        let bar = self.bars.get(index).copied().flatten()?;
        let enabled = match bar.space() {
            Space::Port => Command::IO_SPACE,
            Space::Mmio => Command::MEMORY_SPACE,
        };
        let offset = Self::bar_offset(index);
        let register = match bar.registers() {
            1 => u64::from(u32::from_le_bytes(self.space.field(offset))),
            _ => u64::from_le_bytes(self.space.field(offset)),
        };
        let window = BarWindow { space: bar.space(), base: bar.base(register), length: bar.length() };
        self.command().contains(enabled).then_some(window)
    }

    /// Which base address register an access is for, and its offset in the window.
    #[must_use]
    pub fn decode(&self, access: Access) -> Option<(usize, u64)> {
        (0..self.bars.len()).find_map(|index| Some((index, self.bar(index)?.offset(access)?)))
    }

    /// The guest reads a byte of configuration space.
    #[must_use]
    pub fn read(&self, offset: u8) -> u8 {
        self.space.read(offset)
    }

    /// The guest writes a byte of configuration space.
    pub fn write(&mut self, offset: u8, byte: u8) {
        self.space.write(offset, byte);
    }

    /// What can change.
    #[must_use]
    pub fn snapshot(&self) -> ConfigState {
        self.space.snapshot()
    }

    /// Takes over what can change into a function of the same layout.
    ///
    /// # Errors
    /// The state is of another layout.
    pub fn restore(&mut self, state: &ConfigState) -> Result<(), InvalidState> {
        self.space.restore(state)
    }
}
