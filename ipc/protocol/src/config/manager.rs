//! What the VM manager is told: the VMs that there can be.

use super::{
    BootProtocol, E820, MAX_COMMAND_LINE, MAX_E820, MAX_RANGES, MAX_SERVERS, Module, NAME, Ports, Window,
};
use crate::Text;
use crate::registry::{Severity, VmKind};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_abi::limits::MAX_DEFINITIONS;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Kinds of device server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum ServerKind {
    /// 16550A, COM1.
    Vuart,
    /// PCI host bridge.
    Vpci,
    /// I/O APIC.
    Vioapic,
    /// 8259A pair.
    Vpic,
    /// 8254 and PM timer.
    Vtimer,
    /// MC146818.
    Vrtc,
    /// Power control.
    Vpower,
    /// Instruction emulator.
    InsnEmulator,
    /// 16550A, COM2: the end of a cable to another VM.
    Vuart2,
}

/// What follows when a task is given up: it has used up its restarts, or its committed state is of no use.
///
/// The first four are for device servers and are carried out by the VM manager, the others for services and tasks of
/// the manifest, and the supervisor carries them out itself. Starting anew drops the committed state; it helps against
/// a state that kills, and if it does not, within the period of the limit, the last resort follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailurePolicy {
    /// The server starts anew and its device is reset under the running guest; then as `PowerOffVm`.
    ResetDevice,
    /// The VM is paused until it is reset or shut down.
    PauseVm,
    /// The VM is reset, the server starts anew, and the VM goes on; then as `PowerOffVm`.
    ResetVm,
    /// The VM is powered off.
    PowerOffVm,
    /// The task stays dead and the system goes on without it.
    StayDead,
    /// The task starts anew; then as `PowerOff`.
    StartAnew,
    /// The machine is powered off.
    PowerOff,
}

/// A device server of a VM, as its manager sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerPlan {
    /// What it is.
    pub kind: ServerKind,
    /// The task.
    pub task: TaskId,
    /// Call slot (interface `device`).
    pub slot: Slot,
    /// Ports routed to it.
    pub ports: heapless::Vec<Ports, MAX_RANGES>,
    /// Windows that the instruction emulator passes on to it.
    pub windows: heapless::Vec<Window, 4>,
    /// What follows when it is given up.
    pub on_failure: FailurePolicy,
}

/// What follows when a guest ends itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub enum EndPolicy {
    /// The VM is powered off.
    PowerOff,
    /// The VM is reset and started again.
    Restart,
}

/// What watches over a guest that may spin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchdog {
    /// For how long a vCPU may run without taking an interrupt, in milliseconds.
    pub timeout_ms: u32,
    /// What follows.
    pub action: WatchdogAction,
}

/// What follows when a watchdog expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchdogAction {
    /// The VM is reset and started again.
    Restart,
    /// The VM is powered off.
    PowerOff,
    /// The VM is paused, for somebody to look at it.
    Pause,
}

/// A VM, as its manager sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmPlan {
    /// The VM of the core that it is. Plans with the same one are definitions that share a pool: memory, vCPUs and servers are
    /// one's at a time.
    pub vm: VmId,
    /// Its name.
    pub name: Text<NAME>,
    /// Its kind.
    pub kind: VmKind,
    /// How much depends on it.
    pub severity: Severity,
    /// Places in the list of VMs of those that must have started before the system starts this one.
    pub after: heapless::Vec<u8, MAX_DEFINITIONS>,
    /// Slot of the VM, with the right to manage.
    pub slot: Slot,
    /// Bit of the manager's notification word for events from the core.
    pub event_bit: u8,
    /// Bit of the manager's notification word for the power device.
    pub power_bit: u8,
    /// Bytes of RAM.
    pub memory: u64,
    /// Its vCPUs and where they run.
    pub vcpus: heapless::Vec<(VcpuId, CpuId), 16>,
    /// Its device servers.
    pub servers: heapless::Vec<ServerPlan, MAX_SERVERS>,
    /// Its memory map.
    pub e820: heapless::Vec<E820, MAX_E820>,
    /// How it boots.
    pub protocol: BootProtocol,
    /// Its kernel.
    pub kernel: Module,
    /// Its initial RAM disk.
    pub ramdisk: Option<Module>,
    /// Its ACPI tables.
    pub acpi: Option<Module>,
    /// Boot arguments.
    pub command_line: Text<MAX_COMMAND_LINE>,
    /// After a guest's S5.
    pub on_power_off: EndPolicy,
    /// After a guest's reset request or triple fault.
    pub on_reset: EndPolicy,
    /// Its clock is told the machine's time when it begins to run.
    pub host_clock: bool,
    /// What watches over it.
    pub watchdog: Option<Watchdog>,
    /// How long it has to end itself when it is asked to because others end, in milliseconds.
    pub shutdown_ms: u32,
}

/// The VM manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VmManager {
    /// Its VMs, in the order in which they start.
    pub vms: heapless::Vec<VmPlan, MAX_DEFINITIONS>,
    /// Call slot of the loader.
    pub loader: Slot,
    /// Platform slot: used when the last VM is off, if the console does not end the machine.
    pub platform: Option<Slot>,
    /// How the console is asked to end the machine.
    pub end: MachineEnd,
    /// Call slot of the supervisor.
    pub supervisor: Slot,
    /// Bit of the notification word: the supervisor has given a device server up.
    pub failure_bit: u8,
}

/// Notify slots of the console: when all that waits for its port has been sent, it ends the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineEnd {
    /// All was well.
    pub well: Option<Slot>,
    /// It was not.
    pub badly: Option<Slot>,
}
