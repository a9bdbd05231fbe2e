//! What a fault must not change: the state of every other task, as the core keeps it, and what the core knows of VMs.
//!
//! A task's committed state changes by its own commit only, and its memory, slots, VM and lines never. So the core seals
//! them with a hash at each commit and at each start, and after each fault it looks whether all seals hold. The VM
//! registry is among them: it is the committed state of the VM manager. Routes and CPUID tables of a VM do not change
//! while it runs; they are sealed when it starts. The core's own code and constants never change. Guest memory is not the core's to look at: guests check their own.

use crate::memory::direct;
use crate::system::System;
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_TASKS, MAX_VMS};

/// FNV-1a with words of eight bytes.
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    const fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    }
}

unsafe extern "C" {
    /// First byte of the core's code (`core.ld`); its constants follow.
    static core_text_start: u64;
    /// Where the constants end.
    static core_rodata_end: u64;
}

/// The core's code and constants.
pub(super) fn hash_core() -> u64 {
    let (first, end) = (&raw const core_text_start, &raw const core_rodata_end);
    let words = end.addr().saturating_sub(first.addr()) / size_of::<u64>();
    // SAFETY: both ends are page-aligned, mapped readable from one to the other, and nobody writes there.
    let bytes = unsafe { core::slice::from_raw_parts(first, words) };
    let mut hash = Hash::new();
    bytes.iter().for_each(|word| hash.add(*word));
    hash.0
}

impl System {
    pub(super) fn seal(&mut self, task: u16) {
        let hash = self.hash_task(task);
        if let Some(seal) = self.injector.sealed.get_mut(usize::from(task)) {
            *seal = hash;
        }
    }

    /// A VM starts to run.
    pub(crate) fn saw_vm_start(&mut self, vm: u16) {
        let hash = self.hash_vm(vm);
        if let Some(seal) = self.injector.sealed_vms.get_mut(usize::from(vm)) {
            *seal = hash;
        }
    }

    /// Do all seals hold? Says which do not.
    pub(super) fn check_containment(&mut self, victim: u16) -> bool {
        let mut contained = true;
        let hash = hash_core();
        if hash != self.injector.sealed_core {
            contained = false;
            self.injector.sealed_core = hash;
            let victim = self.task_name(victim);
            self.log
                .core_line(format_args!("inject: NOT CONTAINED code of the core after a fault of {victim}"));
        }
        for task in (0u16..).take(MAX_TASKS) {
            if self.injector.sealed.get(usize::from(task)).is_some_and(|seal| *seal != self.hash_task(task)) {
                contained = false;
                let (name, victim) = (self.task_name(task), self.task_name(victim));
                self.log.core_line(format_args!(
                    "inject: NOT CONTAINED state of {name} after a fault of {victim}"
                ));
                self.seal(task);
            }
        }
        for vm in (0u16..).take(MAX_VMS) {
            let runs = self.vms.get(usize::from(vm)).is_some_and(|vm| vm.running);
            let seal = self.injector.sealed_vms.get(usize::from(vm)).copied();
            if runs && seal != Some(self.hash_vm(vm)) {
                contained = false;
                let (name, victim) = (self.vm_name(vm), self.task_name(victim));
                self.log.core_line(format_args!(
                    "inject: NOT CONTAINED tables of VM {name} after a fault of {victim}"
                ));
                self.saw_vm_start(vm);
            }
        }
        contained
    }

    fn hash_task(&self, task: u16) -> u64 {
        let Some(target) = self.tasks.get(usize::from(task)).filter(|target| target.memory.committed != 0)
        else {
            return 0;
        };
        let mut hash = Hash::new();
        let memory = &target.memory;
        for word in
            [memory.root, memory.context, memory.message, memory.start_info, memory.committed, target.lines]
        {
            hash.add(word);
        }
        for piece in memory.pieces.iter().take(memory.piece_count) {
            for word in [piece.virt, piece.phys, piece.length, u64::from(piece.writable)] {
                hash.add(word);
            }
        }
        for word in [u64::from(target.vm), target.slots.as_ptr().addr() as u64, target.slots.len() as u64] {
            hash.add(word);
        }
        hash.add(u64::from(target.committed));
        hash.add(u64::from(target.generation));
        let words = (target.committed as usize).min(MAX_COMMITTED).div_ceil(8);
        // SAFETY: the committed state is MAX_COMMITTED bytes (a multiple of 8, page-aligned) of the arena that only the
        // core writes, under the lock that this function's caller holds.
        let state = unsafe { core::slice::from_raw_parts(direct::<u64>(memory.committed), words) };
        for word in state {
            hash.add(*word);
        }
        hash.0
    }

    fn hash_vm(&self, vm: u16) -> u64 {
        let Some(target) = self.vms.get(usize::from(vm)) else { return 0 };
        let mut hash = Hash::new();
        for route in target.ports.iter().take(target.port_count) {
            let place = u64::from(route.first) | u64::from(route.last) << 16 | u64::from(route.server) << 32;
            hash.add(place);
            hash.add(route.patience);
        }
        for route in [target.undecoded, target.acknowledge] {
            hash.add(route.map_or(u64::MAX, |route| u64::from(route.server)));
        }
        for entry in target.cpuid.iter().take(target.cpuid_count) {
            for (low, high) in [(entry.leaf, entry.subleaf), (entry.eax, entry.ebx), (entry.ecx, entry.edx)] {
                hash.add(u64::from(low) | u64::from(high) << 32);
            }
        }
        hash.add(target.nested_root);
        hash.0
    }
}
