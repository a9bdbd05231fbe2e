//! MOVS, STOS, LODS, CMPS, SCAS, INS, OUTS, alone and repeated (Intel SDM volume 2, "REP/REPE/REPZ/REPNE/REPNZ").

use super::operand::memory_width;
use crate::alu::{self, STATUS, ZF};
use crate::cpu::Cpu;
use crate::escape::{Escape, StopReason};
use crate::location::Location;
use crate::machine::Machine;
use crate::paging::Intent;
use crate::verdict::Progress;
use bulkhead_protocol::bus::{ACCESSES_OF_A_READING_EXIT, Space, Width};
use iced_x86::{Code, Instruction, OpKind, Register};

/// Rounds of a repeated instruction in one exit: bounds the time that other exits wait.
const ROUNDS: u32 = 64;
/// No new round after this many bytes from or to devices: with the 16 of a last round the exit stays below
/// [`Sequence::ACCESSES`](crate::Sequence::ACCESSES), even if each byte needs an access of its own.
const DEVICE_BYTES: u32 = 240;
/// RFLAGS.DF
const RFLAGS_DF: u64 = 1 << 10;

/// Which string instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Move,
    Store,
    Load,
    Compare,
    Scan,
    Input,
    Output,
}

impl Operation {
    /// The instruction, if it is one. MOVSD and CMPSD of SSE share their mnemonics with these but not their codes.
    pub(super) fn of(instruction: &Instruction) -> Option<Self> {
        Some(match instruction.code() {
            Code::Movsb_m8_m8 | Code::Movsw_m16_m16 | Code::Movsd_m32_m32 | Code::Movsq_m64_m64 => Self::Move,
            Code::Stosb_m8_AL | Code::Stosw_m16_AX | Code::Stosd_m32_EAX | Code::Stosq_m64_RAX => Self::Store,
            Code::Lodsb_AL_m8 | Code::Lodsw_AX_m16 | Code::Lodsd_EAX_m32 | Code::Lodsq_RAX_m64 => Self::Load,
            Code::Cmpsb_m8_m8 | Code::Cmpsw_m16_m16 | Code::Cmpsd_m32_m32 | Code::Cmpsq_m64_m64 => {
                Self::Compare
            }
            Code::Scasb_AL_m8 | Code::Scasw_AX_m16 | Code::Scasd_EAX_m32 | Code::Scasq_RAX_m64 => Self::Scan,
            Code::Insb_m8_DX | Code::Insw_m16_DX | Code::Insd_m32_DX => Self::Input,
            Code::Outsb_DX_m8 | Code::Outsw_DX_m16 | Code::Outsd_DX_m32 => Self::Output,
            _ => return None,
        })
    }

    fn uses_source(self) -> bool {
        matches!(self, Self::Move | Self::Load | Self::Compare | Self::Output)
    }

    fn uses_destination(self) -> bool {
        !matches!(self, Self::Load | Self::Output)
    }
}

/// A string instruction with its registers.
#[derive(Debug, Clone, Copy)]
struct Form {
    operation: Operation,
    width: Width,
    accumulator: Register,
    /// The overridable segment of the source.
    segment: Register,
    source: Register,
    destination: Register,
    count: Register,
}

impl Form {
    fn of(instruction: &Instruction, operation: Operation) -> Option<Self> {
        let width = memory_width(instruction)?;
        let accumulator = match width {
            Width::Byte => Register::AL,
            Width::Word => Register::AX,
            Width::Double => Register::EAX,
            Width::Quad => Register::RAX,
        };
        let is_kind = |wanted: [OpKind; 2]| {
            (0..instruction.op_count()).any(|operand| wanted.contains(&instruction.op_kind(operand)))
        };
        let (source, destination, count) = if is_kind([OpKind::MemorySegRSI, OpKind::MemoryESRDI]) {
            (Register::RSI, Register::RDI, Register::RCX)
        } else if is_kind([OpKind::MemorySegESI, OpKind::MemoryESEDI]) {
            (Register::ESI, Register::EDI, Register::ECX)
        } else {
            (Register::SI, Register::DI, Register::CX)
        };
        let segment = instruction.memory_segment();
        Some(Self { operation, width, accumulator, segment, source, destination, count })
    }
}

