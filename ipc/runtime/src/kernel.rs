//! The system calls, safe and typed.

use crate::page;
use crate::raw::{checked, system_call};
use bulkhead_abi::fault::{FaultRecord, TaskStatus};
use bulkhead_abi::id::{Generation, Slot, TaskId};
use bulkhead_abi::limits::{MAX_LEASES, MAX_LOG_LINE, MAX_MESSAGE};
use bulkhead_abi::message::{BULK, Lease};
use bulkhead_abi::msi::Msi;
use bulkhead_abi::syscall::{Status, Syscall};
use bulkhead_abi::vcpu::{StateGroups, VcpuState, VcpuStatus};
use bulkhead_abi::vm::{CpuidEntry, Route, VmStatus};
use bulkhead_protocol::{CallError, Transport};
use zerocopy::{FromBytes, IntoBytes};

/// The core, as a task talks to it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kernel;

impl Transport for Kernel {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        Self.call_with(slot, request, &[], 0, reply)
    }
}

impl Kernel {
    /// Calls with leases and a deadline (absolute time stamp, 0 for the slot's own).
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call_with(
        self,
        slot: Slot,
        request: &[u8],
        leases: &[Lease],
        deadline: u64,
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        if request.len() > MAX_MESSAGE || leases.len() > MAX_LEASES {
            return Err(CallError::Core(Status::BadArgument));
        }
        page::with(|page| {
            for (to, from) in page.send.message.iter_mut().zip(request) {
                *to = *from;
            }
            for (to, from) in page.send.leases.iter_mut().zip(leases) {
                *to = *from;
            }
        });
        let arguments = [u64::from(slot.0), request.len() as u64, leases.len() as u64, deadline, 0];
        let (status, value) = system_call(Syscall::Call, arguments);
        match status {
            Status::Ok => {
                *reply = page::with(|page| page.reply);
                Ok(usize::try_from(value).unwrap_or(0).min(MAX_MESSAGE))
            }
            Status::PeerDied => {
                Err(CallError::PeerDied(Generation(u32::try_from(value).unwrap_or(u32::MAX))))
            }
            Status::PeerDead => Err(CallError::PeerDead),
            Status::DeadlinePassed => Err(CallError::DeadlinePassed),
            Status::Malformed => Err(CallError::Refused),
            other => Err(CallError::Core(other)),
        }
    }

    /// Signals through a notify slot.
    ///
    /// # Errors
    /// The slot is not one for notifications.
    pub fn notify(self, slot: Slot) -> Result<(), Status> {
        checked(system_call(Syscall::Notify, [u64::from(slot.0), 0, 0, 0, 0])).map(|_| ())
    }

    /// Blocks until a bit of `mask` is signalled, and takes the signalled bits of `mask`.
    ///
    /// # Errors
    /// The deadline (absolute time stamp, 0 for none) passed.
    pub fn wait(self, mask: u64, deadline: u64) -> Result<u64, Status> {
        checked(system_call(Syscall::Wait, [mask, deadline, 0, 0, 0]))
    }

    /// Copies from what the current caller lent.
    ///
    /// # Errors
    /// There is no such lease, or it is shorter, or not readable.
    pub fn lease_read(self, lease: u32, offset: u32, into: &mut [u8]) -> Result<(), Status> {
        let address = into.as_mut_ptr() as u64;
        let arguments = [u64::from(lease), u64::from(offset), address, into.len() as u64, 0];
        checked(system_call(Syscall::LeaseRead, arguments)).map(|_| ())
    }

    /// Copies into what the current caller lent.
    ///
    /// # Errors
    /// There is no such lease, or it is shorter, or not writable.
    pub fn lease_write(self, lease: u32, offset: u32, from: &[u8]) -> Result<(), Status> {
        let arguments = [u64::from(lease), u64::from(offset), from.as_ptr() as u64, from.len() as u64, 0];
        checked(system_call(Syscall::LeaseWrite, arguments)).map(|_| ())
    }

    /// Lets a physical interrupt come again.
    ///
    /// # Errors
    /// The slot is not one for an interrupt.
    pub fn irq_ack(self, slot: Slot) -> Result<(), Status> {
        checked(system_call(Syscall::IrqAck, [u64::from(slot.0), 0, 0, 0, 0])).map(|_| ())
    }

