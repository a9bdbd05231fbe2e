//! MOV and its relatives between registers, memory and devices.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod board;

use board::*;
use bulkhead_protocol::bus::{Space, Width};
use iced_x86::code_asm::*;
use insn_emulator::{StopReason, Unreachable};

/// 64-bit mode with RDI at the device.
fn at_device() -> (Board, bulkhead_abi::vcpu::VcpuState) {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    state.gpr[RDI] = DEVICE;
    state.gpr[RAX] = 0x1122_3344_5566_7788;
    (board, state)
}

#[test]
fn a_store_reaches_the_device_once_at_its_width() {
    let cases: [(Width, Program); 4] = [
        (Width::Byte, |a| a.mov(byte_ptr(rdi + 8), al).unwrap()),
        (Width::Word, |a| a.mov(word_ptr(rdi + 8), ax).unwrap()),
        (Width::Double, |a| a.mov(dword_ptr(rdi + 8), eax).unwrap()),
        (Width::Quad, |a| a.mov(qword_ptr(rdi + 8), rax).unwrap()),
    ];
    for (width, program) in cases {
        let (mut board, state) = at_device();
        let after = complete(&mut board, state, program);
        let value = 0x1122_3344_5566_7788 & width.all_ones();
        assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE + 8, width, value)]);
        assert_eq!(after.gpr, state.gpr);
        assert_eq!(after.rflags, state.rflags);
    }
}

#[test]
fn a_load_changes_as_much_of_its_register_as_the_architecture_says() {
    let cases: [(u64, Program); 5] = [
        (0x1122_3344_5566_77aa, |a| a.mov(al, byte_ptr(rdi)).unwrap()),
        (0x1122_3344_5566_aa88, |a| a.mov(ah, byte_ptr(rdi)).unwrap()),
        (0x1122_3344_5566_bbaa, |a| a.mov(ax, word_ptr(rdi)).unwrap()),
        (0xddcc_bbaa, |a| a.mov(eax, dword_ptr(rdi)).unwrap()),
        (0x8877_ffee_ddcc_bbaa, |a| a.mov(rax, qword_ptr(rdi)).unwrap()),
    ];
    for (expected, program) in cases {
        let (mut board, state) = at_device();
        board.set_device(0, &[0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x77, 0x88]);
        let after = complete(&mut board, state, program);
        assert_eq!(after.gpr[RAX], expected, "{expected:#x}");
        assert_eq!(board.log.len(), 1);
    }
}

#[test]
fn constants_are_stored_sign_extended_to_the_width() {
    let (mut board, state) = at_device();
    complete(&mut board, state, |a| a.mov(qword_ptr(rdi), -2).unwrap());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE, Width::Quad, (-2i64).cast_unsigned())]);
}

#[test]
fn a_selector_is_stored_in_two_bytes() {
    let (mut board, mut state) = at_device();
    state.fs.selector = 0x53;
    complete(&mut board, state, |a| a.mov(word_ptr(rdi), fs).unwrap());
    complete(&mut board, state, |a| a.mov(qword_ptr(rdi), fs).unwrap());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE, Width::Word, 0x53); 2]);
}

#[test]
fn absolute_and_instruction_relative_addresses_are_found() {
    let (mut board, state) = at_device();
    let after = complete(&mut board, state, |a| a.mov(eax, dword_ptr(DEVICE + 0x10)).unwrap());
    assert_eq!(after.gpr[RAX], board.device(0x10, 4));
    // mov eax, [rip + 0x100]
    board.poke(CODE, &[0x8b, 0x05, 0x00, 0x01, 0x00, 0x00]);
    board.poke(CODE + 6 + 0x100, &[1, 2, 3, 4]);
    let mut state = state;
    insn_emulator::emulate(&mut state, &mut board);
    assert_eq!(state.gpr[RAX], 0x0403_0201);
}

