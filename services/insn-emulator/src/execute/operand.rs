//! Operands of a decoded instruction.

use crate::cpu::Cpu;
use crate::escape::{Escape, StopReason};
use crate::location::Location;
use crate::machine::Machine;
use crate::paging::Intent;
use crate::registers;
use bulkhead_protocol::bus::Width;
use iced_x86::{CodeSize, Instruction, MemorySize, OpKind, Register};

/// An operand that can be read, and written unless it is a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Register(Register),
    Memory(Location, Width),
    Constant(u64),
}

/// Width of the memory operand.
pub(super) fn memory_width(instruction: &Instruction) -> Option<Width> {
    Some(match instruction.memory_size() {
        MemorySize::UInt8 | MemorySize::Int8 => Width::Byte,
        MemorySize::UInt16 | MemorySize::Int16 => Width::Word,
        MemorySize::UInt32 | MemorySize::Int32 => Width::Double,
        MemorySize::UInt64 | MemorySize::Int64 => Width::Quad,
        _ => return None,
    })
}

/// Width of an operand that is a general register or in memory.
pub(super) fn width(instruction: &Instruction, operand: u32) -> Result<Width, Escape> {
    let width = match instruction.op_kind(operand) {
        OpKind::Register => registers::width(instruction.op_register(operand)),
        OpKind::Memory => memory_width(instruction),
        _ => None,
    };
    width.ok_or(StopReason::Unsupported.into())
}

/// All ones of the instruction's address size.
fn address_mask(instruction: &Instruction) -> u64 {
    let of_register = |register| registers::width(register).map(Width::all_ones);
    let of_displacement = Width::from_bytes(u8::try_from(instruction.memory_displ_size()).unwrap_or(0))
        .filter(|width| *width != Width::Byte)
        .map(Width::all_ones);
    let of_code = match instruction.code_size() {
        CodeSize::Code16 => 0xffff,
        CodeSize::Code32 => 0xffff_ffff,
        _ => u64::MAX,
    };
    match instruction.memory_base() {
        Register::RIP => u64::MAX,
        Register::EIP => 0xffff_ffff,
        base => of_register(base)
            .or_else(|| of_register(instruction.memory_index()))
            .or(of_displacement)
            .unwrap_or(of_code),
    }
}

impl<M: Machine> Cpu<'_, M> {
    /// An operand's place. Memory is checked for the intent, not accessed.
    pub(super) fn place(
        &mut self,
        instruction: &Instruction,
        operand: u32,
        intent: Intent,
    ) -> Result<Place, Escape> {
        Ok(match instruction.op_kind(operand) {
            OpKind::Register => Place::Register(instruction.op_register(operand)),
            OpKind::Memory => {
                let width = memory_width(instruction).ok_or(StopReason::Unsupported)?;
                Place::Memory(self.operand_at(instruction, operand, 0, width, intent)?, width)
            }
            OpKind::Immediate8
            | OpKind::Immediate16
            | OpKind::Immediate32
            | OpKind::Immediate64
            | OpKind::Immediate8to16
            | OpKind::Immediate8to32
            | OpKind::Immediate8to64
            | OpKind::Immediate32to64 => Place::Constant(instruction.immediate(operand)),
            _ => return Err(StopReason::Unsupported.into()),
        })
    }

    /// Locates the memory operand, `displacement` bytes further.
    pub(super) fn operand_at(
        &mut self,
        instruction: &Instruction,
        operand: u32,
        displacement: u64,
        width: Width,
        intent: Intent,
    ) -> Result<Location, Escape> {
        let state = &*self.state;
        // Segment bases are taken as 0, so that this is the offset in the segment.
        let offset = instruction.virtual_address(operand, 0, |register, _, _| {
            registers::read(state, register).or_else(|| registers::segment(state, register).map(|_| 0))
        });
        let offset = offset.ok_or(StopReason::Unsupported)?;
        let offset = offset.wrapping_add(displacement) & address_mask(instruction);
        self.locate(instruction.memory_segment(), offset, width, intent)
    }

    /// An operand's value.
    pub(super) fn get(&mut self, place: &Place) -> Result<u64, Escape> {
        match place {
            Place::Memory(location, _) => self.load(location),
            Place::Constant(value) => Ok(*value),
            Place::Register(register) => registers::read(self.state, *register)
                .or_else(|| {
                    registers::segment(self.state, *register).map(|segment| u64::from(segment.selector))
                })
                .ok_or(StopReason::Unsupported.into()),
        }
    }

    /// Sets an operand.
    pub(super) fn put(&mut self, place: &Place, value: u64) -> Result<(), Escape> {
        match place {
            Place::Memory(location, width) => self.store(location, value & width.all_ones()),
            Place::Constant(_) => Err(StopReason::Unsupported.into()),
            Place::Register(register) => self.put_register(*register, value),
        }
    }

    /// Sets a general register; others need more than a value.
    pub(super) fn put_register(&mut self, register: Register, value: u64) -> Result<(), Escape> {
        registers::write(self.state, register, value).ok_or(StopReason::Unsupported.into())
    }

    /// Value of a general register.
    pub(super) fn register(&self, register: Register) -> Result<u64, Escape> {
        registers::read(self.state, register).ok_or(StopReason::Unsupported.into())
    }
}
