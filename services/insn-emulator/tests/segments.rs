//! Segmentation in each mode.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod board;

use board::*;
use bulkhead_abi::exit::ExitReply;
use bulkhead_abi::vcpu::{Segment, StateGroups};
use bulkhead_protocol::bus::{Space, Width};
use iced_x86::code_asm::*;
use insn_emulator::{StopReason, emulate};

/// Real mode reaches devices only with a segment whose base was set in protected mode.
fn unreal() -> (Board, bulkhead_abi::vcpu::VcpuState) {
    let mut state = real_16();
    state.es.base = DEVICE;
    (Board::new(), state)
}

#[test]
fn real_mode_adds_the_segment_base_and_checks_64_kib() {
    let (mut board, mut state) = unreal();
    state.gpr[RBX] = 0x20;
    let verdict = run(&mut board, &mut state, 16, |a| a.mov(word_ptr(bx).es(), ax).unwrap());
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE + 0x20, Width::Word, 0)]);
    let (mut board, mut state) = unreal();
    state.gpr[RBX] = 0xffff;
    let verdict = run(&mut board, &mut state, 16, |a| a.mov(word_ptr(bx).es(), ax).unwrap());
    assert_eq!(verdict.reply, ExitReply::exception(13, None), "no error code in real mode");
    assert_eq!(verdict.groups, StateGroups::empty());
}

#[test]
fn real_mode_offsets_wrap_at_64_kib() {
    let (mut board, mut state) = unreal();
    state.gpr[RBX] = 0xfff0;
    state.gpr[RSI] = 0x20;
    run(&mut board, &mut state, 16, |a| a.mov(byte_ptr(bx + si).es(), al).unwrap());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE + 0x10, Width::Byte, 0)]);
}

#[test]
fn real_mode_strings_use_16_bit_registers() {
    let (mut board, mut state) = unreal();
    state.gpr[RCX] = 0xabcd_0003;
    state.gpr[RDI] = 0xabcd_0010;
    state.gpr[RAX] = 0x77;
    run(&mut board, &mut state, 16, |a| a.rep().stosb().unwrap());
    assert_eq!((state.gpr[RCX], state.gpr[RDI]), (0xabcd_0000, 0xabcd_0013));
    assert_eq!(board.registers[0x10..0x13], [0x77; 3]);
}

#[test]
fn the_instruction_pointer_wraps_with_its_width() {
    let (mut board, mut state) = unreal();
    state.rip = 0xfffd;
    // es mov [bx], al
    board.poke(0xfffd, &[0x26, 0x88, 0x07]);
    assert_eq!(emulate(&mut state, &mut board).reply, ExitReply::resume());
    assert_eq!(state.rip, 0);
}

#[test]
fn an_instruction_beyond_the_code_segment_faults() {
    let mut board = Board::new();
    let mut state = protected_32();
    state.cs.limit = 0x4001;
    // mov [edi + 8], eax has three bytes, and two fit.
    board.poke(CODE, &[0x89, 0x47, 0x08]);
    assert_eq!(emulate(&mut state, &mut board).reply, ExitReply::exception(13, Some(0)));
    state.rip = 0x5000;
    assert_eq!(emulate(&mut state, &mut board).reply, ExitReply::exception(13, Some(0)));
}

/// Between setting CR0.PE and the far jump, CS holds what real mode left there: on some CPUs that is data.
#[test]
fn an_instruction_is_fetched_right_after_protection_is_switched_on() {
    let mut board = Board::new();
    let mut state = protected_32();
    state.cs = Segment { rights: 0x93, ..real_16().cs };
    state.gpr[RBX] = DEVICE;
    let verdict = run(&mut board, &mut state, 16, |a| a.mov(byte_ptr(ebx), al).unwrap());
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE, Width::Byte, 0)]);
}