#[test]
fn base_index_and_displacement_add_up_and_wrap_at_the_address_size() {
    let (mut board, mut state) = at_device();
    state.gpr[RBX] = 3;
    complete(&mut board, state, |a| a.mov(dword_ptr(rdi + rbx * 4 + 0x20), eax).unwrap());
    state.gpr[RDI] = 0x1_fec0_0000;
    complete(&mut board, state, |a| a.mov(dword_ptr(edi + ebx * 4 + 0x20), eax).unwrap());
    let store = Access::Write(Space::Mmio, DEVICE + 0x2c, Width::Double, 0x5566_7788);
    assert_eq!(board.log, [store, store]);
}

#[test]
fn extensions_take_the_sign_or_not() {
    let (mut board, state) = at_device();
    board.set_device(0, &[0x80, 0xff, 0xff, 0x80]);
    let value = |board: &mut Board, program: Program| complete(board, state, program).gpr[RAX];
    assert_eq!(value(&mut board, |a| a.movzx(eax, byte_ptr(rdi)).unwrap()), 0x80);
    assert_eq!(value(&mut board, |a| a.movzx(rax, word_ptr(rdi)).unwrap()), 0xff80);
    assert_eq!(value(&mut board, |a| a.movsx(eax, byte_ptr(rdi)).unwrap()), 0xffff_ff80);
    assert_eq!(value(&mut board, |a| a.movsx(ax, byte_ptr(rdi)).unwrap()), 0x1122_3344_5566_ff80);
    assert_eq!(value(&mut board, |a| a.movsxd(rax, dword_ptr(rdi)).unwrap()), 0xffff_ffff_80ff_ff80);
}

#[test]
fn movbe_swaps_and_movnti_stores() {
    let (mut board, state) = at_device();
    complete(&mut board, state, |a| a.movbe(dword_ptr(rdi), eax).unwrap());
    assert_eq!(board.device(0, 4), 0x8877_6655);
    let after = complete(&mut board, state, |a| a.movbe(ax, word_ptr(rdi)).unwrap());
    assert_eq!(after.gpr[RAX], 0x1122_3344_5566_5566);
    complete(&mut board, state, |a| a.movnti(qword_ptr(rdi), rax).unwrap());
    assert_eq!(board.device(0, 8), state.gpr[RAX]);
}

#[test]
fn xchg_reads_then_writes() {
    let (mut board, state) = at_device();
    let old = board.device(0, 4);
    let after = complete(&mut board, state, |a| a.xchg(dword_ptr(rdi), eax).unwrap());
    assert_eq!(after.gpr[RAX], old);
    assert_eq!(
        board.log,
        [
            Access::Read(Space::Mmio, DEVICE, Width::Double),
            Access::Write(Space::Mmio, DEVICE, Width::Double, 0x5566_7788)
        ]
    );
}

#[test]
fn conditions_decide_what_is_stored_and_loaded() {
    let (mut board, mut state) = at_device();
    for (rflags, below_or_equal, less) in [(2, 0, 0), (3, 1, 0), (0x42, 1, 0), (0x82, 0, 1), (0x882, 0, 0)] {
        state.rflags = rflags;
        complete(&mut board, state, |a| a.setbe(byte_ptr(rdi)).unwrap());
        assert_eq!(board.device(0, 1), below_or_equal, "{rflags:#x}");
        complete(&mut board, state, |a| a.setl(byte_ptr(rdi)).unwrap());
        assert_eq!(board.device(0, 1), less, "{rflags:#x}");
        complete(&mut board, state, |a| a.setge(byte_ptr(rdi)).unwrap());
        assert_eq!(board.device(0, 1), 1 - less, "{rflags:#x}");
    }
    let kept = complete(&mut board, state, |a| a.cmove(eax, dword_ptr(rdi)).unwrap());
    assert_eq!(kept.gpr[RAX], 0x5566_7788);
    let taken = complete(&mut board, state, |a| a.cmovne(eax, dword_ptr(rdi)).unwrap());
    assert_eq!(taken.gpr[RAX], board.device(0, 4));
}

