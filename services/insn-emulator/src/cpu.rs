//! A vCPU and its surroundings while one instruction is carried out: loads and stores.

use crate::escape::{Escape, StopReason};
use crate::location::{Location, Run};
use crate::machine::{Machine, Unreachable};
use crate::mode::Mode;
use crate::paging::{Intent, translate};
use crate::segment;
use bulkhead_abi::layout::PAGE;
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::bus::{Space, Width};
use iced_x86::Register;

/// The vCPU. Its state changes only when nothing can stop the instruction (or one round of a repeated one) any more.
pub(crate) struct Cpu<'a, M> {
    pub(crate) state: &'a mut VcpuState,
    pub(crate) mode: Mode,
    pub(crate) machine: &'a mut M,
    /// Bytes exchanged with devices so far: a bound on the number of accesses.
    pub(crate) device_bytes: u32,
    /// `device_bytes` where the present round began.
    pub(crate) round_began: u32,
    /// Accesses to devices so far, and whether one of them has read.
    pub(crate) accesses: usize,
    pub(crate) has_read: bool,
}

impl<'a, M: Machine> Cpu<'a, M> {
    /// Ready for an instruction.
    pub(crate) fn new(state: &'a mut VcpuState, machine: &'a mut M) -> Self {
        let mode = Mode::of(state);
        Self { state, mode, machine, device_bytes: 0, round_began: 0, accesses: 0, has_read: false }
    }

    /// Finds an operand and checks that it may be accessed so.
    pub(crate) fn locate(
        &mut self,
        segment: Register,
        offset: u64,
        width: Width,
        intent: Intent,
    ) -> Result<Location, Escape> {
        let bytes = width.bytes();
        let linear = segment::linear(self.state, self.mode, segment, offset, bytes, intent)?;
        let room = PAGE.wrapping_sub(linear & PAGE.wrapping_sub(1));
        let split = u8::try_from(room).unwrap_or(u8::MAX).min(bytes);
        let first = Run { address: self.translate(linear, intent)?, bytes: split };
        let rest = bytes.wrapping_sub(split);
        let second = if rest == 0 {
            None
        } else {
            let next = linear.wrapping_add(u64::from(split));
            let next = if self.mode.is_64_bit() { next } else { next & 0xffff_ffff };
            Some(Run { address: self.translate(next, intent)?, bytes: rest })
        };
        Ok(Location { first, second })
    }

    fn translate(&mut self, linear: u64, intent: Intent) -> Result<u64, Escape> {
        translate(self.machine, self.state, self.mode, linear, intent)
    }

    /// Reads a located operand.
    pub(crate) fn load(&mut self, location: &Location) -> Result<u64, Escape> {
        let low = self.load_memory(&location.first);
        let Some(second) = location.second else {
            return low.map_or_else(|| self.load_device(&location.first), Ok);
        };
        let high = self.load_memory(&second);
        if let (None, None, Some(whole)) = (low, high, location.joined()) {
            return self.load_device(&whole);
        }
        let low = low.map_or_else(|| self.load_device(&location.first), Ok)?;
        let high = high.map_or_else(|| self.load_device(&second), Ok)?;
        Ok(low | high.wrapping_shl(bits(location.first.bytes)))
    }

    /// Writes a located operand.
    pub(crate) fn store(&mut self, location: &Location, value: u64) -> Result<(), Escape> {
        let first_done = self.store_memory(&location.first, value);
        let Some(second) = location.second else {
            return if first_done { Ok(()) } else { self.store_device(&location.first, value) };
        };
        let high = value.wrapping_shr(bits(location.first.bytes));
        let second_done = self.store_memory(&second, high);
        if let (false, false, Some(whole)) = (first_done, second_done, location.joined()) {
            return self.store_device(&whole, value);
        }
        if !first_done {
            self.store_device(&location.first, value)?;
        }
        if second_done { Ok(()) } else { self.store_device(&second, high) }
    }

    fn load_memory(&mut self, run: &Run) -> Option<u64> {
        let mut buffer = [0; 8];
        self.machine.read_memory(run.address, run.of(&mut buffer)).then(|| u64::from_le_bytes(buffer))
    }

    fn store_memory(&mut self, run: &Run, value: u64) -> bool {
        self.machine.write_memory(run.address, run.of(&mut value.to_le_bytes()))
    }

    fn load_device(&mut self, run: &Run) -> Result<u64, Escape> {
        if let Some(width) = Width::from_bytes(run.bytes) {
            return self.read_device(Space::Mmio, run.address, width);
        }
        let mut bytes = [0; 8];
        for (offset, byte) in (0..).zip(run.of(&mut bytes)) {
            let value = self.read_device(Space::Mmio, run.address.wrapping_add(offset), Width::Byte)?;
            *byte = u8::try_from(value & 0xff).unwrap_or(u8::MAX);
        }
        Ok(u64::from_le_bytes(bytes))
    }

    fn store_device(&mut self, run: &Run, value: u64) -> Result<(), Escape> {
        if let Some(width) = Width::from_bytes(run.bytes) {
            return self.write_device(Space::Mmio, run.address, width, value);
        }
        let mut bytes = value.to_le_bytes();
        for (offset, byte) in (0..).zip(run.of(&mut bytes)) {
            self.write_device(Space::Mmio, run.address.wrapping_add(offset), Width::Byte, u64::from(*byte))?;
        }
        Ok(())
    }

    /// Reads from a device, masked to the width.
    pub(crate) fn read_device(&mut self, space: Space, address: u64, width: Width) -> Result<u64, Escape> {
        let value = self.machine.read_device(space, address, width);
        self.has_read = true;
        self.count(width, value).map(|value| value & width.all_ones())
    }

    /// Writes to a device.
    pub(crate) fn write_device(
        &mut self,
        space: Space,
        address: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Escape> {
        let done = self.machine.write_device(space, address, width, value & width.all_ones());
        self.count(width, done)
    }

    fn count<T>(&mut self, width: Width, result: Result<T, Unreachable>) -> Result<T, Escape> {
        match result {
            Ok(value) => {
                self.device_bytes = self.device_bytes.wrapping_add(u32::from(width.bytes()));
                self.accesses = self.accesses.wrapping_add(1);
                Ok(value)
            }
            Err(Unreachable::Absent) if self.device_bytes == self.round_began => Err(Escape::Retry),
            Err(_) => Err(StopReason::DeviceLost.into()),
        }
    }
}

fn bits(bytes: u8) -> u32 {
    u32::from(bytes).wrapping_mul(8)
}
