//! The end of a task's life, and the start of the next.

use super::{Phase, System, UnderWay};
use crate::arch::cpu;
use crate::memory::direct;
use bulkhead_abi::fault::{FaultKind, FaultRecord, TaskPhase, TaskStatus};
use bulkhead_abi::id::{CpuId, Generation, TaskId};
use bulkhead_abi::image::NONE;
use bulkhead_abi::layout::{STACK_END, START_INFO, StartInfo};
use bulkhead_abi::limits::MAX_COMMITTED;
use bulkhead_abi::syscall::Status;
use bulkhead_model::sched::{ActorId, ActorKind};
use zerocopy::FromZeros;

/// Lives of the supervisor in a row that may end without having ended an event or waited for one. One that goes on like that
/// would keep its CPU for itself.
const FRUITLESS_LIVES: u32 = 100;
/// How long the start of a life may take, in microseconds: until its first `recv` or `wait`.
const START_BOUND_US: u32 = 60_000_000;
/// Bit of the supervisor's notification word for faults.
const FAULT_BIT: u64 = 1;

impl System {
    /// Stops a task for good: records why, tells its clients and the supervisor.
    pub(crate) fn fault_task(&mut self, task: u16, kind: FaultKind, code: u32) {
        let home = self.scheduler.cpu(ActorId::task(task));
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        if matches!(target.phase, Phase::Faulted | Phase::Absent) {
            return;
        }
        target.phase = Phase::Faulted;
        target.fruitless = target.fruitless.saturating_add(1);
        let fruitless = target.fruitless;
        target.fault = kind;
        target.deadline = 0;
        target.event_due = 0;
        self.record_fault(task, kind, code);
        self.scheduler.remove(ActorId::task(task));
        self.abandon(ActorId::task(task));
        for vm in &mut self.vms {
            if vm.stopper == Some(task) {
                vm.stopper = None;
            }
        }
        if self.scheduler.current(home) == Some(ActorId::task(task)) {
            self.scheduler.block(home);
            self.ask_to_look(home);
        }
        self.fail_clients(task);
        let name = self.task_name(task);
        self.saw_fault(task, kind);
        self.say(format_args!("task {name} stopped: {kind:?} {code:#x}"));
        if task == self.supervisor {
            // Stateless: it finds everything by looking.
            if fruitless <= FRUITLESS_LIVES {
                self.restart_task(task, false);
            } else {
                self.say(format_args!("the supervisor stays dead; no task will be restarted"));
            }
        } else {
            self.notify(self.supervisor, FAULT_BIT);
        }
    }

