//! System calls: every entry of a task into the core, by its number.

mod lease;
mod messages;
mod supervise;
mod system_log;
mod vms;

use crate::arch::context::register;
use crate::arch::entry::CAUSE_SYSCALL;
use crate::arch::{apic, cpu, percpu};
use crate::system::{self, Next, System};
use crate::vcpu;
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::{SlotKind, SlotRecord};
use bulkhead_abi::syscall::{Status, Syscall};
use spin::mutex::SpinMutexGuard as MutexGuard;

/// How a system call leaves its task.
pub(crate) enum Outcome {
    /// It goes on with this result.
    Done(Status, u64),
    /// It is blocked, faulted or gone; whoever wakes it sets the result.
    Elsewhere,
}

impl From<Result<u64, Status>> for Outcome {
    fn from(result: Result<u64, Status>) -> Self {
        match result {
            Ok(value) => Self::Done(Status::Ok, value),
            Err(status) => Self::Done(status, 0),
        }
    }
}

/// Arguments of a system call.
pub(crate) type Arguments = [u64; 5];

/// Every entry from ring 3 comes here, and returns when the context that the per-CPU block names is to be resumed.
#[unsafe(no_mangle)]
extern "C" fn core_enter(cause: u64, error: u64) {
    let mut system = system::lock();
    system.left_ring3();
    if cause == CAUSE_SYSCALL {
        system.system_call();
    } else if cause >= 32 {
        if cause < u64::from(apic::DEVICE_VECTORS) {
            apic::end_of_interrupt();
        }
        system.vector(cause);
    } else if cause != 2 {
        system.exception((cause & 0xff) as u8, error);
    }
    work(system);
}

/// Runs vCPUs and waits, until a task is to be resumed. The lock is released for that.
pub(crate) fn work(mut system: MutexGuard<'static, System>) {
    loop {
        system.take_vectors();
        match system.schedule() {
            Next::Task => return,
            Next::Vcpu(id) => system = vcpu::run(system, id),
            Next::Idle => {
                drop(system);
                cpu::idle();
                system = system::lock();
            }
        }
    }
}

impl System {
    /// Handles the vectors that were recorded in windows of ring 0.
    fn take_vectors(&mut self) {
        if !percpu::any_pending() {
            return;
        }
        for (word, base) in percpu::take_pending().into_iter().zip((0u64..).step_by(64)) {
            let mut rest = word;
            while rest != 0 {
                self.vector(base + u64::from(rest.trailing_zeros()));
                rest &= rest - 1;
            }
        }
    }

    /// An interrupt of the physical machine.
    fn vector(&mut self, vector: u64) {
        let vector = (vector & 0xff) as u8;
        if vector == apic::TIMER_VECTOR {
            self.look_at_deadlines();
        } else if vector == apic::STOP_VECTOR {
            cpu::halt();
        } else if vector != apic::SPURIOUS_VECTOR && vector >= apic::DEVICE_VECTORS {
            let irq = self.irqs.iter().copied().find(|irq| irq.vector == vector);
            if let Some(irq) = irq.filter(|irq| irq.wire.level) {
                self.io_apic.set_mask(irq.wire, true);
            }
            apic::end_of_interrupt();
            if let Some(irq) = irq {
                if let Some(task) = self.tasks.get_mut(usize::from(irq.task)) {
                    task.interrupts += 1;
                }
                self.notify(irq.task, 1 << irq.bit);
            }
        }
    }

    fn system_call(&mut self) {
        let task = self.current_task();
        let Some(caller) = self.tasks.get_mut(usize::from(task)) else { return };
        let gpr = &caller.context().gpr;
        let number = gpr[register::RAX];
        let arguments = [register::RDI, register::RSI, register::RDX, register::R10, register::R8]
            .map(|index| gpr[index]);
        let outcome = match Syscall::from_number(number) {
            None => Outcome::Done(Status::NoSuchCall, 0),
            Some(call) => self.dispatch(task, call, arguments),
        };
        if let Outcome::Done(status, value) = outcome
            && let Some(caller) = self.tasks.get_mut(usize::from(task))
        {
            caller.context().set_result(u64::from(status as u32), value);
        }
    }

    fn dispatch(&mut self, task: u16, call: Syscall, arguments: Arguments) -> Outcome {
        let slot = Slot(u16::try_from(arguments[0]).unwrap_or(u16::MAX));
        match call {
            Syscall::Call => self.call(task, slot, arguments),
            Syscall::Recv => self.recv(task, arguments[0]),
            Syscall::ReplyRecv => self.reply_recv(task, arguments),
            Syscall::Notify => self.notify_slot(task, slot).into(),
            Syscall::Wait => self.wait(task, arguments[0], arguments[1]),
            Syscall::LeaseRead => self.lease(task, arguments, false).into(),
            Syscall::LeaseWrite => self.lease(task, arguments, true).into(),
            Syscall::IrqAck => self.irq_ack(task, slot).into(),
            Syscall::Log => self.log_line(task, arguments[0], arguments[1]).into(),
            Syscall::LogRead => self.log_read(task, slot, arguments[1]).into(),
            Syscall::VmReset
            | Syscall::VmRoute
            | Syscall::VmCpuid
            | Syscall::VmRun
            | Syscall::VmInject
            | Syscall::VcpuRead
            | Syscall::VcpuWrite
            | Syscall::VmStatus
            | Syscall::VcpuStatus
            | Syscall::VcpuApic => self.vm_call(task, slot, call, arguments).into(),
            Syscall::VmStop => self.vm_stop(task, slot),
            Syscall::TaskStatus | Syscall::TaskFault | Syscall::TaskRestart => {
                self.supervise(task, slot, call, arguments).into()
            }
            Syscall::PowerOff => self.power_off(task, slot, arguments[1]).into(),
            Syscall::Exit => self.exit(task, arguments[0]),
            Syscall::Panic => self.panicked(task, arguments[0]),
        }
    }

    /// A slot of this kind, or whose fault it is that there is none.
    fn slot_of(&self, task: u16, slot: Slot, kind: SlotKind) -> Result<&'static SlotRecord, Status> {
        self.slot(task, slot).filter(|record| record.kind == kind as u16).ok_or(Status::BadSlot)
    }
}
