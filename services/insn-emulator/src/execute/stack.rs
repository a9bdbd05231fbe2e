//! PUSH and POP of a general register or of memory.

use super::operand::width;
use crate::cpu::Cpu;
use crate::escape::Escape;
use crate::machine::Machine;
use crate::mode::RIGHTS_BIG;
use crate::paging::Intent;
use bulkhead_protocol::bus::Width;
use iced_x86::{Instruction, Register};

impl<M: Machine> Cpu<'_, M> {
    /// The stack pointer as wide as the stack segment says.
    fn stack_pointer(&self) -> (Register, Width) {
        if self.mode.is_64_bit() {
            (Register::RSP, Width::Quad)
        } else if self.state.ss.rights & RIGHTS_BIG != 0 {
            (Register::ESP, Width::Double)
        } else {
            (Register::SP, Width::Word)
        }
    }

    /// PUSH.
    pub(super) fn push(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let (pointer, pointer_width) = self.stack_pointer();
        let from = self.place(instruction, 0, Intent::Read)?;
        let top = self.register(pointer)?.wrapping_sub(u64::from(width.bytes())) & pointer_width.all_ones();
        let slot = self.locate(Register::SS, top, width, Intent::Write)?;
        let value = self.get(&from)?;
        self.store(&slot, value)?;
        self.put_register(pointer, top)
    }

    /// POP. A destination that is addressed by the stack pointer is addressed by the new one.
    pub(super) fn pop(&mut self, instruction: &Instruction) -> Result<(), Escape> {
        let width = width(instruction, 0)?;
        let (pointer, pointer_width) = self.stack_pointer();
        let old = self.register(pointer)?;
        let slot = self.locate(Register::SS, old, width, Intent::Read)?;
        self.put_register(pointer, old.wrapping_add(u64::from(width.bytes())) & pointer_width.all_ones())?;
        let moved = self.place(instruction, 0, Intent::Write).and_then(|to| {
            let value = self.load(&slot)?;
            self.put(&to, value)
        });
        if moved.is_err() {
            self.put_register(pointer, old)?;
        }
        moved
    }
}
