//! The registers by MSR ("Extended XAPIC (x2APIC)"), IA32_APIC_BASE and IA32_TSC_DEADLINE.

use super::register::Register;
use super::{Destination, Effects, GeneralProtection, LocalApic, Mode, SVR_WRITABLE};

const IA32_APIC_BASE: u32 = 0x1b;
const IA32_TSC_DEADLINE: u32 = 0x6e0;
const X2APIC_FIRST: u32 = 0x800;
const X2APIC_LAST: u32 = 0x8ff;
const X2APIC_TPR: u32 = 0x808;
const X2APIC_EOI: u32 = 0x80b;
const X2APIC_ICR: u32 = 0x830;

/// Reserved bits of the command. Bit 12, once the delivery status, is ignored.
const ICR_RESERVED: u64 = 0xfff3_2000;
const ICR_BUSY: u64 = 1 << 12;
const DIVIDE_RESERVED: u32 = !0b1011;

/// Is this MSR one of those that [`LocalApic::read_msr`] and [`LocalApic::write_msr`] know?
#[must_use]
pub const fn is_apic_msr(msr: u32) -> bool {
    matches!(msr, IA32_APIC_BASE | IA32_TSC_DEADLINE | X2APIC_FIRST..=X2APIC_LAST)
}

impl LocalApic {
    /// RDMSR.
    ///
    /// # Errors
    /// The register does not exist, cannot be read, or the APIC is not in x2APIC mode.
    pub fn read_msr(&mut self, msr: u32, now: u64) -> Result<u64, GeneralProtection> {
        match msr {
            IA32_APIC_BASE => Ok(self.apic_base()),
            IA32_TSC_DEADLINE => {
                self.tick(now);
                Ok(self.timer.tsc_deadline())
            }
            _ if self.mode != Mode::X2Apic => Err(GeneralProtection),
            X2APIC_ICR => Ok(self.icr),
            _ => match register(msr)? {
                Register::Eoi | Register::SelfIpi => Err(GeneralProtection),
                Register::Id => Ok(u64::from(self.id)),
                Register::Ldr => Ok(u64::from(self.x2apic_ldr())),
                register => Ok(u64::from(self.read_common(register, now))),
            },
        }
    }

    /// WRMSR.
    ///
    /// # Errors
    /// The register does not exist, cannot be written, or the APIC is not in x2APIC mode; a reserved bit is set.
    pub fn write_msr(&mut self, msr: u32, value: u64, now: u64) -> Result<Effects, GeneralProtection> {
        match msr {
            IA32_TSC_DEADLINE => {
                self.tick(now);
                self.timer.set_tsc_deadline(value);
                self.tick(now);
            }
            IA32_APIC_BASE => self.set_apic_base(value)?,
            _ if self.mode != Mode::X2Apic => return Err(GeneralProtection),
            X2APIC_EOI if value == 0 => return Ok(Effects { ipi: None, eoi: self.end_of_interrupt() }),
            X2APIC_TPR => self.tpr = u8::try_from(value).map_err(|_| GeneralProtection)?,
            X2APIC_ICR if value & ICR_RESERVED == 0 => {
                self.icr = value & !ICR_BUSY;
                let destination = Destination { id: (value >> 32) as u32, logical: value & 1 << 11 != 0 };
                return Ok(self.send((value & 0xffff_ffff) as u32, destination));
            }
            _ => {
                let value = u32::try_from(value).map_err(|_| GeneralProtection)?;
                return self.write_rare(register(msr)?, value, now);
            }
        }
        Ok(Effects::NONE)
    }

    fn write_rare(&mut self, register: Register, value: u32, now: u64) -> Result<Effects, GeneralProtection> {
        let reserved = match register {
            Register::Svr => !SVR_WRITABLE,
            Register::Lvt(index) => !index.defined(),
            Register::Esr => u32::MAX,
            Register::InitialCount => 0,
            Register::DivideConfiguration => DIVIDE_RESERVED,
            Register::SelfIpi => !0xff,
            _ => return Err(GeneralProtection),
        };
        if value & reserved != 0 {
            return Err(GeneralProtection);
        }
        if register == Register::SelfIpi {
            // As the command with the self shorthand, without touching the command register.
            return Ok(self.send(1 << 18 | value, Destination { id: 0, logical: false }));
        }
        self.write_common(register, value, now);
        Ok(Effects::NONE)
    }
}

/// The register of an MSR, if x2APIC mode has it.
fn register(msr: u32) -> Result<Register, GeneralProtection> {
    let number = u8::try_from(msr.wrapping_sub(X2APIC_FIRST)).map_err(|_| GeneralProtection)?;
    match Register::from_number(number) {
        None | Some(Register::Apr | Register::RemoteRead | Register::Dfr | Register::IcrHigh) => {
            Err(GeneralProtection)
        }
        Some(register) => Ok(register),
    }
}
