//! Running a vCPU on its CPU, from the moment that the scheduler chose it to its exit.

use super::{Phase, Vcpu};
use crate::arch::{apic, cpu, percpu};
use crate::system::{self, System};
use crate::virt::{Backend, Exit, VcpuHardware};
use bulkhead_abi::vcpu::StateGroups;
use spin::mutex::SpinMutexGuard as MutexGuard;

/// The guest is left at least this often, so that the core looks around (Bochs does not exit for an interrupt that
/// was pending before a guest with interrupts off was entered).
const LONGEST_STAY_US: u32 = 1_000;

/// Enters the vCPU once and handles its exit. The lock is released while it is in the guest.
pub(crate) fn run(mut system: MutexGuard<'static, System>, vcpu: u16) -> MutexGuard<'static, System> {
    let Some((backend, hardware, ticks)) = system.prepare(vcpu) else { return system };
    drop(system);
    // SAFETY: the hardware state lies in the arena and is used by this CPU only; nobody on this CPU uses it while this
    // function holds it, because only this function and functions under the lock do, and the lock is free.
    let exit = backend.enter(unsafe { &mut *hardware }, ticks);
    let mut system = system::lock();
    system.after_exit(vcpu, exit);
    system
}

impl System {
    /// Makes the vCPU ready for an entry. `None` if it cannot enter after all.
    fn prepare(&mut self, id: u16) -> Option<(&'static dyn Backend, *mut VcpuHardware, u64)> {
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
        let deadline = {
            let vcpu = self.vcpus.get_mut(usize::from(id))?;
            let guest_now = vcpu.guest_time(now);
            if vcpu.apic.deadline().is_some_and(|deadline| deadline <= guest_now) {
                vcpu.apic.tick(guest_now);
            }
            vcpu.timer_due()
        };
        if !self.offer_interrupt(id, backend) {
            return None;
        }
        let home = self.scheduler.cpu(bulkhead_model::sched::ActorId::vcpu(id));
        self.arm(home, deadline);
        let stay = self.ticks(LONGEST_STAY_US);
        let armed = self.cpus.get(usize::from(home)).map_or(u64::MAX, |cpu| cpu.armed);
        let vcpu = self.vcpus.get_mut(usize::from(id))?;
        vcpu.in_guest = true;
        vcpu.saved = false;
        Some((backend, vcpu.hardware, armed.saturating_sub(now).min(stay).max(1)))
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

    fn after_exit(&mut self, id: u16, exit: Exit) {
        let Some(backend) = self.backend else { return };
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        vcpu.in_guest = false;
        let vm = vcpu.vm;
        // SAFETY: as in `load`.
        let hardware = unsafe { &mut *vcpu.hardware };
        if let Some(cr8) = backend.task_priority(hardware)
            && u64::from(cr8) != vcpu.apic.cr8()
        {
            vcpu.apic.tpr_from_cr8(u64::from(cr8));
        }
        if vcpu.phase == Phase::Running && !vcpu.dirty.contains(StateGroups::CONTROL) {
            self.handle_exit(id, exit, backend);
        } else if vcpu.phase != Phase::Running {
            // INIT came while it was in the guest; what it did last there no longer counts.
            self.rest(id);
        }
        if self.vms.get(usize::from(vm)).is_some_and(|vm| !vm.running) {
            self.save(id);
            self.rest(id);
            self.left_guest(vm);
        }
    }

    /// Copies the registers of the vCPU, which is current on this CPU, to where others may see them.
    pub(crate) fn save(&mut self, id: u16) {
        let Some(backend) = self.backend else { return };
        if let Some(vcpu) = self.vcpus.get_mut(usize::from(id))
            && !vcpu.saved
            && vcpu.dirty.is_empty()
        {
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

    /// Has the registers of a vCPU whose VM does not run where others may see them. If another CPU still holds them,
    /// that CPU is asked to do it: ask again.
    pub(crate) fn save_stopped(&mut self, id: u16) {
        let Some(vcpu) = self.vcpus.get(usize::from(id)) else { return };
        let runs = self.vms.get(usize::from(vcpu.vm)).is_some_and(|vm| vm.running);
        if vcpu.saved || vcpu.in_guest || runs {
            return;
        }
        let here = percpu::index();
        let holder = self.cpus.iter().position(|cpu| cpu.loaded == Some(id));
        if let Some(other) = holder.filter(|holder| *holder != here).and_then(|other| self.cpus.get(other)) {
            apic::send(other.apic_id, apic::RESCHEDULE_VECTOR);
            return;
        }
        self.save(id);
        if let Some(cpu) = self.cpus.get_mut(here)
            && cpu.loaded.take_if(|loaded| *loaded == id).is_some()
        {
            self.unload(id);
        }
    }

    /// Another CPU may wait for the registers that this one holds.
    pub(crate) fn save_loaded(&mut self) {
        if let Some(id) = self.cpus.get(percpu::index()).and_then(|cpu| cpu.loaded) {
            self.save_stopped(id);
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