    /// A task's name.
    pub(crate) fn task_name(&self, task: u16) -> &'static str {
        self.image
            .as_ref()
            .and_then(|image| image.tasks().get(usize::from(task)))
            .map_or("?", |record| bulkhead_abi::image::name_text(&record.name))
    }

    /// A VM's name.
    pub(crate) fn vm_name(&self, vm: u16) -> &'static str {
        self.image
            .as_ref()
            .and_then(|image| image.vms().get(usize::from(vm)))
            .map_or("?", |record| bulkhead_abi::image::name_text(&record.name))
    }

    fn record_fault(&mut self, task: u16, kind: FaultKind, code: u32) {
        let home = self.scheduler.cpu(ActorId::task(task));
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        let context = target.context();
        let (gpr, rip, rflags, cr2) = (context.gpr, context.rip, context.rflags, context.cr2);
        // The entry code keeps registers in the order of their encoding; the record in the order of the alphabet.
        let order = [0, 3, 1, 2, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15];
        let mut stack = [0u64; 16];
        let pointer = gpr[4] & !7;
        for (word, offset) in stack.iter_mut().zip((0u64..).step_by(8)) {
            if let Some(phys) = target.memory.locate(pointer.wrapping_add(offset), 8, true) {
                // SAFETY: eight aligned bytes of the task's own memory, which lies in the arena.
                *word = unsafe { direct::<u64>(phys).read_unaligned() };
            }
        }
        let (under_way, token, generation) = (target.under_way, target.token, target.generation);
        let page = target.page();
        let mut record = FaultRecord::new_zeroed();
        record.kind = kind as u32;
        record.code = code;
        record.address = cr2;
        record.time = cpu::tsc();
        for (to, from) in record.registers.iter_mut().zip(order) {
            *to = gpr[from];
        }
        record.rip = rip;
        record.rflags = rflags;
        record.stack = stack;
        record.task = TaskId(task);
        record.cpu = CpuId(u16::from(home));
        record.generation = Generation(generation);
        if under_way != UnderWay::Nothing {
            record.event_kind = page.event.kind;
            record.event_interface = u32::from(page.event.interface);
            record.event_length = page.event.length;
            record.event_flags = page.event.flags;
            record.event_token = token;
            record.event_message = page.event.message;
        }
        if kind == FaultKind::Panic {
            let length = code as usize;
            for (to, from) in record.text.iter_mut().zip(page.send.log.iter().take(length)) {
                *to = *from;
            }
        }
        *target.record() = record;
    }

    /// Puts the error code of an exception into the record just made.
    pub(crate) fn set_fault_error(&mut self, task: u16, error: u64) {
        if let Some(target) = self.tasks.get_mut(usize::from(task)) {
            target.record().error = error;
        }
    }

    /// Is this address in the guard below the task's stack?
    pub(crate) fn in_stack_guard(&self, task: u16, address: u64) -> bool {
        let pages = self
            .image
            .as_ref()
            .and_then(|image| image.tasks().get(usize::from(task)))
            .map_or(0, |record| u64::from(record.stack_pages));
        let bottom = STACK_END - pages * 4096;
        (START_INFO + 4096..bottom).contains(&address)
    }

    /// Starts a faulted task's next life: its memory as at boot, its committed state as the last life left it, or none
    /// if it is to start fresh.
    pub(crate) fn restart_task(&mut self, task: u16, fresh: bool) -> Status {
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return Status::BadArgument };
        if target.phase != Phase::Faulted {
            return Status::WrongState;
        }
        // A CPU that still runs it was told to stop; until it has, its memory must not change under it.
        if target.in_ring3 {
            target.restart = Some(fresh);
            return Status::Ok;
        }
        target.restart = None;
        target.generation += 1;
        if fresh {
            target.committed = 0;
            // SAFETY: the committed state is MAX_COMMITTED bytes of the arena that only the core writes.
            unsafe { core::ptr::write_bytes(direct::<u8>(target.memory.committed), 0, MAX_COMMITTED) };
        }
        self.begin_life(task);
        Status::Ok
    }

    /// Fills a task's memory and makes it ready. The task must not run.
    pub(crate) fn begin_life(&mut self, task: u16) {
        let Some(image) = self.image else { return };
        let (tsc_hz, tsc_boot) = (self.tsc_hz, self.tsc_boot);
        let bound = self.ticks(START_BOUND_US);
        let Some(record) = image.tasks().get(usize::from(task)) else { return };
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        target.memory.fill(&image, record);
        let (from, to) = (direct::<u8>(target.memory.committed), direct::<u8>(target.memory.committed_view));
        // SAFETY: both are MAX_COMMITTED bytes of the arena, apart from each other.
        unsafe { core::ptr::copy_nonoverlapping(from, to, MAX_COMMITTED) };
        let info = StartInfo {
            tsc_hz,
            tsc_boot,
            config_len: record.config_length,
            committed_len: target.committed,
            generation: Generation(target.generation),
            task: TaskId(task),
            reserved: 0,
            name: record.name,
        };
        // SAFETY: an arena page that belongs to the task, which does not run.
        unsafe { direct::<StartInfo>(target.memory.start_info).write(info) };
        target.context().start(record.entry, STACK_END);
        target.fault = FaultKind::None;
        target.started = cpu::tsc();
        target.event_due = target.started.saturating_add(bound);
        let due = target.event_due;
        self.saw_life_begin(task);
        self.make_runnable(task);
        self.arm(self.scheduler.cpu(ActorId::task(task)), due);
    }

    /// What the supervisor sees of a task.
    /// `page` is one of the task's stack.
    pub(crate) fn task_status(&mut self, task: u16, page: u64) -> Option<TaskStatus> {
        let actor = ActorId::task(task);
        let cpu = self.scheduler.cpu(actor);
        let record = self.image.as_ref()?.tasks().get(usize::from(task))?;
        let target = self.tasks.get(usize::from(task))?;
        let phase = match target.phase {
            Phase::Absent => TaskPhase::Absent,
            Phase::Runnable => TaskPhase::Runnable,
            Phase::Receiving | Phase::Waiting(_) => TaskPhase::Waiting,
            Phase::Calling | Phase::Stopping(_) => TaskPhase::Calling,
            Phase::Faulted => TaskPhase::Faulted,
        };
        Some(TaskStatus {
            phase: phase as u32,
            fault: target.fault as u32,
            generation: Generation(target.generation),
            task: TaskId(task),
            cpu: CpuId(u16::from(cpu)),
            started: target.started,
            ran: self.scheduler.ran(actor, crate::arch::cpu::tsc()),
            interrupts: target.interrupts,
            priority: u32::from(self.scheduler.priority(actor)),
            stack_pages: record.stack_pages,
            stack_untouched: target.memory.untouched(page),
            slots: u32::try_from(target.slots.len()).unwrap_or(u32::MAX),
            name: record.name,
        })
    }

    /// An exception of the task that runs on this CPU.
    pub(crate) fn exception(&mut self, vector: u8, error: u64) {
        let current = self.current().map(ActorId::kind);
        let Some(ActorKind::Task(task)) = current else { return };
        let address = self.tasks.get_mut(usize::from(task)).map_or(0, |task| task.context().cr2);
        let kind = if vector == 14 && self.in_stack_guard(task, address) {
            FaultKind::StackOverflow
        } else {
            FaultKind::Exception
        };
        self.fault_task(task, kind, u32::from(vector));
        self.set_fault_error(task, error);
    }

    /// The task that runs on this CPU.
    pub(crate) fn current_task(&self) -> u16 {
        match self.current().map(ActorId::kind) {
            Some(ActorKind::Task(task)) => task,
            _ => NONE,
        }
    }
}
