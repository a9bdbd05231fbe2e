//! Registers of a vCPU, wherever they are at the moment.

use super::{Phase, Staged};
use crate::system::System;
use bulkhead_abi::vcpu::{StateGroups, VcpuState};

impl System {
    /// The general registers (rsp is elsewhere) of a vCPU that is not in the guest, to be changed.
    pub(super) fn registers(&mut self, id: u16) -> Option<&mut [u64; 16]> {
        let vcpu = self.vcpus.get_mut(usize::from(id))?;
        vcpu.saved = false;
        // SAFETY: the hardware state lies in the arena; the vCPU is not in the guest, and the lock is held.
        let context = unsafe { (*vcpu.hardware).context };
        // SAFETY: as above.
        Some(unsafe { &mut (*context).gpr })
    }

    /// A general register (not rsp) of a vCPU that is not in the guest.
    pub(super) fn register(&mut self, id: u16, register: usize) -> u64 {
        self.registers(id).and_then(|gpr| gpr.get(register)).copied().unwrap_or(0)
    }

    /// Sets a general register (not rsp) of a vCPU that is not in the guest.
    pub(super) fn set_register(&mut self, id: u16, register: usize, value: u64) {
        if let Some(slot) = self.registers(id).and_then(|gpr| gpr.get_mut(register)) {
            *slot = value;
        }
    }

    /// Steps over the instruction of the last exit: now if the vCPU is current on this CPU, before its next entry
    /// otherwise.
    pub(super) fn step(&mut self, id: u16) {
        if let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) {
            vcpu.step = true;
            vcpu.saved = false;
        }
    }

    /// Sets groups of a vCPU's state at once, or with the reply to the exit that is under way.
    pub(crate) fn stage(&mut self, id: u16, new: &VcpuState, groups: StateGroups) {
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        if vcpu.phase == Phase::Exited {
            copy_groups(&mut vcpu.staged.state, new, groups);
            vcpu.staged.groups |= groups;
        } else {
            copy_groups(&mut vcpu.state, new, groups);
            vcpu.dirty |= groups;
        }
    }

    /// The server has replied: what it asked for happens.
    pub(super) fn apply_staged(&mut self, id: u16) {
        let now = self.vcpu_time(id);
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        let Staged { state, groups, apic } = &mut vcpu.staged;
        if !groups.is_empty() {
            copy_groups(&mut vcpu.state, state, *groups);
            vcpu.dirty |= *groups;
            *groups = StateGroups::empty();
        }
        if let Some((offset, value)) = apic.take() {
            let effects = vcpu.apic.write(offset, value, now);
            self.apply(id, effects);
        }
    }
}

fn copy_groups(to: &mut VcpuState, from: &VcpuState, groups: StateGroups) {
    if groups.contains(StateGroups::GENERAL) {
        (to.gpr, to.rip, to.rflags) = (from.gpr, from.rip, from.rflags);
    }
    if groups.contains(StateGroups::SEGMENTS) {
        (to.cs, to.ds, to.es, to.fs) = (from.cs, from.ds, from.es, from.fs);
        (to.gs, to.ss, to.tr, to.ldtr) = (from.gs, from.ss, from.tr, from.ldtr);
        (to.gdtr, to.idtr) = (from.gdtr, from.idtr);
    }
    if groups.contains(StateGroups::CONTROL) {
        (to.cr0, to.cr2, to.cr3) = (from.cr0, from.cr2, from.cr3);
        (to.cr4, to.efer) = (from.cr4, from.efer);
    }
}
