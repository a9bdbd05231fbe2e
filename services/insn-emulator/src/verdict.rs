//! From an exit to its answer.

use crate::cpu::Cpu;
use crate::escape::Escape;
use crate::fetch::Fetched;
use crate::machine::Machine;
use bulkhead_abi::exit::ExitReply;
use bulkhead_abi::vcpu::{StateGroups, VcpuState};

/// RFLAGS.RF: an instruction that completes clears it.
const RFLAGS_RF: u64 = 1 << 16;

/// What follows for the vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The answer to the exit.
    pub reply: ExitReply,
    /// Groups of the state that must be written back first.
    pub groups: StateGroups,
}

/// How far an instruction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// To its end.
    Complete,
    /// A repeated instruction has rounds left: it exits again.
    Partial,
}

/// Carries out the instruction at the instruction pointer.
pub fn emulate<M: Machine>(state: &mut VcpuState, machine: &mut M) -> Verdict {
    let mut fetched = Fetched::default();
    let before = state.gpr;
    let mut cpu = Cpu::new(state, machine);
    let mode = cpu.mode;
    let progress = cpu.fetch(&mut fetched).and_then(|instruction| {
        let progress = cpu.execute(&instruction)?;
        if progress == Progress::Complete {
            cpu.state.rip = mode.truncate_ip(instruction.next_ip());
            cpu.state.rflags &= !RFLAGS_RF;
        }
        Ok(progress)
    });
    // Rounds that a repeated string instruction has completed stay completed, whatever ends it.
    let moved = if state.gpr == before { StateGroups::empty() } else { StateGroups::GENERAL };
    match progress {
        Ok(_) => Verdict { reply: ExitReply::resume(), groups: StateGroups::GENERAL },
        Err(Escape::Retry) => Verdict { reply: ExitReply::resume(), groups: moved },
        Err(Escape::Stop(reason)) => {
            Verdict { reply: ExitReply::stop(reason.detail(fetched.bytes())), groups: moved }
        }
        Err(Escape::Exception(exception)) => {
            let control = exception.address.map_or(StateGroups::empty(), |address| {
                state.cr2 = address;
                StateGroups::CONTROL
            });
            let error_code = mode.protected.then_some(exception.error_code);
            Verdict { reply: ExitReply::exception(exception.vector, error_code), groups: moved | control }
        }
    }
}
