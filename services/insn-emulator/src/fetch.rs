//! Fetches the instruction at the instruction pointer and decodes it.

use crate::cpu::Cpu;
use crate::escape::{Escape, Exception, StopReason};
use crate::machine::Machine;
use crate::paging::{Intent, translate};
use crate::segment;
use bulkhead_abi::layout::PAGE;
use iced_x86::{Decoder, DecoderError, DecoderOptions, Instruction, Register};

/// Longest instruction.
const LONGEST: usize = 15;

/// The bytes of an instruction, as far as they were needed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fetched {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Fetched {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Has the decoder build its tables, so that the first exit does not wait for them.
pub fn prepare() {
    let _ = Decoder::new(64, &[0x90], DecoderOptions::NONE).decode();
}

impl<M: Machine> Cpu<'_, M> {
    /// The instruction at the instruction pointer. A second page is touched only if the instruction goes on there.
    pub(crate) fn fetch(&mut self, fetched: &mut Fetched) -> Result<Instruction, Escape> {
        let ip = self.state.rip;
        let limit = self.code_limit();
        self.fetch_more(fetched, limit)?;
        loop {
            let mut decoder = Decoder::with_ip(self.mode.bits, fetched.bytes(), ip, DecoderOptions::NONE);
            let instruction = decoder.decode();
            match decoder.last_error() {
                DecoderError::None => return Ok(instruction),
                DecoderError::NoMoreBytes if fetched.length < limit => self.fetch_more(fetched, limit)?,
                // It goes on beyond the segment's limit.
                DecoderError::NoMoreBytes => return Err(Exception::PROTECTION.into()),
                _ => return Err(StopReason::Undecodable.into()),
            }
        }
    }

    /// Bytes from the instruction pointer on that may be fetched at the most.
    fn code_limit(&self) -> usize {
        if self.mode.is_64_bit() {
            return LONGEST;
        }
        let room = u64::from(self.state.cs.limit).saturating_add(1).saturating_sub(self.state.rip);
        usize::try_from(room).unwrap_or(LONGEST).min(LONGEST)
    }

    /// Appends bytes up to the end of the page or the limit, at least one.
    fn fetch_more(&mut self, fetched: &mut Fetched, limit: usize) -> Result<(), Escape> {
        let offset = self.state.rip.wrapping_add(u64::try_from(fetched.length).unwrap_or(0));
        let linear = segment::linear(self.state, self.mode, Register::CS, offset, 1, Intent::Fetch)?;
        let address = translate(self.machine, self.state, self.mode, linear, Intent::Fetch)?;
        let room = usize::try_from(PAGE.wrapping_sub(linear & PAGE.wrapping_sub(1))).unwrap_or(1);
        let end = fetched.length.saturating_add(room).min(limit);
        let bytes = fetched.bytes.get_mut(fetched.length..end).unwrap_or_default();
        if !self.machine.read_memory(address, bytes) {
            return Err(StopReason::CodeOutsideMemory.into());
        }
        fetched.length = end;
        Ok(())
    }
}
