//! The registers by memory ("The Local APIC Block Diagram", table "Local APIC Register Address Map").

use super::error::Errors;
use super::register::Register;
use super::{Destination, Effects, LocalApic, Mode, VERSION};

const LDR_WRITABLE: u32 = 0xff00_0000;
const DFR_READS_ONE: u32 = 0x0fff_ffff;
const ICR_LOW_WRITABLE: u32 = 0x000c_cfff;
const ICR_HIGH_WRITABLE: u32 = 0xff00_0000;

impl LocalApic {
    /// Reads 32 bits at an offset in the page. Reserved registers read as 0 and are an error in the ESR; without
    /// xAPIC mode nobody answers and all bits are set.
    pub fn read(&mut self, offset: u16, now: u64) -> u32 {
        if self.mode != Mode::XApic {
            return u32::MAX;
        }
        match register(offset) {
            Some(Register::Id) => u32::from(self.id) << 24,
            Some(Register::Apr) => u32::from(self.apr()),
            Some(Register::Eoi | Register::RemoteRead) => 0,
            Some(Register::Ldr) => self.ldr,
            Some(Register::Dfr) => self.dfr,
            Some(Register::IcrLow) => (self.icr & 0xffff_ffff) as u32,
            Some(Register::IcrHigh) => (self.icr >> 32) as u32,
            Some(Register::SelfIpi) | None => {
                self.record(Errors::ILLEGAL_REGISTER_ADDRESS);
                0
            }
            Some(register) => self.read_common(register, now),
        }
    }

    /// Writes 32 bits at an offset in the page. Reserved bits and read-only registers ignore the write; reserved
    /// registers are an error in the ESR.
    pub fn write(&mut self, offset: u16, value: u32, now: u64) -> Effects {
        if self.mode != Mode::XApic {
            return Effects::NONE;
        }
        match register(offset) {
            Some(Register::Eoi) => return Effects { ipi: None, eoi: self.end_of_interrupt() },
            Some(Register::IcrLow) => {
                self.icr = self.icr & !0xffff_ffff | u64::from(value & ICR_LOW_WRITABLE);
                let destination = Destination::from_byte((self.icr >> 56) as u8, value & 1 << 11 != 0);
                return self.send(value, destination);
            }
            Some(Register::IcrHigh) => {
                self.icr = self.icr & 0xffff_ffff | u64::from(value & ICR_HIGH_WRITABLE) << 32;
            }
            Some(Register::Ldr) => self.ldr = value & LDR_WRITABLE,
            Some(Register::Dfr) => self.dfr = value | DFR_READS_ONE,
            Some(Register::SelfIpi) | None => self.record(Errors::ILLEGAL_REGISTER_ADDRESS),
            Some(register) => self.write_common(register, value, now),
        }
        Effects::NONE
    }

    /// Registers that read alike in both modes.
    pub(super) fn read_common(&mut self, register: Register, now: u64) -> u32 {
        match register {
            Register::Version => VERSION,
            Register::Tpr => u32::from(self.tpr),
            Register::Ppr => u32::from(self.ppr()),
            Register::Svr => self.svr,
            Register::Isr(index) => self.isr.register(index),
            Register::Tmr(index) => self.tmr.register(index),
            Register::Irr(index) => self.irr.register(index),
            Register::Esr => self.esr.bits(),
            Register::Lvt(index) => self.lvt.get(index).into_bits(),
            Register::InitialCount => self.timer.initial(),
            Register::CurrentCount => {
                self.tick(now);
                self.timer.current(now)
            }
            Register::DivideConfiguration => self.timer.divide(),
            _ => 0,
        }
    }

    /// Registers that are written alike in both modes, after the checks of x2APIC mode.
    pub(super) fn write_common(&mut self, register: Register, value: u32, now: u64) {
        match register {
            Register::Tpr => self.tpr = (value & 0xff) as u8,
            Register::Svr => self.write_svr(value, now),
            Register::Esr => self.write_esr(),
            Register::Lvt(index) => self.write_lvt(index, value, now),
            Register::InitialCount => {
                self.tick(now);
                self.timer.set_initial(value, now);
            }
            Register::DivideConfiguration => {
                self.tick(now);
                self.timer.set_divide(value, now);
            }
            _ => {}
        }
    }
}

/// Registers are aligned to 16 bytes; between them nothing is defined.
fn register(offset: u16) -> Option<Register> {
    if offset & 0xf != 0 {
        return None;
    }
    Register::from_number(u8::try_from(offset >> 4).ok()?)
}
