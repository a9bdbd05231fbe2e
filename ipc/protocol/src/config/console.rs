//! What the console and the shell are told.

use super::{MAX_SERVERS, MachineEnd, NAME};
use crate::Text;
use bulkhead_abi::id::{CpuId, Slot, TaskId, VmId};
use bulkhead_abi::limits::MAX_DEFINITIONS;
use serde::{Deserialize, Serialize};

/// A stream of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleStream {
    /// Shown before its lines.
    pub name: Text<NAME>,
    /// Notify slot of the serial port's server: input has come, or there is room again.
    pub server: Slot,
}

/// The console. Stream n is the caller with badge n.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Console {
    /// First port of the physical 16550.
    pub uart: u16,
    /// Its interrupt.
    pub irq: Slot,
    /// Bit of its notification word for the interrupt.
    pub irq_bit: u8,
    /// Bit of its notification word for new log text.
    pub log_bit: u8,
    /// The log.
    pub log: Slot,
    /// Bit of its notification word: end the machine, all was well.
    pub end_well_bit: u8,
    /// Bit of its notification word: end the machine, it was not.
    pub end_badly_bit: u8,
    /// Platform slot, for these and for the escape that powers the machine off.
    pub platform: Option<Slot>,
    /// The guests' streams.
    pub streams: heapless::Vec<ConsoleStream, 16>,
    /// Notify slot of the shell, which is the stream behind those of the guests.
    pub shell: Option<Slot>,
}

/// A VM as the shell knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellVm {
    /// Which.
    pub vm: VmId,
    /// Its name.
    pub name: Text<NAME>,
    /// The pool in which it takes turns with others.
    pub pool: Option<Text<NAME>>,
    /// Slot of the VM, with the right to look.
    pub slot: Slot,
    /// Where its vCPUs run.
    pub vcpus: heapless::Vec<CpuId, 16>,
    /// Bytes of RAM.
    pub memory: u64,
    /// The shell may read its RAM.
    pub readable: bool,
    /// Its device servers: name, and call slot (interface `inspect`).
    pub devices: heapless::Vec<(Text<NAME>, Slot), MAX_SERVERS>,
}

/// A physical interrupt and the task that handles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandledIrq {
    /// ISA interrupt.
    pub isa: u16,
    /// The task.
    pub task: TaskId,
}

/// The shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    /// Name of the system.
    pub system: Text<NAME>,
    /// SHA-256 of the manifest.
    pub digest: [u8; 32],
    /// Tasks of the system.
    pub tasks: u16,
    /// Its VMs.
    pub vms: heapless::Vec<ShellVm, MAX_DEFINITIONS>,
    /// Interrupts that tasks handle.
    pub irqs: heapless::Vec<HandledIrq, 16>,
    /// Call slot of the console (interface `stream`).
    pub stream: Slot,
    /// Call slot of the console (interface `terminal`).
    pub terminal: Slot,
    /// Call slot of the VM manager.
    pub registry: Slot,
    /// Slot with the right to look at tasks.
    pub inspect: Slot,
    /// How the console is asked to end the machine.
    pub end: MachineEnd,
}
