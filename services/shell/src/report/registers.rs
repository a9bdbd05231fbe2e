//! `regs`.

use crate::order::Move;
use crate::registry::Registry;
use crate::system::System;
use crate::trouble::Refused;
use bulkhead_abi::id::Slot;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::{Segment, VcpuState};
use bulkhead_protocol::config::ShellVm;
use bulkhead_protocol::registry::VmState;
use core::fmt::{Result, Write};

/// All registers of a vCPU. A VM that runs is paused before and resumed behind.
pub(super) fn write(
    vm: &ShellVm,
    vcpu: u16,
    registry: Slot,
    system: &mut dyn System,
    out: &mut dyn Write,
) -> Result {
    let name = vm.name.as_str();
    let runs = match Registry::new(system, registry).summary(name) {
        Err(why) => return writeln!(out, "{name}: {why}"),
        Ok(summary) => summary.state == VmState::Started,
    };
    if runs && let Err(why) = Registry::new(system, registry).move_vm(name, Move::Pause) {
        return writeln!(out, "{name} cannot be held: {why}");
    }
    let state = system.registers(vm.slot, vcpu);
    // Before a word is written: the console may be slow.
    let resumed = if runs { Registry::new(system, registry).move_vm(name, Move::Resume) } else { Ok(None) };
    match state {
        Ok(state) => write_state(&state, out)?,
        Err(Status::WrongState) => writeln!(out, "vCPU {vcpu} cannot be looked at now; ask again")?,
        Err(status) => writeln!(out, "{}", Refused(status))?,
    }
    match resumed {
        Err(why) => writeln!(out, "{name} is still paused: {why}"),
        Ok(_) => Ok(()),
    }
}

/// The order of their encoding.
const NAMES: [&str; 16] = [
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15",
];

/// Flags with a name, by their bit.
const FLAGS: [(u32, &str); 9] =
    [(0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF")];

fn write_state(state: &VcpuState, out: &mut dyn Write) -> Result {
    for (number, (name, value)) in NAMES.iter().zip(state.gpr).enumerate() {
        write!(out, "{name:<4} {value:016x}{}", if number % 4 == 3 { "\n" } else { "  " })?;
    }
    write!(out, "rip  {:016x}  rflags {:08x}", state.rip, state.rflags)?;
    for (_, name) in FLAGS.iter().filter(|(bit, _)| state.rflags.wrapping_shr(*bit) & 1 != 0) {
        write!(out, " {name}")?;
    }
    writeln!(out)?;
    writeln!(out, "cr0  {:016x}  cr2  {:016x}  cr3  {:016x}", state.cr0, state.cr2, state.cr3)?;
    writeln!(out, "cr4  {:016x}  efer {:016x}", state.cr4, state.efer)?;
    writeln!(out, "     selector  base              limit     rights")?;
    let segments = [
        ("cs", state.cs),
        ("ds", state.ds),
        ("es", state.es),
        ("fs", state.fs),
        ("gs", state.gs),
        ("ss", state.ss),
        ("tr", state.tr),
        ("ldtr", state.ldtr),
    ];
    segments.iter().try_for_each(|(name, segment)| write_segment(name, segment, out))?;
    for (name, table) in [("gdtr", state.gdtr), ("idtr", state.idtr)] {
        writeln!(out, "{name}           {:016x}  {:08x}", table.base, table.limit)?;
    }
    Ok(())
}

fn write_segment(name: &str, segment: &Segment, out: &mut dyn Write) -> Result {
    let Segment { base, limit, selector, rights } = *segment;
    writeln!(out, "{name:<4} {selector:04x}      {base:016x}  {limit:08x}  {rights:04x}")
}