#[test]
fn push_and_pop_carry_between_device_and_stack() {
    let (mut board, mut state) = at_device();
    let value = board.device(0, 8);
    let after = complete(&mut board, state, |a| a.push(qword_ptr(rdi)).unwrap());
    assert_eq!(after.gpr[RSP], STACK - 8);
    assert_eq!(board.peek(STACK - 8, 8), value);
    state.gpr[RSP] = STACK - 8;
    board.poke(STACK - 8, &[9; 8]);
    let after = complete(&mut board, state, |a| a.pop(qword_ptr(rdi)).unwrap());
    assert_eq!(after.gpr[RSP], STACK);
    assert_eq!(board.device(0, 8), 0x0909_0909_0909_0909);
}

#[test]
fn an_access_to_memory_and_device_is_split_and_one_within_devices_is_not() {
    let (mut board, mut state) = at_device();
    state.gpr[RDI] = RAM - 3;
    complete(&mut board, state, |a| a.mov(qword_ptr(rdi), rax).unwrap());
    assert_eq!(board.peek(RAM - 3, 3), 0x66_7788);
    let byte = |offset, value| Access::Write(Space::Mmio, RAM + offset, Width::Byte, value);
    assert_eq!(board.log, [byte(0, 0x55), byte(1, 0x44), byte(2, 0x33), byte(3, 0x22), byte(4, 0x11)]);
    board.log.clear();
    state.gpr[RDI] = DEVICE + 0xffe;
    let after = complete(&mut board, state, |a| a.mov(eax, dword_ptr(rdi)).unwrap());
    assert_eq!(board.log, [Access::Read(Space::Mmio, DEVICE + 0xffe, Width::Double)]);
    assert_eq!(after.gpr[RAX], board.device(0xffe, 4));
}

#[test]
fn an_instruction_waits_for_a_server_that_is_away() {
    let (mut board, state) = at_device();
    board.refusals = vec![Some(Unreachable::Absent)];
    let mut tried = state;
    let verdict = run(&mut board, &mut tried, 64, |a| a.mov(dword_ptr(rdi), eax).unwrap());
    assert_eq!(verdict.reply, bulkhead_abi::exit::ExitReply::resume());
    assert!(verdict.groups.is_empty());
    assert_eq!(tried, state);
    assert!(board.log.is_empty());
}

#[test]
fn an_instruction_that_has_half_happened_stops_the_vcpu_when_its_server_is_lost() {
    let (mut board, state) = at_device();
    board.refusals = vec![None, Some(Unreachable::Absent)];
    let mut tried = state;
    let verdict = run(&mut board, &mut tried, 64, |a| a.xchg(dword_ptr(rdi), eax).unwrap());
    assert!(stops_with(&verdict, StopReason::DeviceLost));
    assert_eq!(tried, state);
}

#[test]
fn what_is_not_emulated_stops_and_shows_its_bytes() {
    let programs: [Program; 5] = [
        |a| a.movups(xmm0, xmmword_ptr(rdi)).unwrap(),
        |a| a.movsd_2(xmm0, qword_ptr(rdi)).unwrap(),
        |a| a.mov(ds, word_ptr(rdi)).unwrap(),
        |a| a.call(qword_ptr(rdi)).unwrap(),
        |a| a.cmpxchg16b(xmmword_ptr(rdi)).unwrap(),
    ];
    for program in programs {
        let (mut board, mut state) = at_device();
        let before = state;
        let code = assemble(64, program);
        let verdict = run(&mut board, &mut state, 64, program);
        assert!(stops_with(&verdict, StopReason::Unsupported), "{code:x?}");
        assert_eq!(verdict.reply.value.to_le_bytes()[1..3], code[..2]);
        assert_eq!(state, before);
        assert!(board.log.is_empty());
    }
}
