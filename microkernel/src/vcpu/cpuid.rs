//! CPUID: the VM's table, and the few bits that change while the guest runs.

use crate::system::System;
use crate::virt::Backend;
use bulkhead_abi::vm::CpuidEntry;

/// CR4.OSXSAVE.
const OSXSAVE: u64 = 1 << 18;

impl System {
    /// eax, ebx, ecx, edx. A leaf that is not in the table answers zero.
    pub(super) fn cpuid(
        &mut self,
        id: u16,
        leaf: u32,
        subleaf: u32,
        backend: &'static dyn Backend,
    ) -> [u32; 4] {
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return [0; 4] };
        let Some(vm) = self.vms.get(usize::from(vcpu.vm)) else { return [0; 4] };
        let entry = vm.cpuid.iter().take(vm.cpuid_count).find(|entry| {
            entry.leaf == leaf && (entry.subleaf == subleaf || entry.subleaf == CpuidEntry::ANY)
        });
        let Some(&CpuidEntry { eax, mut ebx, mut ecx, mut edx, .. }) = entry else { return [0; 4] };
        match leaf {
            1 => {
                ebx = ebx & 0x00ff_ffff | u32::from(vcpu.local) << 24;
                if vcpu.apic.apic_base() & 1 << 11 == 0 {
                    edx &= !(1 << 9);
                }
                // OSXSAVE mirrors CR4; guests are not offered XSAVE yet, so this stays clear.
                // SAFETY: this is the vCPU's CPU, and the lock is held.
                let cr4 = if ecx & 1 << 26 != 0 { backend.state(unsafe { vcpu.hardware() }).cr4 } else { 0 };
                ecx = ecx & !(1 << 27) | u32::from(cr4 & OSXSAVE != 0) << 27;
            }
            0xb | 0x1f => edx = u32::from(vcpu.local),
            _ => {}
        }
        [eax, ebx, ecx, edx]
    }
}
