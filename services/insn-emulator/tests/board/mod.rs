//! A machine for tests: some RAM, a bank of device registers that remember, and a record of all accesses.
#![expect(dead_code, reason = "each test program uses its part")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "addresses of the board fit")]

use bulkhead_abi::exit::{Disposition, ExitReply};
use bulkhead_abi::vcpu::{Segment, StateGroups, VcpuState};
use bulkhead_protocol::bus::{Space, Width};
use iced_x86::code_asm::CodeAssembler;
use insn_emulator::{Machine, Unreachable, Verdict, emulate};

pub(crate) const RAM: u64 = 0x10_0000;
pub(crate) const DEVICE: u64 = 0xfec0_0000;
pub(crate) const DEVICE_LENGTH: u64 = 0x2000;
pub(crate) const CODE: u64 = 0x4000;
pub(crate) const STACK: u64 = 0x9000;
pub(crate) const TABLES: u64 = 0x1_0000;

pub(crate) const RAX: usize = 0;
pub(crate) const RCX: usize = 1;
pub(crate) const RDX: usize = 2;
pub(crate) const RBX: usize = 3;
pub(crate) const RSP: usize = 4;
pub(crate) const RSI: usize = 6;
pub(crate) const RDI: usize = 7;

/// Assembles one instruction.
pub(crate) type Program = fn(&mut CodeAssembler);

/// An access to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read(Space, u64, Width),
    Write(Space, u64, Width, u64),
}

pub(crate) struct Board {
    pub(crate) ram: Vec<u8>,
    pub(crate) registers: Vec<u8>,
    pub(crate) log: Vec<Access>,
    /// Answers to the next accesses of devices; all others are answered.
    pub(crate) refusals: Vec<Option<Unreachable>>,
}

impl Board {
    pub(crate) fn new() -> Self {
        let registers = (0..DEVICE_LENGTH).map(|byte| (byte * 7 + 3) as u8).collect();
        Self { ram: vec![0; RAM as usize], registers, log: Vec::new(), refusals: Vec::new() }
    }

    pub(crate) fn poke(&mut self, address: u64, bytes: &[u8]) {
        self.ram[address as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn peek(&self, address: u64, bytes: u8) -> u64 {
        little_endian(&self.ram[address as usize..][..usize::from(bytes)])
    }

    /// What the device has at an offset.
    pub(crate) fn device(&self, offset: u64, bytes: u8) -> u64 {
        little_endian(&self.registers[offset as usize..][..usize::from(bytes)])
    }

    pub(crate) fn set_device(&mut self, offset: u64, bytes: &[u8]) {
        self.registers[offset as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    fn refusal(&mut self) -> Result<(), Unreachable> {
        if self.refusals.is_empty() { None } else { self.refusals.remove(0) }.map_or(Ok(()), Err)
    }

    fn span(address: u64, bytes: usize) -> Option<std::ops::Range<usize>> {
        let end = address.checked_add(bytes as u64)?;
        (end <= RAM).then_some(address as usize..end as usize)
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    let mut value = [0; 8];
    value[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(value)
}

impl Machine for Board {
    fn read_memory(&mut self, address: u64, bytes: &mut [u8]) -> bool {
        let Some(span) = Self::span(address, bytes.len()) else { return false };
        bytes.copy_from_slice(&self.ram[span]);
        true
    }

    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> bool {
        let Some(span) = Self::span(address, bytes.len()) else { return false };
        self.ram[span].copy_from_slice(bytes);
        true
    }

    fn read_device(&mut self, space: Space, address: u64, width: Width) -> Result<u64, Unreachable> {
        self.refusal()?;
        self.log.push(Access::Read(space, address, width));
        let offset = if space == Space::Port { address } else { address.wrapping_sub(DEVICE) };
        let inside = offset.checked_add(width.bytes().into()).is_some_and(|end| end <= DEVICE_LENGTH);
        Ok(if inside { self.device(offset, width.bytes()) } else { width.all_ones() })
    }

    fn write_device(
        &mut self,
        space: Space,
        address: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Unreachable> {
        self.refusal()?;
        self.log.push(Access::Write(space, address, width, value));
        let offset = if space == Space::Port { address } else { address.wrapping_sub(DEVICE) };
        if offset.checked_add(width.bytes().into()).is_some_and(|end| end <= DEVICE_LENGTH) {
            self.set_device(offset, &value.to_le_bytes()[..usize::from(width.bytes())]);
        }
        Ok(())
    }
}

const fn flat(rights: u16) -> Segment {
    Segment { base: 0, limit: u32::MAX, selector: 8, rights }
}

/// 32-bit protected mode without paging, flat segments, privilege level 0.
pub(crate) fn protected_32() -> VcpuState {
    let data = flat(0xc093);
    let mut state =
        VcpuState { cs: flat(0xc09b), ds: data, es: data, fs: data, gs: data, ss: data, ..real_16() };
    state.cr0 = 0x11;
    state
}

/// Real mode.
pub(crate) fn real_16() -> VcpuState {
    let mut state = VcpuState::power_on();
    state.cs.base = 0;
    state.cs.selector = 0;
    state.rip = CODE;
    state.gpr[RSP] = STACK;
    state.gpr[RDX] = 0;
    state
}

/// 64-bit mode, privilege level 0; the first 4 GiB are mapped to themselves in pages of 1 GiB.
pub(crate) fn long_64(board: &mut Board) -> VcpuState {
    board.poke(TABLES, &((TABLES + 0x1000) | 7).to_le_bytes());
    for gib in 0..4u64 {
        board.poke(TABLES + 0x1000 + gib * 8, &(gib << 30 | 0x87).to_le_bytes());
    }
    let mut state = protected_32();
    state.cs.rights = 0xa09b;
    state.cr0 = 0x8001_0011;
    state.cr3 = TABLES;
    state.cr4 = 0x20;
    state.efer = 0xd00;
    state
}

/// The bytes of a program at the board's place for code.
pub(crate) fn assemble(bits: u32, program: impl FnOnce(&mut CodeAssembler)) -> Vec<u8> {
    let mut assembler = CodeAssembler::new(bits).unwrap();
    program(&mut assembler);
    assembler.assemble(CODE).unwrap()
}

/// Puts one instruction where the instruction pointer is, and emulates it.
pub(crate) fn run(
    board: &mut Board,
    state: &mut VcpuState,
    bits: u32,
    program: impl FnOnce(&mut CodeAssembler),
) -> Verdict {
    let code = assemble(bits, program);
    board.poke(state.cs.base + state.rip, &code);
    emulate(state, board)
}

/// Emulates one instruction of 64-bit code that must complete; returns the state after it.
pub(crate) fn complete(
    board: &mut Board,
    mut state: VcpuState,
    program: impl FnOnce(&mut CodeAssembler),
) -> VcpuState {
    let rip = state.rip;
    let code = assemble(64, program);
    board.poke(rip, &code);
    let verdict = emulate(&mut state, board);
    assert_eq!(verdict, Verdict { reply: ExitReply::resume(), groups: StateGroups::GENERAL });
    assert_eq!(state.rip, rip + code.len() as u64);
    state
}

/// The reply is a stop for this reason.
pub(crate) fn stops_with(verdict: &Verdict, reason: insn_emulator::StopReason) -> bool {
    verdict.reply.disposition == Disposition::Stop as u32 && verdict.reply.value & 0xff == reason as u64
}
