//! Finds the device behind an address and talks to its server.
//!
//! A server that dies under a call is asked again with the same number, so that it can tell that it has been asked
//! before. One that is not there when the first access of an exit begins is left alone: the guest executes its
//! instruction again, under new numbers. Once an access may have happened that would be a second effect, so from then
//! on a server that is away is waited for.

use crate::machine::Unreachable;
use crate::sequence::Sequence;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::bus::{Client, Space, Width};
use bulkhead_protocol::config::{InsnEmulator, Window};
use bulkhead_protocol::{CallError, Transport, platform};

/// Bytes of the local APIC's page.
const LOCAL_APIC_LENGTH: u64 = 0x1000;
/// How often a server is asked again. With a pause of a millisecond each this is longer than a restart takes.
const ATTEMPTS: u32 = 64;

/// What the core does for the devices of a vCPU.
pub trait LocalApic {
    /// A 32-bit register of the vCPU's local APIC; `None` if its page is not there.
    fn read_apic(&mut self, offset: u16) -> Option<u32>;

    /// Writes such a register.
    fn write_apic(&mut self, offset: u16, value: u32);

    /// Lets about a millisecond pass.
    fn pause(&mut self);
}

/// The devices of one exit.
#[derive(Debug)]
pub struct Devices<'a, T, A> {
    config: &'a InsnEmulator,
    transport: T,
    apic: A,
    sequence: Sequence,
    /// An access of this exit may have happened: in this life, or in an earlier one of which this is the repeat.
    touched: bool,
}

/// What is behind an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Server(Slot),
    LocalApic(u16),
    /// Different things behind its first and its last byte.
    Several,
    Nothing,
}

impl<'a, T: Transport, A: LocalApic> Devices<'a, T, A> {
    /// The devices as the manifest has them.
    pub const fn new(config: &'a InsnEmulator, transport: T, apic: A, sequence: Sequence) -> Self {
        Self { config, transport, apic, sequence, touched: false }
    }

    /// The same for an exit that an earlier life has received, and perhaps carried out in part.
    #[must_use]
    pub fn repeated(self, repeated: bool) -> Self {
        Self { touched: repeated, ..self }
    }

    /// Reads.
    ///
    /// # Errors
    /// See [`Unreachable`].
    pub fn read(&mut self, space: Space, address: u64, width: Width) -> Result<u64, Unreachable> {
        match self.target(space, address, width) {
            Target::Nothing => Ok(width.all_ones()),
            Target::LocalApic(offset) => Ok(self.read_apic(offset, width)),
            Target::Server(slot) => {
                self.call(slot, |bus, sequence| bus.read(sequence, space, address, width))
            }
            Target::Several => {
                let mut value = [0; 8];
                for (offset, byte) in (0..u64::from(width.bytes())).zip(&mut value) {
                    let one = self.read(space, address.wrapping_add(offset), Width::Byte)?;
                    *byte = u8::try_from(one & 0xff).unwrap_or(u8::MAX);
                }
                Ok(u64::from_le_bytes(value))
            }
        }
    }

    /// Writes.
    ///
    /// # Errors
    /// See [`Unreachable`].
    pub fn write(&mut self, space: Space, address: u64, width: Width, value: u64) -> Result<(), Unreachable> {
        match self.target(space, address, width) {
            Target::Nothing => Ok(()),
            Target::LocalApic(offset) => {
                self.write_apic(offset, width, value);
                Ok(())
            }
            Target::Server(slot) => {
                self.call(slot, |bus, sequence| bus.write(sequence, space, address, width, value))
            }
            Target::Several => {
                for (offset, byte) in (0..u64::from(width.bytes())).zip(value.to_le_bytes()) {
                    self.write(space, address.wrapping_add(offset), Width::Byte, u64::from(byte))?;
                }
                Ok(())
            }
        }
    }

    fn target(&self, space: Space, address: u64, width: Width) -> Target {
        let last = address.wrapping_add(u64::from(width.bytes()).wrapping_sub(1));
        let (first, last) = (self.target_of_byte(space, address), self.target_of_byte(space, last));
        let same = match (first, last) {
            (Target::LocalApic(_), Target::LocalApic(_)) => true,
            _ => first == last,
        };
        if same { first } else { Target::Several }
    }

    fn target_of_byte(&self, space: Space, address: u64) -> Target {
        let server = match space {
            Space::Port => {
                let holds = |port: u16| move |first: u16, last: u16| (first..=last).contains(&port);
                u16::try_from(address).ok().and_then(|port| {
                    let mut ports = self.config.ports.iter();
                    ports
                        .find(|target| holds(port)(target.ports.first, target.ports.last))
                        .map(|it| it.server)
                })
            }
            Space::Mmio => {
                let apic = Window { base: platform::LOCAL_APIC, length: LOCAL_APIC_LENGTH };
                if let Some(offset) = offset_in(&apic, address) {
                    return u16::try_from(offset).map_or(Target::Nothing, Target::LocalApic);
                }
                let mut windows = self.config.windows.iter();
                windows.find(|target| offset_in(&target.window, address).is_some()).map(|it| it.server)
            }
        };
        server.map_or(Target::Nothing, Target::Server)
    }

    /// Registers are 32 bits at multiples of 16; a narrower read takes its part of one, a wider one its register.
    fn read_apic(&mut self, offset: u16, width: Width) -> u64 {
        let Some(register) = self.apic.read_apic(offset & !3) else { return width.all_ones() };
        u64::from(register).wrapping_shr(u32::from(offset & 3).wrapping_mul(8)) & width.all_ones()
    }

    /// Writes that are narrower than a register, or not aligned, change nothing.
    fn write_apic(&mut self, offset: u16, width: Width, value: u64) {
        if width >= Width::Double
            && offset & 3 == 0
            && let Ok(value) = u32::try_from(value & 0xffff_ffff)
        {
            self.apic.write_apic(offset, value);
        }
    }

    /// Calls a server until it has answered.
    fn call<V>(
        &mut self,
        slot: Slot,
        request: impl Fn(&mut Client<&mut T>, u64) -> Result<V, CallError>,
    ) -> Result<V, Unreachable> {
        let sequence = self.sequence.advance();
        for attempt in 0..ATTEMPTS {
            match request(&mut Client::new(&mut self.transport, slot), sequence) {
                Ok(value) => {
                    self.touched = true;
                    return Ok(value);
                }
                Err(CallError::PeerDead) if attempt == 0 && !self.touched => return Err(Unreachable::Absent),
                // Its next life is there already.
                Err(CallError::PeerDied(_)) => {}
                Err(CallError::PeerDead | CallError::DeadlinePassed | CallError::BadReply) => {
                    self.apic.pause()
                }
                Err(CallError::Refused | CallError::Core(_)) => return Err(Unreachable::Lost),
            }
        }
        Err(Unreachable::Lost)
    }
}

fn offset_in(window: &Window, address: u64) -> Option<u64> {
    address.checked_sub(window.base).filter(|offset| *offset < window.length)
}
