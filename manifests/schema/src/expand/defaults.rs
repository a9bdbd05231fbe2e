//! Policy numbers that hold where a manifest is silent, each with its reason.

use crate::system::Role;
use bulkhead_protocol::config::{FailurePolicy, ServerKind};

/// How a task runs unless the manifest says otherwise.
pub(crate) struct Defaults {
    /// Scheduling priority.
    pub(crate) priority: u8,
    /// Bytes of stack.
    pub(crate) stack: u64,
}

/// vCPUs are below every task: a guest never delays the server that it or another guest waits for.
pub(crate) const VCPU_PRIORITY: u8 = 8;
/// Calls device servers and the loader, so it is below both.
pub(crate) const VM_MANAGER: Defaults = Defaults { priority: 20, stack: 512 << 10 };
/// Called by the VM manager only.
pub(crate) const LOADER: Defaults = Defaults { priority: 28, stack: 256 << 10 };
/// Called by serial ports.
pub(crate) const CONSOLE: Defaults = Defaults { priority: 40, stack: 128 << 10 };
/// Called by serial ports.
pub(crate) const LINK: Defaults = Defaults { priority: 40, stack: 64 << 10 };
/// Above all, so that a restart does not wait for what still runs.
pub(crate) const SUPERVISOR: Defaults = Defaults { priority: 48, stack: 128 << 10 };
/// A person's tool: calls all of the above and the device servers, so it is below them, and above every vCPU.
pub(crate) const SHELL: Defaults = Defaults { priority: 16, stack: 64 << 10 };
/// A task of the manifest's own: between the VM manager and the device servers.
pub(crate) const EXTRA: Defaults = Defaults { priority: 24, stack: 64 << 10 };

/// A device server: called by the VM manager and the instruction emulator; calls the console.
pub(crate) const fn server(kind: ServerKind) -> Defaults {
    let priority = if matches!(kind, ServerKind::InsnEmulator) { 24 } else { 32 };
    Defaults { priority, stack: 64 << 10 }
}

/// Bound of a call: a hundred times what a server needs, and short for a person who waits.
pub(crate) const DEADLINE_US: u32 = 100_000;
/// A device server may itself wait for the console as long as that.
pub(crate) const ACCESS_DEADLINE_US: u32 = 2 * DEADLINE_US;
/// The VM manager's control of devices is rare and may meet a device under restart.
pub(crate) const CONTROL_DEADLINE_US: u32 = 1_000_000;
/// Clearing and filling a VM's memory takes seconds in an emulator.
pub(crate) const LOADER_DEADLINE_US: u32 = 20_000_000;
/// A request to the VM manager can include a load.
pub(crate) const REGISTRY_DEADLINE_US: u32 = 30_000_000;
/// Bound of the handling of an event that nobody waits for. A device server is done in microseconds and a guest stands
/// still without it; the VM manager loads images, and what a service does besides is not known.
pub(crate) const fn signal_deadline(role: &Role) -> u32 {
    if matches!(role, Role::Device { .. }) { 2_000_000 } else { 60_000_000 }
}

/// Period of a budget whose period is not written.
pub(crate) const PERIOD_US: u32 = 10_000;
/// How long a guest has to power itself off when others end. Longer than a guest with a few services takes to end them,
/// and short for a person who waits for the machine.
pub(crate) const SHUTDOWN_US: u32 = 10_000_000;
/// Pause, restarts and period (ms) of a task's restarts. The pause is below what a guest notices and above the cost of
/// a restart; more faults than that in a period are not bad luck.
pub(crate) const RESTART: [u32; 3] = [100, 10, 10_000];
/// The same for a task that is killed on purpose: it always comes back, and soon.
pub(crate) const RESTART_OF_VICTIM: [u32; 3] = [100, u16::MAX as u32, 1];

/// A guest without one of its devices cannot go on. Without the VM manager nobody hears that a guest has ended, so it
/// is tried once more from what the core knows; guests run on without the other services.
pub(crate) const fn on_failure(role: &Role) -> FailurePolicy {
    match role {
        Role::Device { .. } => FailurePolicy::PowerOffVm,
        Role::VmManager => FailurePolicy::StartAnew,
        // The core itself starts the supervisor again, always.
        Role::Supervisor
        | Role::Loader
        | Role::Console
        | Role::Shell
        | Role::Link { .. }
        | Role::Extra { .. } => FailurePolicy::StayDead,
    }
}
