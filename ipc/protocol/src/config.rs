//! What each kind of task is told by the manifest: the types behind the configuration page.
//!
//! The image builder encodes a value with postcard; the task decodes it once at its start. Slots are numbers in the
//! task's own table, chosen by the builder.

mod console;
mod device;
mod load;
mod manager;
mod probe;
mod supervisor;

pub use console::{Console, ConsoleStream, HandledIrq, Shell, ShellVm};
pub use device::{
    InsnEmulator, Link, MmioTarget, PortTarget, Ports, Vioapic, Vpci, Vpic, Vpower, Vrtc, Vtimer, Vuart,
    Window,
};
pub use load::{BootProtocol, E820, LoadPlan, Loader, Module};
pub use manager::{
    EndPolicy, FailurePolicy, MachineEnd, ServerKind, ServerPlan, VmManager, VmPlan, Watchdog, WatchdogAction,
};
pub use probe::Probe;
pub use supervisor::{RestartPolicy, Supervisor};

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
