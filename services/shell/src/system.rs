//! What the shell asks of the core. What it asks of services and device servers are calls.

use bulkhead_abi::fault::TaskStatus;
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::{VcpuState, VcpuStatus};
use bulkhead_protocol::Transport;
use bulkhead_protocol::config::ShellVm;

/// The system around the shell. Nothing here waits without a bound.
pub trait System: Transport {
    /// What a vCPU is doing.
    ///
    /// # Errors
    /// The core refuses it.
    fn vcpu_status(&mut self, vm: Slot, vcpu: u16) -> Result<VcpuStatus, Status>;

    /// The registers of a vCPU that is held.
    ///
    /// # Errors
    /// The core refuses it.
    fn registers(&mut self, vm: Slot, vcpu: u16) -> Result<VcpuState, Status>;

    /// Copies from a guest's memory; false if the range is not RAM throughout. Only for a VM that says it is readable.
    fn read_memory(&mut self, vm: &ShellVm, address: u64, into: &mut [u8]) -> bool;

    /// What a task is doing, and how much of a page of its stack was never used.
    ///
    /// # Errors
    /// The core refuses it.
    fn task_status(&mut self, task: TaskId, stack_page: u32) -> Result<TaskStatus, Status>;

    /// Asks the console to power the machine off; false if it cannot be asked.
    fn power_off(&mut self) -> bool;

    /// Nanoseconds since boot.
    fn uptime(&self) -> u64;

    /// Nanoseconds that so many ticks of the time-stamp counter take.
    fn nanoseconds(&self, ticks: u64) -> u64;
}
