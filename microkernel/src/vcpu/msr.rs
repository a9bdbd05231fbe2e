//! Model-specific registers that exit: the local APIC's, and the few others that a guest may expect.

use crate::arch::cpu;
use crate::system::System;
use bulkhead_model::lapic::is_apic_msr;

/// The access raises #GP(0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MsrError;

const IA32_TIME_STAMP_COUNTER: u32 = 0x10;
const IA32_PLATFORM_ID: u32 = 0x17;
const IA32_APIC_BASE: u32 = 0x1b;
const IA32_FEATURE_CONTROL: u32 = 0x3a;
const IA32_BIOS_SIGN_ID: u32 = 0x8b;
const IA32_MTRRCAP: u32 = 0xfe;
const IA32_MISC_ENABLE: u32 = 0x1a0;
const IA32_MTRR_DEF_TYPE: u32 = 0x2ff;
const IA32_TSC_DEADLINE: u32 = 0x6e0;
const AMD_HWCR: u32 = 0xc001_0015;
const AMD_SYSCFG: u32 = 0xc001_0010;
const AMD_PATCH_LEVEL: u32 = 0x8b;
const AMD_INT_PENDING: u32 = 0xc001_0055;
const AMD_DE_CFG: u32 = 0xc001_1029;

/// Fast string operations, as firmware sets it.
const MISC_ENABLE_FAST_STRINGS: u64 = 1;
/// MTRRs on, write-back by default: guest RAM is.
const MTRR_WRITE_BACK: u64 = 0x806;
/// Time-stamp counter runs at a constant rate.
const HWCR_TSC_FREQ_SELECT: u64 = 1 << 24;

const _: () = assert!(IA32_BIOS_SIGN_ID == AMD_PATCH_LEVEL);

impl System {
    pub(super) fn read_msr(&mut self, id: u16, msr: u32) -> Result<u64, MsrError> {
        let vcpu = self.vcpus.get_mut(usize::from(id)).ok_or(MsrError)?;
        let now = vcpu.guest_time(cpu::tsc());
        match msr {
            IA32_APIC_BASE => Ok(vcpu.apic.apic_base()),
            _ if msr == IA32_TSC_DEADLINE || is_apic_msr(msr) => {
                vcpu.apic.read_msr(msr, now).map_err(|_| MsrError)
            }
            IA32_TIME_STAMP_COUNTER => Ok(now),
            IA32_MISC_ENABLE => Ok(MISC_ENABLE_FAST_STRINGS),
            IA32_MTRR_DEF_TYPE => Ok(MTRR_WRITE_BACK),
            // Locked, without VMX; no variable or fixed range registers; no microcode.
            IA32_FEATURE_CONTROL => Ok(1),
            AMD_HWCR => Ok(HWCR_TSC_FREQ_SELECT),
            IA32_MTRRCAP | IA32_BIOS_SIGN_ID | IA32_PLATFORM_ID | AMD_SYSCFG | AMD_INT_PENDING
            | AMD_DE_CFG => Ok(0),
            _ => Err(MsrError),
        }
    }

    pub(super) fn write_msr(&mut self, id: u16, msr: u32, value: u64) -> Result<(), MsrError> {
        let vcpu = self.vcpus.get_mut(usize::from(id)).ok_or(MsrError)?;
        let now = vcpu.guest_time(cpu::tsc());
        match msr {
            IA32_APIC_BASE => {
                vcpu.apic.set_apic_base(value).map_err(|_| MsrError)?;
                self.kick(id);
                Ok(())
            }
            _ if msr == IA32_TSC_DEADLINE || is_apic_msr(msr) => {
                let effects = vcpu.apic.write_msr(msr, value, now).map_err(|_| MsrError)?;
                self.apply(id, effects);
                Ok(())
            }
            // Accepted without effect: what they control is fixed here.
            IA32_BIOS_SIGN_ID | IA32_MISC_ENABLE | IA32_MTRR_DEF_TYPE | AMD_HWCR | AMD_DE_CFG
            | AMD_INT_PENDING => Ok(()),
            _ => Err(MsrError),
        }
    }
}