    /// Appends a line to the system's log; longer lines are cut.
    pub fn log(self, line: &[u8], level: u8) {
        let length = line.len().min(MAX_LOG_LINE);
        page::with(|page| {
            for (to, from) in page.send.log.iter_mut().zip(line) {
                *to = *from;
            }
        });
        let _ = system_call(Syscall::Log, [length as u64, u64::from(level), 0, 0, 0]);
    }

    /// Log text from this stream position on: where the text begins (later than asked if it was overwritten), and
    /// its length. The text is in `into`.
    ///
    /// # Errors
    /// The slot does not give this right.
    pub fn log_read(self, slot: Slot, position: u64, into: &mut [u8; BULK]) -> Result<(u64, usize), Status> {
        let length = checked(system_call(Syscall::LogRead, [u64::from(slot.0), position, 0, 0, 0]))?;
        // The first eight bytes of the answer are the position of the text behind them.
        let bulk = page::with(|page| page.reply_bulk);
        let length = usize::try_from(length).unwrap_or(0).min(BULK - 8);
        let (start, text) = bulk.split_at(8);
        for (to, from) in into.iter_mut().zip(text.iter().take(length)) {
            *to = *from;
        }
        let mut first = [0; 8];
        first.copy_from_slice(start);
        Ok((u64::from_le_bytes(first), length))
    }

    /// Puts all vCPUs, lines, local APICs and routes of a VM into their power-on state. The VM must not run. Its time
    /// goes back to zero unless `keeps_time`. `mark` is part of its status from then on.
    ///
    /// # Errors
    /// No right, or the VM runs.
    pub fn vm_reset(self, vm: Slot, keeps_time: bool, mark: u64) -> Result<(), Status> {
        checked(system_call(Syscall::VmReset, [u64::from(vm.0), u64::from(keeps_time), mark, 0, 0]))
            .map(|_| ())
    }

    /// Installs a route.
    ///
    /// # Errors
    /// No right, no such target, or the table is full.
    pub fn vm_route(self, vm: Slot, route: &Route) -> Result<(), Status> {
        put(route);
        Self::vm_call(Syscall::VmRoute, vm)
    }

    /// Replaces the VM's CPUID table.
    ///
    /// # Errors
    /// No right, or too many entries.
    pub fn vm_cpuid(self, vm: Slot, entries: &[CpuidEntry]) -> Result<(), Status> {
        let mut first = 0u64;
        for chunk in entries.chunks(CpuidEntry::PER_CALL) {
            page::with(|page| {
                let _ =
                    page.bulk.get_mut(..size_of_val(chunk)).map(|to| to.copy_from_slice(chunk.as_bytes()));
            });
            let arguments = [u64::from(vm.0), first, chunk.len() as u64, 0, 0];
            checked(system_call(Syscall::VmCpuid, arguments))?;
            first = first.saturating_add(chunk.len() as u64);
        }
        Ok(())
    }

    /// Lets the VM's vCPUs run.
    ///
    /// # Errors
    /// No right, or it runs already.
    pub fn vm_run(self, vm: Slot) -> Result<(), Status> {
        Self::vm_call(Syscall::VmRun, vm)
    }

    /// Stops the VM's vCPUs; none is in the guest when this returns.
    ///
    /// # Errors
    /// No right.
    pub fn vm_stop(self, vm: Slot) -> Result<(), Status> {
        Self::vm_call(Syscall::VmStop, vm)
    }

    /// Delivers an interrupt message to a VM.
    ///
    /// # Errors
    /// No right, or the message is none.
    pub fn vm_inject(self, vm: Slot, message: Msi) -> Result<(), Status> {
        put(&message);
        Self::vm_call(Syscall::VmInject, vm)
    }

    /// Events of a VM since its last reset, and its state.
    ///
    /// # Errors
    /// No right.
    pub fn vm_status(self, vm: Slot) -> Result<VmStatus, Status> {
        Self::vm_call(Syscall::VmStatus, vm)?;
        take()
    }

    /// The registers of a vCPU (its number within the VM) that is not in the guest.
    ///
    /// # Errors
    /// No right, no such vCPU, or it runs.
    pub fn vcpu_read(self, vm: Slot, vcpu: u16) -> Result<VcpuState, Status> {
        checked(system_call(Syscall::VcpuRead, [u64::from(vm.0), u64::from(vcpu), 0, 0, 0]))?;
        take()
    }