#[test]
fn fifteen_bytes_without_an_end_stop_the_vcpu() {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    board.poke(CODE, &[0x66; 15]);
    assert!(stops_with(&emulate(&mut state, &mut board), StopReason::Undecodable));
}

/// A store to `offset` in DS of 32-bit protected mode.
fn store_in(segment: Segment, offset: u64) -> ExitReply {
    let mut board = Board::new();
    let mut state = protected_32();
    state.ds = segment;
    state.gpr[RDI] = offset;
    run(&mut board, &mut state, 32, |a| a.mov(dword_ptr(edi), eax).unwrap()).reply
}

#[test]
fn protected_mode_checks_limit_type_and_presence() {
    let fault = ExitReply::exception(13, Some(0));
    let data = Segment { base: DEVICE, limit: 0xfff, selector: 8, rights: 0xc093 };
    assert_eq!(store_in(data, 0xffc), ExitReply::resume());
    assert_eq!(store_in(data, 0xffd), fault);
    assert_eq!(store_in(data, 0xffff_fffe), fault);
    let down = Segment { rights: 0xc097, ..data };
    assert_eq!(store_in(down, 0x1000), ExitReply::resume());
    assert_eq!(store_in(down, 0xfff), fault);
    assert_eq!(store_in(down, 0xffff_fffe), fault);
    assert_eq!(store_in(Segment { rights: 0xc091, ..data }, 0), fault, "read-only");
    assert_eq!(store_in(Segment { rights: 0xc09b, ..data }, 0), fault, "code");
    assert_eq!(store_in(Segment { rights: 0, ..data }, 0), fault, "null");
}

#[test]
fn the_stack_segment_has_a_fault_of_its_own() {
    let mut board = Board::new();
    let mut state = protected_32();
    state.ss.limit = 0xff;
    state.gpr[5] = DEVICE;
    let verdict = run(&mut board, &mut state, 32, |a| a.mov(dword_ptr(ebp), eax).unwrap());
    assert_eq!(verdict.reply, ExitReply::exception(12, Some(0)));
}

#[test]
fn long_mode_ignores_bases_and_limits_except_fs_and_gs() {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    state.ds = Segment::default();
    state.gs.base = DEVICE;
    state.gs.limit = 0;
    state.gpr[RDI] = DEVICE + 0x30;
    complete(&mut board, state, |a| a.mov(dword_ptr(rdi), eax).unwrap());
    state.gpr[RDI] = 0x40;
    complete(&mut board, state, |a| a.mov(dword_ptr(rdi).gs(), eax).unwrap());
    let store = |offset| Access::Write(Space::Mmio, DEVICE + offset, Width::Double, 0);
    assert_eq!(board.log, [store(0x30), store(0x40)]);
}

#[test]
fn long_mode_refuses_addresses_that_are_not_canonical() {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    state.gpr[RDI] = 0x8000_0000_0000;
    let verdict = run(&mut board, &mut state, 64, |a| a.mov(dword_ptr(rdi), eax).unwrap());
    assert_eq!(verdict.reply, ExitReply::exception(13, Some(0)));
    let verdict = run(&mut board, &mut state, 64, |a| a.mov(dword_ptr(rdi).ss(), eax).unwrap());
    assert_eq!(verdict.reply, ExitReply::exception(12, Some(0)));
}

#[test]
fn compatibility_mode_is_segmented_below_long_mode_paging() {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    state.cs.rights = 0xc09b;
    state.ds.base = 0x1000;
    state.gpr[RDI] = DEVICE - 0x1000 + 8;
    let verdict = run(&mut board, &mut state, 32, |a| a.mov(dword_ptr(edi), eax).unwrap());
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE + 8, Width::Double, 0)]);
}

#[test]
fn completion_clears_the_resume_flag() {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    state.rflags |= 1 << 16;
    state.gpr[RDI] = DEVICE;
    let after = complete(&mut board, state, |a| a.mov(dword_ptr(rdi), eax).unwrap());
    assert_eq!(after.rflags, 2);
}
