//! Instructions that move data: MOV and its relatives, XCHG, SETcc, CMOVcc.

use super::operand::{Place, width};
use crate::cpu::Cpu;
use crate::escape::{Escape, StopReason};
use crate::machine::Machine;
use crate::paging::Intent;
use crate::registers;
use bulkhead_protocol::bus::Width;
use iced_x86::Instruction;

impl<M: Machine> Cpu<'_, M> {
    /// MOV, MOVNTI, MOVZX: registers are read zero-extended and written as wide as they are.
    pub(super) fn copy(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        self.transform(instruction, |value, _| value)
    }

    /// MOVSX, MOVSXD.
    pub(super) fn copy_signed(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        self.transform(instruction, |value, from| {
            let sign = from.all_ones() ^ (from.all_ones() >> 1);
            (value ^ sign).wrapping_sub(sign)
        })
    }

    /// MOVBE.
    pub(super) fn copy_swapped(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        self.transform(instruction, |value, width| {
            let unused = 64u32.wrapping_sub(u32::from(width.bytes()).wrapping_mul(8));
            value.swap_bytes().wrapping_shr(unused)
        })
    }

    /// Operand 0 ← what `change` makes of operand 1 and its width.
    fn transform(
        &mut self,
        instruction: &Instruction,
        change: impl Fn(u64, Width) -> u64,
    ) -> Result<(), Escape> {
        let to = self.place(instruction, 0, Intent::Write)?;
        if let Place::Register(register) = to
            && registers::width(register).is_none()
        {
            // A segment, control or debug register: refused before the source is touched.
            return Err(StopReason::Unsupported.into());
        }
        let from = self.place(instruction, 1, Intent::Read)?;
        let value = self.get(&from)?;
        let source = width(instruction, 1).unwrap_or(Width::Quad);
        self.put(&to, change(value, source))
    }

    /// XCHG.
    pub(super) fn exchange(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        let left = self.place(instruction, 0, Intent::Write)?;
        let right = self.place(instruction, 1, Intent::Write)?;
        let (old_left, old_right) = (self.get(&left)?, self.get(&right)?);
        // Memory, which is operand 0 if there is any, goes first: it can fail.
        self.put(&left, old_right)?;
        self.put(&right, old_left)
    }

    /// SETcc.
    pub(super) fn set_on_condition(&mut self, instruction: &Instruction, holds: bool) -> Result<(), Escape> {
        let to = self.place(instruction, 0, Intent::Write)?;
        self.put(&to, u64::from(holds))
    }

    /// CMOVcc: the source is read in any case, and a 32-bit destination always loses its upper half.
    pub(super) fn copy_on_condition(&mut self, instruction: &Instruction, holds: bool) -> Result<(), Escape> {
        let to = self.place(instruction, 0, Intent::Write)?;
        let from = self.place(instruction, 1, Intent::Read)?;
        let (old, new) = (self.get(&to)?, self.get(&from)?);
        self.put(&to, if holds { new } else { old })
    }
}