    /// Sets groups of registers of a vCPU that is not in the guest.
    ///
    /// # Errors
    /// No right, no such vCPU, or it runs.
    pub fn vcpu_write(
        self,
        vm: Slot,
        vcpu: u16,
        state: &VcpuState,
        groups: StateGroups,
    ) -> Result<(), Status> {
        put(state);
        let arguments = [u64::from(vm.0), u64::from(vcpu), u64::from(groups.bits()), 0, 0];
        checked(system_call(Syscall::VcpuWrite, arguments)).map(|_| ())
    }

    /// A 32-bit access to a vCPU's local APIC page on its behalf.
    ///
    /// # Errors
    /// No right, no such vCPU, or its APIC is not in xAPIC mode.
    pub fn vcpu_apic(self, vm: Slot, vcpu: u16, offset: u16, write: Option<u32>) -> Result<u32, Status> {
        let (is_write, value) = write.map_or((0, 0), |value| (1, u64::from(value)));
        let arguments = [u64::from(vm.0), u64::from(vcpu), u64::from(offset), is_write, value];
        checked(system_call(Syscall::VcpuApic, arguments))
            .map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    }

    /// What a vCPU (its number within the VM) is doing.
    ///
    /// # Errors
    /// No right, or no such vCPU.
    pub fn vcpu_status(self, vm: Slot, vcpu: u16) -> Result<VcpuStatus, Status> {
        checked(system_call(Syscall::VcpuStatus, [u64::from(vm.0), u64::from(vcpu), 0, 0, 0]))?;
        take()
    }

    /// What a task is doing, and how far a page of its stack, counted from the low end, was never used. The slot is
    /// one to supervise or to inspect.
    ///
    /// # Errors
    /// No right, or no such task.
    pub fn task_status(self, slot: Slot, task: TaskId, stack_page: u32) -> Result<TaskStatus, Status> {
        let arguments = [u64::from(slot.0), u64::from(task.0), u64::from(stack_page), 0, 0];
        checked(system_call(Syscall::TaskStatus, arguments))?;
        take()
    }

    /// The remains of a faulted task.
    ///
    /// # Errors
    /// No right, no such task, or it is not faulted.
    pub fn task_fault(self, supervise: Slot, task: TaskId) -> Result<FaultRecord, Status> {
        checked(system_call(Syscall::TaskFault, [u64::from(supervise.0), u64::from(task.0), 0, 0, 0]))?;
        take()
    }

    /// Starts a faulted task's next life; a `fresh` one finds no committed state, as at boot.
    ///
    /// # Errors
    /// No right, no such task, or it is not faulted.
    pub fn task_restart(self, supervise: Slot, task: TaskId, fresh: bool) -> Result<(), Status> {
        let arguments = [u64::from(supervise.0), u64::from(task.0), u64::from(fresh), 0, 0];
        checked(system_call(Syscall::TaskRestart, arguments)).map(|_| ())
    }

    /// Ends this task. The supervisor finds the code in its remains.
    pub fn exit(self, code: u32) -> ! {
        loop {
            let _ = system_call(Syscall::Exit, [u64::from(code), 0, 0, 0, 0]);
        }
    }

    /// Powers the machine off; `code` is told to an emulator that can pass it on.
    pub fn power_off(self, platform: Slot, code: u8) -> Status {
        system_call(Syscall::PowerOff, [u64::from(platform.0), u64::from(code), 0, 0, 0]).0
    }

    fn vm_call(call: Syscall, vm: Slot) -> Result<(), Status> {
        checked(system_call(call, [u64::from(vm.0), 0, 0, 0, 0])).map(|_| ())
    }
}

/// Puts a struct where the core looks for it.
fn put<T: IntoBytes + zerocopy::Immutable>(value: &T) {
    page::with(|page| {
        let _ = page.bulk.get_mut(..size_of::<T>()).map(|to| to.copy_from_slice(value.as_bytes()));
    });
}

/// Takes the struct that the core has put into the page.
fn take<T: FromBytes>() -> Result<T, Status> {
    page::with(|page| {
        T::read_from_prefix(&page.reply_bulk).map(|(value, _)| value).map_err(|_| Status::BadArgument)
    })
}
