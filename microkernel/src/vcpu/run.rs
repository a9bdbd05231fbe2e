//! Running a vCPU on its CPU, from the moment that the scheduler chose it to its exit.

use super::{Phase, Vcpu};
use crate::arch::{cpu, percpu};
use crate::system::{self, System};
use crate::virt::{Backend, Exit, VcpuHardware};
use bulkhead_abi::vcpu::StateGroups;
use spin::mutex::SpinMutexGuard as MutexGuard;

/// The guest is left at least this often, so that the core looks around (Bochs does not exit for an interrupt that
/// was pending before a guest with interrupts off was entered).
const LONGEST_STAY_US: u32 = 1_000;

/// An entry that is prepared.
struct Entry {
    backend: &'static dyn Backend,
    hardware: *mut VcpuHardware,
    now: u64,
    /// When the guest must be left.
    until: u64,
}

/// What is left to do after an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing: the instruction was carried out, and no register of anything but the vCPU itself has changed.
    Stay,
    /// Look who runs next, and what waits for the vCPU.
    Look,
}

/// Enters the vCPU and handles its exit, again and again as long as there is nothing else to look at. The lock is
/// released while it is in the guest.
pub(crate) fn run(mut system: MutexGuard<'static, System>, vcpu: u16) -> MutexGuard<'static, System> {
    let Some(mut entry) = system.prepare(vcpu) else { return system };
    loop {
        drop(system);
        let ticks = entry.until.saturating_sub(entry.now).max(1);
        // SAFETY: the hardware state lies in the arena and is used by this CPU only; nobody on this CPU uses it while
        // this function holds it, because only this function and functions under the lock do, and the lock is free.
        let exit = entry.backend.enter(unsafe { &mut *entry.hardware }, ticks);
        system = system::lock();
        if system.after_exit(vcpu, exit) == After::Look || !system.stay(vcpu, &mut entry) {
            return system;
        }
    }
}

impl System {
    /// Makes the vCPU ready for an entry. `None` if it cannot enter after all.
    fn prepare(&mut self, id: u16) -> Option<Entry> {
        let backend = self.backend?;
        let ready = self.vcpus.get(usize::from(id)).is_some_and(|vcpu| {
            vcpu.phase == Phase::Running && self.vms.get(usize::from(vcpu.vm)).is_some_and(|vm| vm.running)
        });
        if !ready {
            self.rest(id);
            return None;
        }
        self.load(id, backend)?;
        let now = cpu::tsc();
        let stay = self.ticks(LONGEST_STAY_US);
        let deadline = {
            let vcpu = self.vcpus.get_mut(usize::from(id))?;
            let guest_now = vcpu.guest_time(now);
            if vcpu.apic.deadline().is_some_and(|deadline| deadline <= guest_now) {
                vcpu.apic.tick(guest_now);
            }
            // Where a write of CR8 does not exit, what it lets through is found when the core looks around; so is what the
            // backend cannot ask for.
            let pending = vcpu.apic.pending().is_some();
            // SAFETY: as in `load`.
            let late = !backend.window_possible(unsafe { &*vcpu.hardware });
            let held_back = late || !pending && vcpu.apic.waits_for_task_priority();
            let look = if held_back { now.saturating_add(stay) } else { u64::MAX };
            vcpu.timer_due().min(look)
        };
        if !self.offer_interrupt(id, backend) {
            return None;
        }
        let home = self.scheduler.cpu(bulkhead_model::sched::ActorId::vcpu(id));
        self.arm(home, deadline);
        let armed = self.cpus.get(usize::from(home)).map_or(u64::MAX, |cpu| cpu.armed);
        let vcpu = self.vcpus.get_mut(usize::from(id))?;
        vcpu.in_guest = true;
        vcpu.saved = false;
        Some(Entry { backend, hardware: vcpu.hardware, now, until: armed.min(now.saturating_add(stay)) })
    }

    /// Makes the vCPU ready for another entry right after an exit that concerned nobody else. What came for it
    /// meanwhile from other CPUs came with an interrupt, and so did this CPU's timer: the next entry sees them.
    fn stay(&mut self, id: u16, entry: &mut Entry) -> bool {
        entry.now = cpu::tsc();
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return false };
        if entry.now >= entry.until || percpu::any_pending() || !vcpu.dirty.is_empty() {
            return false;
        }
        if core::mem::take(&mut vcpu.step) {
            // SAFETY: as in `load`.
            entry.backend.advance(unsafe { &mut *vcpu.hardware });
        }
        vcpu.in_guest = true;
        vcpu.saved = false;
        true
    }

    /// Makes the vCPU current on this CPU and brings its registers up to date.
    fn load(&mut self, id: u16, backend: &'static dyn Backend) -> Option<()> {
        let shared = self.shared?;
        let index = percpu::index();
        let mut loaded = self.cpus.get(index)?.loaded;
        if loaded == Some(id) && !self.vcpus.get(usize::from(id))?.attached {
            // It was reset while this CPU still held the registers of its last life.
            self.unload(id);
            loaded = None;
            self.cpus.get_mut(index)?.loaded = Some(id);
        }
        if loaded != Some(id) {
            if let Some(other) = loaded {
                self.unload(other);
            }
            self.cpus.get_mut(index)?.loaded = Some(id);
        }
        let vm = self.vcpus.get(usize::from(id))?.vm;
        let nested_root = self.vms.get(usize::from(vm))?.nested_root;
        let vcpu = self.vcpus.get_mut(usize::from(id))?;
        // SAFETY: the hardware state lies in the arena; this is the vCPU's CPU and the lock is held.
        let hardware = unsafe { &mut *vcpu.hardware };
        let moved = core::mem::replace(&mut hardware.tsc_offset, vcpu.tsc_offset) != vcpu.tsc_offset;
        if !vcpu.attached {
            hardware.nested_root = nested_root;
            backend.attach(hardware, &shared);
            vcpu.attached = true;
            vcpu.dirty = StateGroups::all();
        } else if loaded != Some(id) {
            backend.load(hardware);
        }
        if moved {
            backend.set_tsc_offset(hardware);
        }
        if core::mem::take(&mut vcpu.step) {
            backend.advance(hardware);
        }
        backend.set_task_priority(hardware, vcpu.apic.tpr() >> 4);
        if !vcpu.dirty.is_empty() {
            backend.set_state(hardware, &vcpu.state, vcpu.dirty);
            vcpu.dirty = StateGroups::empty();
        }
        Some(())
    }

    /// Takes the vCPU's registers out of this CPU.
    pub(crate) fn unload(&mut self, id: u16) {
        let Some(backend) = self.backend else { return };
        if let Some(vcpu) = self.vcpus.get(usize::from(id)) {
            // SAFETY: as in `load`.
            backend.unload(unsafe { &mut *vcpu.hardware });
        }
    }

    fn after_exit(&mut self, id: u16, exit: Exit) -> After {
        let Some(backend) = self.backend else { return After::Look };
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return After::Look };
        vcpu.in_guest = false;
        let vm = vcpu.vm;
        // A task priority that has become lower may let an interrupt in.
        let mut may_stay = true;
        // SAFETY: as in `load`.
        let hardware = unsafe { &mut *vcpu.hardware };
        if let Some(cr8) = backend.task_priority(hardware)
            && u64::from(cr8) != vcpu.apic.cr8()
        {
            vcpu.apic.tpr_from_cr8(u64::from(cr8));
            may_stay = false;
        }
        let mut after = After::Look;
        if vcpu.phase == Phase::Running && !vcpu.dirty.contains(StateGroups::CONTROL) {
            after = self.handle_exit(id, exit, backend);
        } else if vcpu.phase != Phase::Running {
            // INIT came while it was in the guest; what it did last there no longer counts.
            self.rest(id);
        }
        if self.vms.get(usize::from(vm)).is_some_and(|vm| !vm.running) {
            self.save(id);
            self.rest(id);
            self.left_guest(vm);
            return After::Look;
        }
        if may_stay { after } else { After::Look }
    }

    /// Copies the registers of a vCPU of this CPU to where others may see them.
    pub(crate) fn save(&mut self, id: u16) {
        let Some(backend) = self.backend else { return };
        // What is yet to be changed is changed first.
        if self.vcpus.get(usize::from(id)).is_some_and(|vcpu| !vcpu.saved) {
            self.load(id, backend);
        }
        if let Some(vcpu) = self.vcpus.get_mut(usize::from(id))
            && !vcpu.saved
        {
            // SAFETY: as in `load`.
            let hardware = unsafe { &mut *vcpu.hardware };
            vcpu.state = backend.state(hardware);
            vcpu.state.instruction_length = u32::from(hardware.exit_length);
            vcpu.saved = true;
        }
    }

    /// Has the registers of a vCPU whose VM does not run where others may see them. Only its own CPU can take them out of
    /// the hardware; if that is another one, it is asked to: ask again.
    pub(crate) fn save_stopped(&mut self, id: u16) {
        let Some(vcpu) = self.vcpus.get(usize::from(id)) else { return };
        let runs = self.vms.get(usize::from(vcpu.vm)).is_some_and(|vm| vm.running);
        if !vcpu.saved && !vcpu.in_guest && !runs {
            self.saves |= 1 << id;
            self.ask_to_look(self.scheduler.cpu(bulkhead_model::sched::ActorId::vcpu(id)));
            self.save_wanted();
        }
    }

    /// Saves vCPUs of this CPU that others want to see.
    pub(crate) fn save_wanted(&mut self) {
        let here = percpu::number();
        for id in (0u16..).take(bulkhead_abi::limits::MAX_VCPUS) {
            let is_here = self.scheduler.cpu(bulkhead_model::sched::ActorId::vcpu(id)) == here;
            if self.saves & 1 << id != 0 && is_here {
                self.saves &= !(1 << id);
                self.save(id);
                let vm = self.vcpus.get(usize::from(id)).map_or(u16::MAX, |vcpu| vcpu.vm);
                self.left_guest(vm);
            }
        }
    }

    /// The vCPU does not run for now: this CPU is free.
    pub(crate) fn rest(&mut self, id: u16) {
        let actor = bulkhead_model::sched::ActorId::vcpu(id);
        self.scheduler.remove(actor);
        if self.current() == Some(actor) {
            self.block_current();
        }
    }

    /// The vCPU can run: queue it, if its VM runs.
    pub(crate) fn wake_vcpu(&mut self, id: u16) {
        let Some(vcpu) = self.vcpus.get(usize::from(id)) else { return };
        let running = self.vms.get(usize::from(vcpu.vm)).is_some_and(|vm| vm.running);
        if running && vcpu.phase == Phase::Running && !vcpu.in_guest {
            self.enqueue(bulkhead_model::sched::ActorId::vcpu(id));
        }
    }
}

impl Vcpu {
    /// Its hardware state.
    ///
    /// # Safety
    /// This is the vCPU's CPU, and the lock is held.
    pub(crate) unsafe fn hardware(&mut self) -> &mut VcpuHardware {
        // SAFETY: by this function's contract.
        unsafe { &mut *self.hardware }
    }
}
