//! Carries out decoded instructions. The table of what is done is in `CONFORMANCE.md`.

mod arithmetic;
mod bits;
mod operand;
mod stack;
mod string;
mod transfer;

use crate::condition;
use crate::cpu::Cpu;
use crate::escape::{Escape, StopReason};
use crate::machine::Machine;
use crate::verdict::Progress;
use arithmetic::{Binary, Unary};
use bits::BitChange;
use iced_x86::{Instruction, Mnemonic};
use string::Operation;

impl<M: Machine> Cpu<'_, M> {
    /// Carries out an instruction, apart from moving the instruction pointer.
    pub(crate) fn execute(&mut self, instruction: &Instruction) -> Result<Progress, Escape> {
        if let Some(operation) = Operation::of(instruction) {
            return self.repeat(instruction, operation);
        }
        match instruction.mnemonic() {
            Mnemonic::Mov | Mnemonic::Movnti | Mnemonic::Movzx => self.copy(instruction),
            Mnemonic::Movsx | Mnemonic::Movsxd => self.copy_signed(instruction),
            Mnemonic::Movbe => self.copy_swapped(instruction),
            Mnemonic::Xchg => self.exchange(instruction),
            Mnemonic::Add => self.binary(instruction, Binary::Add),
            Mnemonic::Or => self.binary(instruction, Binary::Or),
            Mnemonic::Adc => self.binary(instruction, Binary::AddWithCarry),
            Mnemonic::Sbb => self.binary(instruction, Binary::SubtractWithBorrow),
            Mnemonic::And => self.binary(instruction, Binary::And),
            Mnemonic::Sub => self.binary(instruction, Binary::Subtract),
            Mnemonic::Xor => self.binary(instruction, Binary::Xor),
            Mnemonic::Cmp => self.binary(instruction, Binary::Compare),
            Mnemonic::Test => self.binary(instruction, Binary::Test),
            Mnemonic::Not => self.unary(instruction, Unary::Not),
            Mnemonic::Neg => self.unary(instruction, Unary::Negate),
            Mnemonic::Inc => self.unary(instruction, Unary::Increment),
            Mnemonic::Dec => self.unary(instruction, Unary::Decrement),
            Mnemonic::Cmpxchg => self.compare_exchange(instruction),
            Mnemonic::Xadd => self.exchange_add(instruction),
            Mnemonic::Bt => self.bit(instruction, BitChange::Keep),
            Mnemonic::Bts => self.bit(instruction, BitChange::Set),
            Mnemonic::Btr => self.bit(instruction, BitChange::Reset),
            Mnemonic::Btc => self.bit(instruction, BitChange::Complement),
            Mnemonic::Push => self.push(instruction),
            Mnemonic::Pop => self.pop(instruction),
            other => {
                let rflags = self.state.rflags;
                if let Some(holds) = condition::of_setcc(other, rflags) {
                    self.set_on_condition(instruction, holds)
                } else if let Some(holds) = condition::of_cmovcc(other, rflags) {
                    self.copy_on_condition(instruction, holds)
                } else {
                    Err(StopReason::Unsupported.into())
                }
            }
        }?;
        Ok(Progress::Complete)
    }
}
