//! Everything that the core knows, behind one lock.
//!
//! The lock is taken at the entry and released before a task or a guest runs. Every operation under it is bounded, so
//! nobody waits long; in exchange every part of the core works on plain `&mut` data.

mod client;
mod commit;
mod deadline;
mod deliver;
mod fault;
mod lines;
mod reply;
mod schedule;
pub(crate) mod start;
mod task;
mod vm;

pub(crate) use client::{Calling, ClientState};
pub(crate) use lines::INTR_LINE;
pub(crate) use schedule::Next;
pub(crate) use task::{Phase, Signals, Task, UnderWay};
pub(crate) use vm::{PortRoute, Vm, WholeRoute};

use crate::arch::io_apic::{IoApic, Wire};
use crate::image::Image;
use crate::inject::Injector;
use crate::log::Log;
use crate::vcpu::Vcpu;
use crate::virt::{Backend, SharedPages};
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::{NONE, SlotRecord};
use bulkhead_abi::limits::{MAX_CPUS, MAX_TASKS, MAX_VCPUS, MAX_VMS};
use bulkhead_model::lists::Lists;
use bulkhead_model::sched::{MAX_ACTORS, Scheduler};
use spin::mutex::{SpinMutex as Mutex, SpinMutexGuard as MutexGuard};

/// A physical CPU.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cpu {
    /// The vCPU whose registers the CPU holds.
    pub(crate) loaded: Option<u16>,
    /// The task that it runs in ring 3, while it does.
    pub(crate) ring3: Option<u16>,
    /// Task whose page tables are active.
    pub(crate) space: Option<u16>,
    /// When the timer fires; `u64::MAX` if it is not armed.
    pub(crate) armed: u64,
    /// Identifier of its local APIC.
    pub(crate) apic_id: u8,
    /// It runs the core's loop.
    pub(crate) online: bool,
}

/// A physical interrupt that a task handles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Irq {
    /// How it arrives.
    pub(crate) wire: Wire,
    /// Its vector; 0 if there is none.
    pub(crate) vector: u8,
    /// Who handles it, by which bit.
    pub(crate) task: u16,
    pub(crate) bit: u16,
}

/// Interrupts that tasks can handle.
const MAX_IRQS: usize = 16;

/// All objects.
pub(crate) struct System {
    pub(crate) image: Option<Image>,
    pub(crate) backend: Option<&'static dyn Backend>,
    pub(crate) shared: Option<SharedPages>,
    pub(crate) io_apic: IoApic,
    pub(crate) irqs: [Irq; MAX_IRQS],
    pub(crate) tsc_hz: u64,
    pub(crate) tsc_boot: u64,
    pub(crate) cpus: [Cpu; MAX_CPUS],
    pub(crate) scheduler: Scheduler,
    /// vCPUs that their CPUs are to save, because their VM is being stopped: bit n is vCPU n.
    pub(crate) saves: u32,
    /// Who waits to be received by each task.
    pub(crate) senders: Lists<MAX_ACTORS, MAX_TASKS>,
    pub(crate) clients: [ClientState; MAX_ACTORS],
    pub(crate) tasks: [Task; MAX_TASKS],
    pub(crate) vcpus: [Vcpu; MAX_VCPUS],
    pub(crate) vms: [Vm; MAX_VMS],
    pub(crate) log: Log,
    /// Who reads the log, and the bit that says that there is more.
    pub(crate) log_reader: Option<(u16, u32)>,
    /// Who hears of faults.
    pub(crate) supervisor: u16,
    /// Faults on purpose; nothing in a production core.
    #[cfg_attr(not(feature = "inject"), expect(dead_code, reason = "only cores with fault injection look"))]
    pub(crate) injector: Injector,
}

// SAFETY: the raw pointers in it lead to arena memory that no thread owns; they are used under the lock, or by the one
// CPU that an object is pinned to, as each pointer's documentation says.
unsafe impl Send for System {}

impl System {
    const fn new() -> Self {
        const WIRE: Wire = Wire { gsi: 0, level: false, low: false };
        Self {
            image: None,
            backend: None,
            shared: None,
            io_apic: IoApic { base: 0, first: 0 },
            irqs: [Irq { wire: WIRE, vector: 0, task: NONE, bit: 0 }; MAX_IRQS],
            tsc_hz: 1,
            tsc_boot: 0,
            cpus: [Cpu { loaded: None, ring3: None, space: None, armed: u64::MAX, apic_id: 0, online: false };
                MAX_CPUS],
            scheduler: Scheduler::new(),
            saves: 0,
            senders: Lists::new(),
            clients: [ClientState::NONE; MAX_ACTORS],
            tasks: [const { Task::new() }; MAX_TASKS],
            vcpus: [const { Vcpu::new() }; MAX_VCPUS],
            vms: [const { Vm::new() }; MAX_VMS],
            log: Log::new(),
            log_reader: None,
            supervisor: NONE,
            injector: Injector::new(),
        }
    }

    /// Time-stamp ticks in so many microseconds.
    pub(crate) const fn ticks(&self, microseconds: u32) -> u64 {
        self.tsc_hz / 1_000_000 * microseconds as u64
    }

    /// The record of a task's slot.
    pub(crate) fn slot(&self, task: u16, slot: Slot) -> Option<&'static SlotRecord> {
        self.tasks.get(usize::from(task))?.slots.get(slot.index())
    }

    /// A line of the core's own in the log.
    pub(crate) fn say(&mut self, text: core::fmt::Arguments<'_>) {
        self.log.core_line(text);
        self.log_grew();
    }

    /// Tells the log's reader that there is more.
    pub(crate) fn log_grew(&mut self) {
        if let Some((reader, bit)) = self.log_reader {
            self.notify(reader, 1 << bit);
        }
    }
}

static SYSTEM: Mutex<System> = Mutex::new(System::new());

/// Takes the lock.
pub(crate) fn lock() -> MutexGuard<'static, System> {
    SYSTEM.lock()
}

/// Prints what the log holds and nobody has read; for the core's last words.
pub(crate) fn print_unread_log() {
    // The lock may be held by the CPU that failed; it is not coming back.
    for _ in 0..1_000_000 {
        if let Some(mut system) = SYSTEM.try_lock() {
            system.log.print_unread();
            return;
        }
    }
    // SAFETY: the lock's holder is this CPU, which will not go on, or one that was told to stop; a torn read costs a
    // garbled line.
    unsafe { (*SYSTEM.as_mut_ptr()).log.print_unread() };
}