impl<M: Machine> Cpu<'_, M> {
    /// Carries out a string instruction as far as one exit goes.
    pub(super) fn repeat(
        &mut self,
        instruction: &Instruction,
        operation: Operation,
    ) -> Result<Progress, Escape> {
        let form = Form::of(instruction, operation).ok_or(StopReason::Unsupported)?;
        if !instruction.has_rep_prefix() && !instruction.has_repne_prefix() {
            self.round(&form)?;
            return Ok(Progress::Complete);
        }
        let mut in_a_round = 0;
        for _ in 0..ROUNDS {
            let count = self.register(form.count)?;
            if count == 0 {
                return Ok(Progress::Complete);
            }
            if self.device_bytes > DEVICE_BYTES {
                return Ok(Progress::Partial);
            }
            if self.has_read && self.accesses.saturating_add(in_a_round) > ACCESSES_OF_A_READING_EXIT {
                return Ok(Progress::Partial);
            }
            self.round_began = self.device_bytes;
            let before = self.accesses;
            self.round(&form)?;
            in_a_round = self.accesses.wrapping_sub(before);
            self.put_register(form.count, count.wrapping_sub(1))?;
            if matches!(operation, Operation::Compare | Operation::Scan) {
                let equal = self.state.rflags & ZF != 0;
                if equal != instruction.has_rep_prefix() {
                    return Ok(Progress::Complete);
                }
            }
        }
        let done = self.register(form.count)? == 0;
        Ok(if done { Progress::Complete } else { Progress::Partial })
    }

    /// One element. Both operands are located before either is touched.
    fn round(&mut self, form: &Form) -> Result<(), Escape> {
        let intent = match form.operation {
            Operation::Compare | Operation::Scan => Intent::Read,
            _ => Intent::Write,
        };
        let from =
            self.element(form, form.operation.uses_source(), form.segment, form.source, Intent::Read)?;
        let to =
            self.element(form, form.operation.uses_destination(), Register::ES, form.destination, intent)?;
        let port = self.register(Register::DX)?;
        match (form.operation, from, to) {
            (Operation::Move, Some(from), Some(to)) => {
                let value = self.load(&from)?;
                self.store(&to, value)?;
            }
            (Operation::Store, _, Some(to)) => {
                let value = self.register(form.accumulator)?;
                self.store(&to, value)?;
            }
            (Operation::Load, Some(from), _) => {
                let value = self.load(&from)?;
                self.put_register(form.accumulator, value)?;
            }
            (Operation::Compare, Some(from), Some(to)) => {
                let (left, right) = (self.load(&from)?, self.load(&to)?);
                self.set_flags(STATUS, alu::subtract(form.width, left, right, false).flags);
            }
            (Operation::Scan, _, Some(to)) => {
                let (left, right) = (self.register(form.accumulator)?, self.load(&to)?);
                self.set_flags(STATUS, alu::subtract(form.width, left, right, false).flags);
            }
            (Operation::Input, _, Some(to)) => {
                let value = self.read_device(Space::Port, port, form.width)?;
                self.store(&to, value)?;
            }
            (Operation::Output, Some(from), _) => {
                let value = self.load(&from)?;
                self.write_device(Space::Port, port, form.width, value)?;
            }
            _ => return Err(StopReason::Unsupported.into()),
        }
        self.step(form, form.operation.uses_source(), form.source)?;
        self.step(form, form.operation.uses_destination(), form.destination)
    }

    fn element(
        &mut self,
        form: &Form,
        used: bool,
        segment: Register,
        index: Register,
        intent: Intent,
    ) -> Result<Option<Location>, Escape> {
        if !used {
            return Ok(None);
        }
        let offset = self.register(index)?;
        self.locate(segment, offset, form.width, intent).map(Some)
    }

    /// Moves an index register by one element in the direction of DF.
    fn step(&mut self, form: &Form, used: bool, index: Register) -> Result<(), Escape> {
        if !used {
            return Ok(());
        }
        let bytes = u64::from(form.width.bytes());
        let offset = self.register(index)?;
        let next = if self.state.rflags & RFLAGS_DF == 0 {
            offset.wrapping_add(bytes)
        } else {
            offset.wrapping_sub(bytes)
        };
        self.put_register(index, next)
    }
}
