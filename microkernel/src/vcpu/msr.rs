//! Model-specific registers that exit: the local APIC's, and the few others that a guest may expect.

use crate::arch::cpu;
use crate::system::System;
use bulkhead_abi::msr::{Read, Write, rule};
use bulkhead_model::lapic::is_apic_msr;

/// The access raises #GP(0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MsrError;

const IA32_TIME_STAMP_COUNTER: u32 = 0x10;
const IA32_APIC_BASE: u32 = 0x1b;
const IA32_TSC_ADJUST: u32 = 0x3b;

impl System {
    pub(super) fn read_msr(&mut self, id: u16, msr: u32) -> Result<u64, MsrError> {
        let vcpu = self.vcpus.get_mut(usize::from(id)).ok_or(MsrError)?;
        let now = vcpu.guest_time(cpu::tsc());
        match (msr, rule(msr).map(|rule| rule.read)) {
            (_, Some(Read::Fixed(value))) => Ok(value),
            (_, None | Some(Read::Fault)) => Err(MsrError),
            (IA32_APIC_BASE, _) => Ok(vcpu.apic.apic_base()),
            (IA32_TIME_STAMP_COUNTER, _) => Ok(now),
            (IA32_TSC_ADJUST, _) => Ok(vcpu.tsc_adjust),
            _ if is_apic_msr(msr) => vcpu.apic.read_msr(msr, now).map_err(|_| MsrError),
            // The CPU's own; they do not exit.
            _ => Err(MsrError),
        }
    }

    pub(super) fn write_msr(&mut self, id: u16, msr: u32, value: u64) -> Result<(), MsrError> {
        let vcpu = self.vcpus.get_mut(usize::from(id)).ok_or(MsrError)?;
        let now = vcpu.guest_time(cpu::tsc());
        match (msr, rule(msr).map(|rule| rule.write)) {
            (_, Some(Write::Ignored)) => Ok(()),
            (_, None | Some(Write::Fault)) => Err(MsrError),
            (IA32_APIC_BASE, _) => {
                vcpu.apic.set_apic_base(value).map_err(|_| MsrError)?;
                self.kick(id);
                Ok(())
            }
            _ if is_apic_msr(msr) => {
                let effects = vcpu.apic.write_msr(msr, value, now).map_err(|_| MsrError)?;
                self.apply(id, effects);
                Ok(())
            }
            // Both move the counter of this vCPU alone (SDM volume 3, "Time-Stamp Counter Adjustment").
            (IA32_TIME_STAMP_COUNTER | IA32_TSC_ADJUST, _) => {
                let old = if msr == IA32_TSC_ADJUST { vcpu.tsc_adjust } else { now };
                vcpu.adjust_tsc(value.wrapping_sub(old));
                self.kick(id);
                Ok(())
            }
            _ => Err(MsrError),
        }
    }
}
