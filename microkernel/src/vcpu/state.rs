//! Registers of a vCPU, wherever they are at the moment.

use crate::system::System;

impl System {
    /// A general register (not rsp) of a vCPU that is not in the guest.
    pub(super) fn register(&self, id: u16, register: usize) -> u64 {
        self.vcpus.get(usize::from(id)).map_or(0, |vcpu| {
            // SAFETY: the context lies in the arena; the vCPU is not in the guest, and the lock is held.
            let context = unsafe { (*vcpu.hardware).context };
            // SAFETY: as above.
            unsafe { &(*context).gpr }.get(register).copied().unwrap_or(0)
        })
    }

    /// Sets a general register (not rsp) of a vCPU that is not in the guest.
    pub(super) fn set_register(&mut self, id: u16, register: usize, value: u64) {
        if let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) {
            // SAFETY: as in `register`.
            let context = unsafe { (*vcpu.hardware).context };
            // SAFETY: as in `register`.
            if let Some(slot) = unsafe { &mut (*context).gpr }.get_mut(register) {
                *slot = value;
            }
            vcpu.saved = false;
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
}
