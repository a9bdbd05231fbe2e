//! The core around the shell's task.

use bulkhead_abi::fault::TaskStatus;
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::{VcpuState, VcpuStatus};
use bulkhead_protocol::config::{self, ShellVm};
use bulkhead_protocol::{CallError, Transport};
use bulkhead_runtime::guest_memory::GuestMemory;
use bulkhead_runtime::{Clock, Kernel, time};
use shell::System;

/// How often the core is asked for registers that another CPU still holds, and the pause between. Nanoseconds.
const ASKS: u32 = 20;
const PAUSE: u64 = 1_000_000;

/// The core, by the shell's slots.
pub(crate) struct World<'c> {
    pub(crate) config: &'c config::Shell,
}

impl Transport for World<'_> {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        Kernel.call(slot, request, reply)
    }
}

impl System for World<'_> {
    fn vcpu_status(&mut self, vm: Slot, vcpu: u16) -> Result<VcpuStatus, Status> {
        Kernel.vcpu_status(vm, vcpu)
    }

    fn registers(&mut self, vm: Slot, vcpu: u16) -> Result<VcpuState, Status> {
        let clock = Clock::system();
        for _ in 1..ASKS {
            match Kernel.vcpu_read(vm, vcpu) {
                Err(Status::WrongState) => {
                    let again = clock.nanos(time::now()).saturating_add(PAUSE);
                    // No bit is waited for: this ends with the deadline.
                    let _ = Kernel.wait(0, clock.stamp(again));
                }
                answer => return answer,
            }
        }
        Kernel.vcpu_read(vm, vcpu)
    }

    fn read_memory(&mut self, vm: &ShellVm, address: u64, into: &mut [u8]) -> bool {
        vm.readable && GuestMemory::new(vm.vm, vm.memory, 0).read(address, into)
    }

    fn task_status(&mut self, task: TaskId, stack_page: u32) -> Result<TaskStatus, Status> {
        Kernel.task_status(self.config.inspect, task, stack_page)
    }

    fn power_off(&mut self) -> bool {
        self.config.end.well.is_some_and(|console| Kernel.notify(console).is_ok())
    }

    fn uptime(&self) -> u64 {
        Clock::system().nanos(time::now())
    }

    fn nanoseconds(&self, ticks: u64) -> u64 {
        Clock::new(time::frequency(), 0).nanos(ticks)
    }
}
