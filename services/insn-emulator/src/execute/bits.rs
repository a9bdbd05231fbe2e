//! BT, BTS, BTR, BTC.

use super::operand::{Place, memory_width, width};
use crate::alu::CF;
use crate::cpu::Cpu;
use crate::escape::{Escape, StopReason};
use crate::machine::Machine;
use crate::paging::Intent;
use bulkhead_protocol::bus::Width;
use iced_x86::{Instruction, OpKind};

/// What becomes of the bit after it has been copied to CF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BitChange {
    Keep,
    Set,
    Reset,
    Complement,
}

impl<M: Machine> Cpu<'_, M> {
    /// A bit given by a register is counted from the operand's address over all of memory, in both directions; a bit
    /// given by a constant is one of the operand's own.
    pub(super) fn bit(&mut self, instruction: &Instruction, change: BitChange) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let intent = if change == BitChange::Keep { Intent::Read } else { Intent::Write };
        let last = u64::from(width.bytes()).wrapping_mul(8).wrapping_sub(1);
        let (place, number) = match (instruction.op_kind(0), instruction.op_kind(1)) {
            (OpKind::Memory, OpKind::Register) => {
                let width = memory_width(instruction).ok_or(StopReason::Unsupported)?;
                let number = self.register(instruction.op_register(1))?;
                let displacement = (signed(number, width) >> 3) & !i64::from(width.bytes()).wrapping_sub(1);
                let location =
                    self.operand_at(instruction, 0, displacement.cast_unsigned(), width, intent)?;
                (Place::Memory(location, width), number)
            }
            (OpKind::Register, OpKind::Register) => {
                (self.place(instruction, 0, intent)?, self.register(instruction.op_register(1))?)
            }
            _ => (self.place(instruction, 0, intent)?, instruction.immediate(1)),
        };
        let value = self.get(&place)?;
        let bit = 1u64.wrapping_shl(u32::try_from(number & last).unwrap_or(0));
        match change {
            BitChange::Keep => {}
            BitChange::Set => self.put(&place, value | bit)?,
            BitChange::Reset => self.put(&place, value & !bit)?,
            BitChange::Complement => self.put(&place, value ^ bit)?,
        }
        self.set_flags(CF, u64::from(value & bit != 0));
        Ok(())
    }
}

fn signed(value: u64, width: Width) -> i64 {
    let unused = 64u32.wrapping_sub(u32::from(width.bytes()).wrapping_mul(8));
    value.wrapping_shl(unused).cast_signed().wrapping_shr(unused)
}
