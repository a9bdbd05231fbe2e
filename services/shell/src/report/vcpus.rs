//! `vcpus`.

use super::{CpuTime, width};
use crate::system::System;
use crate::trouble::Refused;
use bulkhead_abi::vcpu::{Activity, VcpuStatus};
use bulkhead_protocol::config::{self, ShellVm};
use core::fmt::{Result, Write};

/// A line for each vCPU, of one VM or of all.
pub(super) fn write(
    config: &config::Shell,
    only: Option<&ShellVm>,
    system: &mut dyn System,
    out: &mut dyn Write,
) -> Result {
    // Of those that share a pool one stands for all, under the pool's name.
    let is_first = |place: usize, vm: &ShellVm| config.vms.iter().take(place).all(|other| other.vm != vm.vm);
    let chosen = || {
        let vms = config.vms.iter().enumerate();
        let vms =
            vms.filter(|(place, vm)| only.map_or_else(|| is_first(*place, vm), |only| only.name == vm.name));
        vms.map(|(_, vm)| (vm, vm.pool.as_ref().filter(|_| only.is_none()).unwrap_or(&vm.name)))
    };
    let wide = width("VM", chosen().map(|(_, name)| name.as_str()));
    writeln!(out, "{:<wide$}  vCPU  CPU  state             CPU time               exits", "VM")?;
    for (vm, name) in chosen() {
        for (number, cpu) in (0..).zip(&vm.vcpus) {
            write!(out, "{:<wide$}  {number:>4}  {:>3}  ", name, cpu.0)?;
            match system.vcpu_status(vm.slot, number) {
                Ok(status) => {
                    let time = CpuTime::of(status.ran, system);
                    writeln!(out, "{:<13} {time} {:>10}", activity_name(&status), status.exits)?;
                }
                Err(status) => writeln!(out, "{}", Refused(status))?,
            }
        }
    }
    Ok(())
}

fn activity_name(status: &VcpuStatus) -> &'static str {
    const RUNNING: u32 = Activity::Running as u32;
    const HALTED: u32 = Activity::Halted as u32;
    const WAIT_FOR_SIPI: u32 = Activity::WaitForSipi as u32;
    match status.activity {
        WAIT_FOR_SIPI => "not started",
        HALTED | RUNNING | VcpuStatus::EXITED if status.running == 0 => "held",
        RUNNING => "running",
        HALTED => "halted",
        VcpuStatus::EXITED => "in a server",
        _ => "stopped",
    }
}
