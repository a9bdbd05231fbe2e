//! What the registry needs of the world: the core, the device servers, the loader, the supervisor, the
//! log.

use crate::mark::Mark;
use bulkhead_abi::id::{Generation, Slot, TaskId, VmId};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{CpuidEntry, Route, VmStatus};
use bulkhead_protocol::CallError;
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::loader::{LoadError, VmHash};
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::supervisor::Failure;
use core::fmt::Arguments;

/// What the registry can do. Slots are the manager's own.
///
/// An implementation may try a call again; what it reports as failed counts as failed for good.
pub trait Platform {
    /// Puts a VM's vCPUs, lines, local APICs and routes into their power-on state and drops its events; a warm reset keeps its
    /// time. The mark is in its status from then on.
    ///
    /// # Errors
    /// What the core says.
    fn vm_reset(&mut self, vm: Slot, kind: ResetKind, mark: Mark) -> Result<(), Status>;

    /// Installs a route.
    ///
    /// # Errors
    /// What the core says.
    fn vm_route(&mut self, vm: Slot, route: &Route) -> Result<(), Status>;

    /// Replaces the CPUID table.
    ///
    /// # Errors
    /// What the core says.
    fn vm_cpuid(&mut self, vm: Slot, entries: &[CpuidEntry]) -> Result<(), Status>;

    /// Lets the vCPUs run.
    ///
    /// # Errors
    /// What the core says.
    fn vm_run(&mut self, vm: Slot) -> Result<(), Status>;

    /// Stops the vCPUs; stopping what does not run is no error.
    ///
    /// # Errors
    /// What the core says.
    fn vm_stop(&mut self, vm: Slot) -> Result<(), Status>;

    /// What the core knows of a VM.
    ///
    /// # Errors
    /// What the core says.
    fn vm_status(&mut self, vm: Slot) -> Result<VmStatus, Status>;

    /// Puts a device server's device into its power-on state.
    ///
    /// # Errors
    /// The server did not answer.
    fn server_reset(&mut self, server: Slot, kind: ResetKind) -> Result<(), CallError>;

    /// Waits until a device server has done what was asked of it before.
    ///
    /// # Errors
    /// The server did not answer.
    fn server_quiesce(&mut self, server: Slot) -> Result<(), CallError>;

    /// The hash of a device's state.
    ///
    /// # Errors
    /// The server did not answer.
    fn server_hash(&mut self, server: Slot) -> Result<u64, CallError>;

    /// The time of day by the machine's clock, in seconds since 1970.
    fn time_of_day(&mut self) -> Option<u64>;

    /// Tells a real-time clock the time of day.
    ///
    /// # Errors
    /// The server did not answer.
    fn set_clock(&mut self, server: Slot, seconds: u64) -> Result<(), CallError>;

    /// Presses the power button of a power device.
    ///
    /// # Errors
    /// The server did not answer.
    fn press_power_button(&mut self, server: Slot) -> Result<(), CallError>;

    /// What the guest has asked of its power device since that was reset.
    ///
    /// # Errors
    /// The server did not answer.
    fn power_request(&mut self, server: Slot) -> Result<Option<PowerRequest>, CallError>;

    /// Has the loader load a VM with what this definition boots; the entry point.
    ///
    /// # Errors
    /// The loader did not answer, or refused an image.
    fn load(
        &mut self,
        loader: Slot,
        vm: VmId,
        definition: u8,
        kind: ResetKind,
    ) -> Result<Result<u64, LoadError>, CallError>;

    /// Hashes of a VM's vCPUs and RAM; none while it runs.
    ///
    /// # Errors
    /// The loader did not answer.
    fn vm_hash(&mut self, loader: Slot, vm: VmId) -> Result<Option<VmHash>, CallError>;

    /// The first device server, this one or one behind it, that was given up and whose VM's policy was not carried out yet.
    ///
    /// # Errors
    /// The supervisor did not answer.
    fn next_failure(&mut self, from: TaskId) -> Result<Option<Failure>, CallError>;

    /// Tells the supervisor that the policy for the failure of this task after this life was carried out.
    ///
    /// # Errors
    /// The supervisor did not answer.
    fn settle(&mut self, task: TaskId, life: Generation) -> Result<(), CallError>;

    /// Has the supervisor start a task that stays dead, or waits for its next life, without its committed state; false if it
    /// does neither or cannot be started.
    ///
    /// # Errors
    /// The supervisor did not answer.
    fn revive(&mut self, task: TaskId) -> Result<bool, CallError>;

    /// How often a task was started after its first life, as far as the supervisor answers.
    fn server_restarts(&mut self, task: TaskId) -> u32;

    /// Nanoseconds since the system booted.
    fn now(&mut self) -> u64;

    /// Ends the machine; 0 is a good end. Where this comes back, the machine goes on without running VMs.
    fn power_off_machine(&mut self, platform: Slot, code: u8);

    /// Appends a line to the log.
    fn log(&mut self, line: Arguments<'_>);
}
