//! `tasks` and `irqs`.

use super::CpuTime;
use crate::system::System;
use crate::trouble::Refused;
use bulkhead_abi::fault::{FaultKind, TaskPhase, TaskStatus};
use bulkhead_abi::id::TaskId;
use bulkhead_abi::image::name_text;
use bulkhead_abi::layout::PAGE;
use bulkhead_protocol::config;
use core::fmt::{Result, Write};

/// A line for each task.
pub(super) fn write_tasks(config: &config::Shell, system: &mut dyn System, out: &mut dyn Write) -> Result {
    writeln!(
        out,
        "task                      CPU  priority  state    lives     CPU time          interrupts     stack   unused"
    )?;
    for task in (0..config.tasks).map(TaskId) {
        match system.task_status(task, 0) {
            Ok(status) => {
                let unused = unused_stack(&status, system);
                write_task(&status, unused, &CpuTime::of(status.ran, system), out)?;
            }
            Err(status) => writeln!(out, "task {task}: {}", Refused(status))?,
        }
    }
    Ok(())
}

fn write_task(status: &TaskStatus, unused: u64, time: &CpuTime, out: &mut dyn Write) -> Result {
    let stack = u64::from(status.stack_pages).saturating_mul(PAGE);
    writeln!(
        out,
        "{:<24}  {:>3}  {:>8}  {:<7}  {:>5}  {time}  {:>10}  {:>4} KiB  {:>3} KiB{}",
        name_text(&status.name),
        status.cpu.0,
        status.priority,
        phase_name(status.phase),
        status.generation.0.saturating_add(1),
        status.interrupts,
        stack / 1024,
        unused / 1024,
        Fault(status)
    )
}

/// Bytes at the low end of the stack that were never used in this life.
fn unused_stack(status: &TaskStatus, system: &mut dyn System) -> u64 {
    let mut unused = u64::from(status.stack_untouched);
    for page in 1..status.stack_pages {
        if unused < u64::from(page).saturating_mul(PAGE) {
            break;
        }
        let more = system.task_status(status.task, page).map_or(0, |status| status.stack_untouched);
        unused = unused.saturating_add(u64::from(more));
    }
    unused
}

/// Why a task is stopped, if it is.
struct Fault<'a>(&'a TaskStatus);

impl core::fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> Result {
        match FaultKind::from_value(self.0.fault) {
            kind if self.0.phase == TaskPhase::Faulted as u32 => write!(f, "  {kind:?}"),
            _ => Ok(()),
        }
    }
}

const fn phase_name(phase: u32) -> &'static str {
    const RUNNABLE: u32 = TaskPhase::Runnable as u32;
    const WAITING: u32 = TaskPhase::Waiting as u32;
    const CALLING: u32 = TaskPhase::Calling as u32;
    const FAULTED: u32 = TaskPhase::Faulted as u32;
    match phase {
        RUNNABLE => "runs",
        WAITING => "waits",
        CALLING => "calls",
        FAULTED => "faulted",
        _ => "absent",
    }
}

/// A line for each physical interrupt that a task handles.
pub(super) fn write_irqs(config: &config::Shell, system: &mut dyn System, out: &mut dyn Write) -> Result {
    writeln!(out, "IRQ  task                           count")?;
    for irq in &config.irqs {
        match system.task_status(irq.task, 0) {
            Ok(status) => {
                writeln!(out, "{:>3}  {:<24}  {:>10}", irq.isa, name_text(&status.name), status.interrupts)?;
            }
            Err(status) => writeln!(out, "{:>3}  {}", irq.isa, Refused(status))?,
        }
    }
    Ok(())
}
