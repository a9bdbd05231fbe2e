//! `vm_*` and `vcpu_*`.

use super::{Arguments, Outcome};
use crate::system::{Phase, System, UnderWay, Vm};
use crate::vcpu::Phase as VcpuPhase;
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::SlotKind;
use bulkhead_abi::limits::MAX_CPUID_ENTRIES;
use bulkhead_abi::msi::Msi;
use bulkhead_abi::syscall::{Status, Syscall};
use bulkhead_abi::vcpu::{Activity, StateGroups, VcpuState, VcpuStatus};
use bulkhead_abi::vm::{CpuidEntry, Route, RouteSpace, VmRights};
use bulkhead_model::lapic::Mode;
use bulkhead_model::sched::ActorId;
use zerocopy::{FromBytes, IntoBytes};

use crate::system::{PortRoute, WholeRoute};

/// Registers that a task may not give a vCPU: CR0 and CR4 bits that do not exist are refused by the CPU; these would
/// be taken.
const EFER_ALLOWED: u64 = 0xd01;

impl System {
    /// Contract: the slot names a VM with the right that the call needs.
    pub(super) fn vm_call(
        &mut self,
        task: u16,
        slot: Slot,
        call: Syscall,
        arguments: Arguments,
    ) -> Result<u64, Status> {
        let right = match call {
            Syscall::VmInject => VmRights::INJECT,
            Syscall::VcpuStatus => VmRights::INSPECT,
            Syscall::VcpuRead if self.vm_of(task, slot, VmRights::INSPECT).is_ok() => VmRights::INSPECT,
            Syscall::VcpuRead | Syscall::VcpuWrite | Syscall::VcpuApic => VmRights::REGISTERS,
            _ => VmRights::MANAGE,
        };
        let vm = self.vm_of(task, slot, right)?;
        match call {
            Syscall::VmReset => self.reset_vm(vm, arguments[1] == 1, arguments[2]).map(|()| 0),
            Syscall::VmRoute => self.vm_route(task, vm).map(|()| 0),
            Syscall::VmCpuid => self.vm_cpuid(task, vm, arguments[1], arguments[2]).map(|()| 0),
            Syscall::VmRun => self.run_vm(vm).map(|()| 0),
            Syscall::VmInject => {
                let message: Msi = self.argument(task)?;
                message.delivery_mode().ok_or(Status::BadArgument)?;
                self.deliver_message(vm, message);
                Ok(0)
            }
            Syscall::VmStatus => {
                let status = self.vm_status(vm).ok_or(Status::BadSlot)?;
                self.answer(task, status.as_bytes());
                Ok(0)
            }
            Syscall::VcpuStatus => self.vcpu_status(task, vm, arguments[1]).map(|()| 0),
            Syscall::VcpuRead => self.vcpu_read(task, vm, arguments[1]).map(|()| 0),
            Syscall::VcpuWrite => self.vcpu_write(task, vm, arguments[1], arguments[2]).map(|()| 0),
            Syscall::VcpuApic => self.vcpu_apic(vm, arguments),
            _ => Err(Status::NoSuchCall),
        }
    }

    /// Contract: the slot names a VM with the right to manage. Returns when no vCPU is in the guest.
    pub(super) fn vm_stop(&mut self, task: u16, slot: Slot) -> Outcome {
        let vm = match self.vm_of(task, slot, VmRights::MANAGE) {
            Ok(vm) => vm,
            Err(status) => return Outcome::Done(status, 0),
        };
        if self.vms.get(usize::from(vm)).is_some_and(|vm| vm.stopper.is_some()) {
            return Outcome::Done(Status::WrongState, 0);
        }
        if self.stop_vm(vm, task) {
            return Outcome::Done(Status::Ok, 0);
        }
        if let Some(caller) = self.tasks.get_mut(usize::from(task)) {
            caller.phase = Phase::Stopping(vm);
        }
        self.block_current();
        Outcome::Elsewhere
    }

    fn vm_of(&self, task: u16, slot: Slot, right: VmRights) -> Result<u16, Status> {
        let record = self.slot_of(task, slot, SlotKind::Vm)?;
        let rights = VmRights::from_bits_truncate(record.argument);
        if rights.contains(right) { Ok(record.target) } else { Err(Status::NoRight) }
    }

    /// The struct that the task has put into its page.
    fn argument<T: FromBytes>(&mut self, task: u16) -> Result<T, Status> {
        let caller = self.tasks.get_mut(usize::from(task)).ok_or(Status::BadArgument)?;
        T::read_from_prefix(&caller.page().bulk).map(|(value, _)| value).map_err(|_| Status::BadArgument)
    }

    fn vm_route(&mut self, task: u16, vm: u16) -> Result<(), Status> {
        let route: Route = self.argument(task)?;
        let record = self.slot_of(task, route.target, SlotKind::Call)?;
        let patience = self.ticks(record.deadline_us);
        let target: &mut Vm = self.vms.get_mut(usize::from(vm)).ok_or(Status::BadSlot)?;
        let server = record.target;
        match route.space {
            space if space == RouteSpace::Port as u32 => {
                target.add_port(PortRoute { first: route.first, last: route.last, server, patience })
            }
            space if space == RouteSpace::Undecoded as u32 => {
                target.undecoded = Some(WholeRoute { server, patience });
                Ok(())
            }
            space if space == RouteSpace::InterruptAcknowledge as u32 => {
                target.acknowledge = Some(WholeRoute { server, patience });
                Ok(())
            }
            _ => Err(Status::BadArgument),
        }
    }

