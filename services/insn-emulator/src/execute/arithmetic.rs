//! Arithmetic with an operand in memory, with its flags.

use super::operand::{Place, width};
use crate::alu::{self, CF, Computed, STATUS};
use crate::cpu::Cpu;
use crate::escape::Escape;
use crate::machine::Machine;
use crate::paging::Intent;
use bulkhead_protocol::bus::Width;
use iced_x86::{Instruction, Register};

/// Instructions of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Or,
    AddWithCarry,
    SubtractWithBorrow,
    And,
    Subtract,
    Xor,
    Compare,
    Test,
}

/// Instructions of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Negate,
    Increment,
    Decrement,
}

impl Binary {
    fn compute(self, width: Width, left: u64, right: u64, carry: bool) -> Computed {
        match self {
            Self::Add => alu::add(width, left, right, false),
            Self::AddWithCarry => alu::add(width, left, right, carry),
            Self::Subtract | Self::Compare => alu::subtract(width, left, right, false),
            Self::SubtractWithBorrow => alu::subtract(width, left, right, carry),
            Self::Or => alu::logic(width, left | right),
            Self::And | Self::Test => alu::logic(width, left & right),
            Self::Xor => alu::logic(width, left ^ right),
        }
    }

    fn writes(self) -> bool {
        !matches!(self, Self::Compare | Self::Test)
    }
}

impl<M: Machine> Cpu<'_, M> {
    pub(super) fn set_flags(&mut self, mask: u64, flags: u64) {
        self.state.rflags = self.state.rflags & !mask | flags & mask;
    }

    /// ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST.
    pub(super) fn binary(&mut self, instruction: &Instruction, operation: Binary) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let intent = if operation.writes() { Intent::Write } else { Intent::Read };
        let to = self.place(instruction, 0, intent)?;
        let from = self.place(instruction, 1, Intent::Read)?;
        let (left, right) = (self.get(&to)?, self.get(&from)?);
        let computed = operation.compute(width, left, right, self.state.rflags & CF != 0);
        if operation.writes() {
            self.put(&to, computed.value)?;
        }
        self.set_flags(STATUS, computed.flags);
        Ok(())
    }

    /// NOT, NEG, INC, DEC.
    pub(super) fn unary(&mut self, instruction: &Instruction, operation: Unary) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let place = self.place(instruction, 0, Intent::Write)?;
        let value = self.get(&place)?;
        let (computed, affected) = match operation {
            Unary::Not => (Computed { value: !value, flags: 0 }, 0),
            Unary::Negate => (alu::subtract(width, 0, value, false), STATUS),
            Unary::Increment => (alu::add(width, value, 1, false), STATUS & !CF),
            Unary::Decrement => (alu::subtract(width, value, 1, false), STATUS & !CF),
        };
        self.put(&place, computed.value)?;
        self.set_flags(affected, computed.flags);
        Ok(())
    }

    /// CMPXCHG. The destination is written in any case: its old value if it is not equal to the accumulator.
    pub(super) fn compare_exchange(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let accumulator = match width {
            Width::Byte => Register::AL,
            Width::Word => Register::AX,
            Width::Double => Register::EAX,
            Width::Quad => Register::RAX,
        };
        let to = self.place(instruction, 0, Intent::Write)?;
        let from = self.place(instruction, 1, Intent::Read)?;
        let (old, new) = (self.get(&to)?, self.get(&from)?);
        let expected = self.register(accumulator)?;
        let equal = old == expected;
        self.put(&to, if equal { new } else { old })?;
        if !equal {
            self.put_register(accumulator, old)?;
        }
        self.set_flags(STATUS, alu::subtract(width, expected, old, false).flags);
        Ok(())
    }

    /// XADD.
    pub(super) fn exchange_add(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let to = self.place(instruction, 0, Intent::Write)?;
        let (old, addend) = (self.get(&to)?, self.register(instruction.op_register(1))?);
        let computed = alu::add(width, old, addend, false);
        // Memory first, because it can fail; but with two equal registers the sum must stand.
        if matches!(to, Place::Memory(..)) {
            self.put(&to, computed.value)?;
            self.put_register(instruction.op_register(1), old)?;
        } else {
            self.put_register(instruction.op_register(1), old)?;
            self.put(&to, computed.value)?;
        }
        self.set_flags(STATUS, computed.flags);
        Ok(())
    }
}
