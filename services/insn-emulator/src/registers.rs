//! Registers by the decoder's names.

use bulkhead_abi::vcpu::{Segment, VcpuState};
use bulkhead_protocol::bus::Width;
use iced_x86::Register;

/// A general register or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    index: usize,
    width: Width,
    /// Bits 15:8 (AH, CH, DH, BH).
    high: bool,
}

fn part(register: Register) -> Option<Part> {
    // The decoder numbers each class of registers in the order of their encoding.
    let number = register as usize;
    let within = |first: Register, last: Register| {
        (number >= first as usize && number <= last as usize).then(|| number.wrapping_sub(first as usize))
    };
    let whole = |index, width| Part { index, width, high: false };
    if let Some(index) = within(Register::RAX, Register::R15) {
        Some(whole(index, Width::Quad))
    } else if let Some(index) = within(Register::EAX, Register::R15D) {
        Some(whole(index, Width::Double))
    } else if let Some(index) = within(Register::AX, Register::R15W) {
        Some(whole(index, Width::Word))
    } else if let Some(index) = within(Register::AL, Register::BL) {
        Some(whole(index, Width::Byte))
    } else if let Some(index) = within(Register::AH, Register::BH) {
        Some(Part { index, width: Width::Byte, high: true })
    } else {
        within(Register::SPL, Register::R15L).map(|index| whole(index.wrapping_add(4), Width::Byte))
    }
}

/// Width of a general register.
pub(crate) fn width(register: Register) -> Option<Width> {
    part(register).map(|part| part.width)
}

/// Value of a general register, zero-extended.
pub(crate) fn read(state: &VcpuState, register: Register) -> Option<u64> {
    let part = part(register)?;
    let whole = *state.gpr.get(part.index)?;
    Some(if part.high { whole >> 8 } else { whole } & part.width.all_ones())
}

/// Sets a general register. 32-bit writes clear bits 63:32; narrower ones leave the rest.
pub(crate) fn write(state: &mut VcpuState, register: Register, value: u64) -> Option<()> {
    let part = part(register)?;
    let whole = state.gpr.get_mut(part.index)?;
    let mask = part.width.all_ones();
    *whole = match part.width {
        Width::Quad | Width::Double => value & mask,
        _ if part.high => *whole & !(mask << 8) | (value & mask) << 8,
        _ => *whole & !mask | value & mask,
    };
    Some(())
}

/// A segment register.
pub(crate) fn segment(state: &VcpuState, register: Register) -> Option<&Segment> {
    Some(match register {
        Register::ES => &state.es,
        Register::CS => &state.cs,
        Register::SS => &state.ss,
        Register::DS => &state.ds,
        Register::FS => &state.fs,
        Register::GS => &state.gs,
        _ => return None,
    })
}