    fn vm_cpuid(&mut self, task: u16, vm: u16, first: u64, count: u64) -> Result<(), Status> {
        let (Ok(first), Ok(count)) = (usize::try_from(first), usize::try_from(count)) else {
            return Err(Status::BadArgument);
        };
        let end =
            first.checked_add(count).filter(|end| *end <= MAX_CPUID_ENTRIES).ok_or(Status::Exhausted)?;
        if count > CpuidEntry::PER_CALL {
            return Err(Status::BadArgument);
        }
        let caller = self.tasks.get_mut(usize::from(task)).ok_or(Status::BadArgument)?;
        let bulk = caller.page().bulk;
        let target = self.vms.get_mut(usize::from(vm)).ok_or(Status::BadSlot)?;
        if target.running || first > target.cpuid_count {
            return Err(Status::WrongState);
        }
        for (to, bytes) in
            target.cpuid.iter_mut().take(end).skip(first).zip(bulk.chunks(size_of::<CpuidEntry>()))
        {
            *to = CpuidEntry::read_from_bytes(bytes).map_err(|_| Status::BadArgument)?;
        }
        target.cpuid_count = end;
        Ok(())
    }

    /// The number of a vCPU of a VM across all VMs.
    fn vcpu_of(&self, vm: u16, local: u64) -> Result<u16, Status> {
        let range = self.vcpus_of(vm);
        u16::try_from(local)
            .ok()
            .and_then(|local| range.start.checked_add(local))
            .filter(|vcpu| range.contains(vcpu))
            .ok_or(Status::BadArgument)
    }

    fn vcpu_read(&mut self, task: u16, vm: u16, local: u64) -> Result<(), Status> {
        let id = self.vcpu_of(vm, local)?;
        self.save_stopped(id);
        let vcpu = self.vcpus.get(usize::from(id)).ok_or(Status::BadArgument)?;
        if vcpu.in_guest || !vcpu.saved {
            return Err(Status::WrongState);
        }
        let state = vcpu.state;
        self.answer(task, state.as_bytes());
        Ok(())
    }

    fn vcpu_status(&mut self, task: u16, vm: u16, local: u64) -> Result<(), Status> {
        let id = self.vcpu_of(vm, local)?;
        let vcpu = self.vcpus.get(usize::from(id)).ok_or(Status::BadArgument)?;
        let activity = match vcpu.phase {
            VcpuPhase::Running => Activity::Running as u32,
            VcpuPhase::Halted | VcpuPhase::HaltedDeaf => Activity::Halted as u32,
            VcpuPhase::WaitForSipi => Activity::WaitForSipi as u32,
            VcpuPhase::Stopped => Activity::Stopped as u32,
            VcpuPhase::Exited => VcpuStatus::EXITED,
        };
        let running = self.vms.get(usize::from(vm)).is_some_and(|vm| vm.running);
        let ran = self.scheduler.ran(ActorId::vcpu(id), crate::arch::cpu::tsc());
        let status = VcpuStatus { activity, running: u32::from(running), exits: vcpu.exits, ran };
        self.answer(task, status.as_bytes());
        Ok(())
    }

    fn vcpu_write(&mut self, task: u16, vm: u16, local: u64, groups: u64) -> Result<(), Status> {
        let id = self.vcpu_of(vm, local)?;
        let groups =
            u32::try_from(groups).ok().and_then(StateGroups::from_bits).ok_or(Status::BadArgument)?;
        let new: VcpuState = self.argument(task)?;
        if groups.contains(StateGroups::CONTROL) && new.efer & !EFER_ALLOWED != 0 {
            return Err(Status::BadArgument);
        }
        let vcpu = self.vcpus.get(usize::from(id)).ok_or(Status::BadArgument)?;
        let runs = self.vms.get(usize::from(vm)).is_some_and(|vm| vm.running);
        let own_exit = vcpu.phase == VcpuPhase::Exited && self.handles(task, id);
        if vcpu.in_guest || !vcpu.saved || runs && !own_exit {
            return Err(Status::WrongState);
        }
        self.stage(id, &new, groups);
        Ok(())
    }

    /// The task works on an exit of this vCPU.
    fn handles(&self, task: u16, vcpu: u16) -> bool {
        let under_way = self.tasks.get(usize::from(task)).map(|task| task.under_way);
        under_way == Some(UnderWay::Client(ActorId::vcpu(vcpu)))
    }

    fn vcpu_apic(&mut self, vm: u16, [_, local, offset, is_write, value]: Arguments) -> Result<u64, Status> {
        let id = self.vcpu_of(vm, local)?;
        let offset =
            u16::try_from(offset).ok().filter(|offset| *offset < 0x1000).ok_or(Status::BadArgument)?;
        let value = u32::try_from(value).map_err(|_| Status::BadArgument)?;
        let now = self.vcpu_time(id);
        let vcpu = self.vcpus.get_mut(usize::from(id)).ok_or(Status::BadArgument)?;
        if vcpu.apic.mode() != Mode::XApic {
            return Err(Status::WrongState);
        }
        if is_write == 0 {
            return Ok(u64::from(vcpu.apic.read(offset, now)));
        }
        if vcpu.phase == VcpuPhase::Exited {
            // With the reply, like the registers: one write an exit.
            if vcpu.staged.apic.is_some() {
                return Err(Status::Exhausted);
            }
            vcpu.staged.apic = Some((offset, value));
            return Ok(0);
        }
        let effects = vcpu.apic.write(offset, value, now);
        self.apply(id, effects);
        Ok(0)
    }
}
