//! What each kind of task is told by the manifest: the types behind the configuration page.
//!
//! The image builder encodes a value with postcard; the task decodes it once at its start. Slots are numbers in the
//! task's own table, chosen by the builder.

use crate::registry::{Severity, VmKind};
use crate::{Bytes, Text};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_abi::layout::{MAX_ROM, PAGE};
use bulkhead_abi::limits::{MAX_TASKS, MAX_VMS};
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Longest name.
pub const NAME: usize = bulkhead_abi::limits::MAX_NAME;
/// Device servers of one VM at the most.
pub const MAX_SERVERS: usize = 16;
/// Ranges of one device server at the most.
pub const MAX_RANGES: usize = 8;
/// Entries of a VM's memory map at the most.
pub const MAX_E820: usize = 16;
/// Longest boot command line.
pub const MAX_COMMAND_LINE: usize = 1024;

/// An inclusive range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// First.
    pub first: u16,
    /// Last.
    pub last: u16,
}

/// A range of guest-physical addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
}

/// A serial port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vuart {
    /// First of its eight ports.
    pub base: u16,
    /// Interrupt line.
    pub line: u8,
    /// The stream behind it, if it is connected: the console's, or that of a cable to another VM.
    pub stream: Option<Slot>,
}

/// A serial cable between two VMs. End n is the caller with badge n.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Notify slots of the serial ports at its ends.
    pub ends: [Slot; 2],
}

/// The PCI host bridge and what is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpci {
    /// Configuration space by memory.
    pub ecam: Window,
}

/// The I/O APIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vioapic {
    /// Its registers.
    pub base: u64,
    /// Pins.
    pub pins: u8,
}

/// The two 8259A.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpic {
    /// Line that its INTR output drives.
    pub output_line: u8,
}

/// The 8254 and the ACPI PM timer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vtimer {
    /// Line of channel 0.
    pub line: u8,
    /// First of the PM timer's four ports.
    pub pm_timer: u16,
}

/// The real-time clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vrtc {
    /// Interrupt line.
    pub line: u8,
    /// Unix time when the VM begins to run, in seconds, unless it is told the machine's.
    pub epoch: u64,
    /// Bytes of the VM's RAM, which firmware looks up here.
    pub memory: u64,
}

/// Power control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpower {
    /// PM1a event block.
    pub pm1_event: u16,
    /// PM1a control block.
    pub pm1_control: u16,
    /// Line of the SCI.
    pub sci_line: u8,
    /// Notify slot of the VM manager.
    pub manager: Slot,
}

/// A window that an instruction emulator passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MmioTarget {
    /// The addresses.
    pub window: Window,
    /// Call slot of the server (interface `bus`).
    pub server: Slot,
}

/// Ports that an instruction emulator passes on for string I/O.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortTarget {
    /// The ports.
    pub ports: Ports,
    /// Call slot of the server (interface `bus`).
    pub server: Slot,
}

/// An instruction emulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsnEmulator {
    /// The VM whose memory it sees.
    pub vm: VmId,
    /// Slot of that VM, with the right to registers.
    pub vm_slot: Slot,
    /// Bytes of the VM's RAM.
    pub memory: u64,
    /// Bytes of its ROM.
    pub rom: u64,
    /// MMIO windows.
    pub windows: heapless::Vec<MmioTarget, MAX_SERVERS>,
    /// Ports.
    pub ports: heapless::Vec<PortTarget, 32>,
}

/// How a guest is booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum BootProtocol {
    /// Linux bzImage by the 64-bit boot protocol.
    Linux,
    /// ELF by PVH.
    Pvh,
    /// ELF (or a flat kernel with addresses in its header) by multiboot 1.
    Multiboot,
    /// A flat binary at `load`, entered in 16-bit real mode at `entry`.
    Flat {
        /// Guest-physical address of its first byte.
        load: u64,
        /// Guest-physical address of its first instruction.
        entry: u64,
    },
    /// ELF that is a payload of coreboot.
    Coreboot,
    /// A ROM that ends at 4 GiB, entered where a CPU begins after a reset.
    Firmware,
}

impl BootProtocol {
    /// Bytes of the VM's ROM if its kernel has so many: whole pages.
    #[must_use]
    pub const fn rom(self, kernel: u64) -> u64 {
        match self {
            Self::Firmware if kernel <= MAX_ROM => kernel.next_multiple_of(PAGE),
            _ => 0,
        }
    }
}

/// A module of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Module {
    /// Offset from the start of the modules' window.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// A range of a VM's memory map (ACPI specification, "Address Range Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct E820 {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
    /// 1 RAM, 2 reserved, 3 ACPI reclaimable.
    pub kind: u32,
}

/// What the loader does for one VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// Which.
    pub vm: VmId,
    /// Slot of the VM, with the right to registers.
    pub vm_slot: Slot,
    /// Bytes of RAM.
    pub memory: u64,
    /// How it boots.
    pub protocol: BootProtocol,
    /// Its kernel.
    pub kernel: Module,
    /// Its initial RAM disk.
    pub ramdisk: Option<Module>,
    /// Its ACPI tables, linked for [`platform::ACPI_TABLES`](crate::platform::ACPI_TABLES).
    pub acpi: Option<Module>,
    /// Its memory map.
    pub e820: heapless::Vec<E820, MAX_E820>,
    /// Boot arguments. The loader appends `tsc_early_khz=` for Linux if they do not have it.
    pub command_line: Text<MAX_COMMAND_LINE>,
}

/// The loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loader {
    /// One plan for each VM.
    pub plans: heapless::Vec<LoadPlan, MAX_VMS>,
}

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
    /// Which.
    pub vm: VmId,
    /// Its name.
    pub name: Text<NAME>,
    /// Its kind.
    pub kind: VmKind,
    /// How much depends on it.
    pub severity: Severity,
    /// Places in the list of VMs of those that must have started before the system starts this one.
    pub after: heapless::Vec<u8, MAX_VMS>,
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
    pub vms: heapless::Vec<VmPlan, MAX_VMS>,
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
    pub vms: heapless::Vec<ShellVm, MAX_VMS>,
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

/// Restart policy of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartPolicy {
    /// Which.
    pub task: TaskId,
    /// Pause before the first restart in a period; doubles with each further one. Microseconds.
    pub backoff_us: u32,
    /// Restarts in a period; one more fault and the task stays dead.
    pub limit: u16,
    /// The period. Milliseconds.
    pub period_ms: u32,
    /// What follows when it stays dead.
    pub on_failure: FailurePolicy,
}

/// The supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervisor {
    /// Slot with the right to supervise.
    pub supervise: Slot,
    /// Platform slot: used when a task that the system cannot do without stays dead.
    pub platform: Option<Slot>,
    /// How the console is asked to end the machine before that.
    pub end: MachineEnd,
    /// Notify slot of the VM manager: a device server stays dead.
    pub manager: Option<Slot>,
    /// One policy for each task.
    pub policies: heapless::Vec<RestartPolicy, MAX_TASKS>,
}

/// A task of the tests: `script` says what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What it does; see `tests/probe`.
    pub script: Bytes<64>,
    /// Its call slots in the order of the manifest.
    pub slots: heapless::Vec<Slot, 16>,
    /// Its notify slots in the order of the manifest.
    pub notifies: heapless::Vec<Slot, 16>,
    /// Slot with the right to supervise.
    pub supervise: Option<Slot>,
    /// Platform slot.
    pub platform: Option<Slot>,
}
