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
    let chosen = || config.vms.iter().filter(|vm| only.is_none_or(|only| only.vm == vm.vm));
    let wide = width("VM", chosen().map(|vm| vm.name.as_str()));
    writeln!(out, "{:<wide$}  vCPU  CPU  state             CPU time               exits", "VM")?;
    for vm in chosen() {
        for (number, cpu) in (0..).zip(&vm.vcpus) {
            write!(out, "{:<wide$}  {number:>4}  {:>3}  ", vm.name, cpu.0)?;
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
