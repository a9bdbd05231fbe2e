//! `task_status`, `task_fault`, `task_restart`, `power_off`, `irq_ack`, `exit`, `panic`.

use super::{Arguments, Outcome};
use crate::arch::power;
use crate::system::{Phase, System};
use bulkhead_abi::fault::FaultKind;
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::SlotKind;
use bulkhead_abi::limits::MAX_LOG_LINE;
use bulkhead_abi::message::LOG_MARKS;
use bulkhead_abi::syscall::{Status, Syscall};
use zerocopy::IntoBytes;

impl System {
    /// Contract: the slot has the right to supervise, or to inspect if it is only the status; the task exists, and is faulted where that is the subject.
    pub(super) fn supervise(
        &mut self,
        task: u16,
        slot: Slot,
        call: Syscall,
        [_, target, detail, _, _]: Arguments,
    ) -> Result<u64, Status> {
        let may_look = call == Syscall::TaskStatus && self.slot_of(task, slot, SlotKind::Inspect).is_ok();
        if !may_look {
            self.slot_of(task, slot, SlotKind::Supervise)?;
        }
        let target = u16::try_from(target).map_err(|_| Status::BadArgument)?;
        let phase = self.tasks.get(usize::from(target)).map_or(Phase::Absent, |target| target.phase);
        if phase == Phase::Absent {
            return Err(Status::BadArgument);
        }
        match call {
            Syscall::TaskStatus => {
                let status = self.task_status(target, detail).ok_or(Status::BadArgument)?;
                self.answer(task, status.as_bytes());
                Ok(0)
            }
            Syscall::TaskFault => {
                if phase != Phase::Faulted {
                    return Err(Status::WrongState);
                }
                let record = *self.tasks.get_mut(usize::from(target)).ok_or(Status::BadArgument)?.record();
                self.answer(task, record.as_bytes());
                Ok(0)
            }
            _ => match self.restart_task(target, detail != 0) {
                Status::Ok => Ok(0),
                status => Err(status),
            },
        }
    }

    /// Puts a struct where the task looks for it.
    pub(super) fn answer(&mut self, task: u16, bytes: &[u8]) {
        if let Some(caller) = self.tasks.get_mut(usize::from(task)) {
            for (to, from) in caller.page().reply_bulk.iter_mut().zip(bytes) {
                *to = *from;
            }
        }
    }

    /// Contract: the slot is the platform's.
    pub(super) fn power_off(&mut self, task: u16, slot: Slot, code: u64) -> Result<u64, Status> {
        self.slot_of(task, slot, SlotKind::Platform)?;
        self.log.print_unread();
        crate::arch::apic::send_to_others(crate::arch::apic::STOP_VECTOR);
        power::off(u8::try_from(code).unwrap_or(u8::MAX))
    }

    /// Contract: the slot is one for an interrupt.
    pub(super) fn irq_ack(&mut self, task: u16, slot: Slot) -> Result<u64, Status> {
        let record = self.slot_of(task, slot, SlotKind::Irq)?;
        let irq = self.irqs.get(usize::from(record.target)).copied().ok_or(Status::BadSlot)?;
        if irq.wire.level {
            self.io_apic.set_mask(irq.wire, false);
        }
        Ok(0)
    }

    pub(super) fn exit(&mut self, task: u16, code: u64) -> Outcome {
        self.fault_task(task, FaultKind::Exited, (code & 0xffff_ffff) as u32);
        Outcome::Elsewhere
    }

    pub(super) fn panicked(&mut self, task: u16, length: u64) -> Outcome {
        let length = usize::try_from(length).unwrap_or(0).min(MAX_LOG_LINE);
        let name = self.task_name(task);
        if let Some(caller) = self.tasks.get_mut(usize::from(task)) {
            let text = caller.page().send.log;
            self.log.line(name, b"panicked:", *LOG_MARKS.start());
            self.log.line(name, text.get(..length).unwrap_or(&[]), *LOG_MARKS.start());
        }
        self.fault_task(task, FaultKind::Panic, u32::try_from(length).unwrap_or(u32::MAX));
        Outcome::Elsewhere
    }
}
