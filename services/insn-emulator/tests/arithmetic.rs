//! Arithmetic on device registers.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod board;

use board::*;
use bulkhead_abi::vcpu::VcpuState;
use iced_x86::code_asm::*;
use insn_emulator::alu::{CF, OF, SF, STATUS, ZF};

/// 64-bit mode; the device's first register holds `value`, RAX `source`, all status flags are set.
fn with(value: u32, source: u64) -> (Board, VcpuState) {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    board.set_device(0, &value.to_le_bytes());
    state.gpr[RDI] = DEVICE;
    state.gpr[RAX] = source;
    state.rflags = 2 | STATUS;
    (board, state)
}

/// What is in the device's register after an instruction, and its flags.
fn on_device(value: u32, source: u64, program: Program) -> (u64, u64) {
    let (mut board, state) = with(value, source);
    let after = complete(&mut board, state, program);
    assert_eq!(after.gpr, state.gpr);
    assert_eq!(board.log.len(), 2);
    (board.device(0, 4), after.rflags & STATUS)
}

#[test]
fn each_operation_computes_its_own_result() {
    let cases: [(u64, Program); 11] = [
        (0x16, |a| a.add(dword_ptr(rdi), eax).unwrap()),
        (0x17, |a| a.adc(dword_ptr(rdi), eax).unwrap()),
        (0x0e, |a| a.sub(dword_ptr(rdi), eax).unwrap()),
        (0x0d, |a| a.sbb(dword_ptr(rdi), eax).unwrap()),
        (0x00, |a| a.and(dword_ptr(rdi), eax).unwrap()),
        (0x16, |a| a.or(dword_ptr(rdi), eax).unwrap()),
        (0x16, |a| a.xor(dword_ptr(rdi), eax).unwrap()),
        (0xffff_ffed, |a| a.not(dword_ptr(rdi)).unwrap()),
        (0xffff_ffee, |a| a.neg(dword_ptr(rdi)).unwrap()),
        (0x13, |a| a.inc(dword_ptr(rdi)).unwrap()),
        (0x11, |a| a.dec(dword_ptr(rdi)).unwrap()),
    ];
    for (expected, program) in cases {
        assert_eq!(on_device(0x12, 4, program).0, expected);
    }
}

#[test]
fn not_keeps_all_flags_and_inc_and_dec_keep_the_carry() {
    assert_eq!(on_device(0, 0, |a| a.not(dword_ptr(rdi)).unwrap()).1, STATUS);
    let (_, flags) = on_device(0x7fff_ffff, 0, |a| a.inc(dword_ptr(rdi)).unwrap());
    assert_eq!(flags & (CF | OF | SF | ZF), CF | OF | SF);
    let (_, flags) = on_device(1, 0, |a| a.dec(dword_ptr(rdi)).unwrap());
    assert_eq!(flags & (CF | OF | SF | ZF), CF | ZF);
}

#[test]
fn comparisons_read_once_and_write_nothing() {
    let (mut board, state) = with(5, 6);
    let after = complete(&mut board, state, |a| a.cmp(dword_ptr(rdi), eax).unwrap());
    assert_eq!(after.rflags & (CF | ZF), CF);
    let after = complete(&mut board, state, |a| a.test(dword_ptr(rdi), 2).unwrap());
    assert_eq!(after.rflags & (CF | ZF), ZF);
    assert_eq!(board.log.len(), 2);
    assert_eq!(board.device(0, 4), 5);
}

#[test]
fn a_register_takes_the_sum_if_memory_is_the_source() {
    let (mut board, state) = with(5, 0xffff_ffff_ffff_ffff);
    let after = complete(&mut board, state, |a| a.add(eax, dword_ptr(rdi)).unwrap());
    assert_eq!(after.gpr[RAX], 4);
    assert_eq!(after.rflags & (CF | ZF), CF);
}

#[test]
fn cmpxchg_exchanges_only_equals() {
    let (mut board, mut state) = with(5, 5);
    state.gpr[RBX] = 9;
    let after = complete(&mut board, state, |a| a.lock().cmpxchg(dword_ptr(rdi), ebx).unwrap());
    assert_eq!((board.device(0, 4), after.gpr[RAX], after.rflags & ZF), (9, 5, ZF));
    let after = complete(&mut board, state, |a| a.lock().cmpxchg(dword_ptr(rdi), ebx).unwrap());
    assert_eq!((board.device(0, 4), after.gpr[RAX], after.rflags & ZF), (9, 9, 0));
}

#[test]
fn xadd_leaves_the_sum_and_takes_the_old_value() {
    let (mut board, state) = with(5, 6);
    let after = complete(&mut board, state, |a| a.xadd(dword_ptr(rdi), eax).unwrap());
    assert_eq!((board.device(0, 4), after.gpr[RAX]), (11, 5));
}

#[test]
fn bit_instructions_reach_beyond_their_operand_in_both_directions() {
    let (mut board, mut state) = with(0, 0);
    state.gpr[RDI] = DEVICE + 0x40;
    board.set_device(0, &[0; 128]);
    state.gpr[RAX] = 35;
    let after = complete(&mut board, state, |a| a.bts(dword_ptr(rdi), eax).unwrap());
    assert_eq!((board.device(0x44, 4), after.rflags & CF), (8, 0));
    state.gpr[RAX] = (-1i64).cast_unsigned();
    complete(&mut board, state, |a| a.btc(dword_ptr(rdi), eax).unwrap());
    assert_eq!(board.device(0x3c, 4), 0x8000_0000);
    let after = complete(&mut board, state, |a| a.btr(dword_ptr(rdi), eax).unwrap());
    assert_eq!((board.device(0x3c, 4), after.rflags & STATUS), (0, STATUS));
}

#[test]
fn a_constant_bit_number_stays_in_the_operand() {
    let (mut board, state) = with(1 << 3, 0);
    let after = complete(&mut board, state, |a| a.bt(dword_ptr(rdi), 35).unwrap());
    assert_eq!(after.rflags & CF, CF);
    assert_eq!(board.log.len(), 1);
}
