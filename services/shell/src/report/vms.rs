//! `vms`.

use super::pool::Holder;
use super::width;
use crate::registry::{Registry, Unanswered};
use crate::trouble::{kind_name, state_name};
use bulkhead_protocol::config;
use bulkhead_protocol::registry::{Refusal, StateReason};
use core::fmt::{Result, Write};

/// A line for each VM that the manifest knows.
pub(super) fn write(config: &config::Shell, registry: &mut Registry<'_>, out: &mut dyn Write) -> Result {
    let wide = width("VM", config.vms.iter().map(|vm| vm.name.as_str()));
    writeln!(out, "{:<wide$}  kind           state    vCPUs     memory  starts  resets  reason", "VM")?;
    for vm in &config.vms {
        write!(out, "{:<wide$}  ", vm.name)?;
        match registry.summary(vm.name.as_str()) {
            Err(Unanswered::Refused(Refusal::UnknownVm)) => match Holder::ask(vm, registry) {
                Ok(Some(holder)) => writeln!(out, "not made; {holder}")?,
                _ => writeln!(out, "not made: `create {}` makes one", vm.name)?,
            },
            Err(why) => writeln!(out, "{why}")?,
            Ok(summary) => {
                write!(
                    out,
                    "{:<13}  {:<7}  {:>5}  {:>5} MiB  {:>6}  {:>6}  {}{}",
                    kind_name(summary.kind),
                    state_name(summary.state),
                    summary.vcpus,
                    summary.memory_mib,
                    summary.starts,
                    summary.resets,
                    reason_name(summary.reason),
                    if summary.is_asked { ", was asked to power off" } else { "" }
                )?;
                if let Some(pool) = &vm.pool {
                    write!(out, ", in pool {pool}")?;
                }
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

const fn reason_name(reason: StateReason) -> &'static str {
    match reason {
        StateReason::Boot => "not created since boot",
        StateReason::Requested => "requested",
        StateReason::GuestPowerOff => "the guest powered off",
        StateReason::GuestReset => "the guest asked for a reset",
        StateReason::TripleFault => "triple fault",
        StateReason::UnhandledExit => "an exit that nobody handles",
        StateReason::EntryRefused => "the CPU refused the guest's state",
        StateReason::ImageRefused => "its image was refused",
        StateReason::ServerLost => "a device server was lost",
        StateReason::ServiceVmEnds => "service VM ends",
        StateReason::WatchdogExpired => "watchdog expired",
        StateReason::HaltedForEver => "halted with interrupts off",
        StateReason::CoreRefused => "the core refused a step",
        StateReason::DeadlinePassed => "did not power off in time",
        StateReason::DependencyMissing => "a VM that comes before it did not start",
        StateReason::PlatformOff => "the platform went off",
    }
}
