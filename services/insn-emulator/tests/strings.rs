//! String instructions between memory, devices and ports.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![expect(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers")]

mod board;

use board::*;
use bulkhead_abi::exit::ExitReply;
use bulkhead_abi::vcpu::{StateGroups, VcpuState};
use bulkhead_protocol::bus::{ACCESSES_OF_A_READING_EXIT, Space, Width};
use insn_emulator::{Unreachable, emulate};

const DATA: u64 = 0x6000;
const DF: u64 = 1 << 10;

/// 64-bit mode, some data, RSI at the data, RDI at the device, RCX = 5.
fn ready() -> (Board, VcpuState) {
    let mut board = Board::new();
    let data: Vec<u8> = (0..=255).collect();
    board.poke(DATA, &data);
    let mut state = long_64(&mut board);
    state.gpr[RSI] = DATA;
    state.gpr[RDI] = DEVICE;
    state.gpr[RCX] = 5;
    (board, state)
}

#[test]
fn rep_movs_copies_upwards_and_ends_behind_the_last_element() {
    let (mut board, state) = ready();
    let after = complete(&mut board, state, |a| a.rep().movsd().unwrap());
    assert_eq!(board.registers[..20], board.ram[DATA as usize..][..20]);
    assert_eq!((after.gpr[RSI], after.gpr[RDI], after.gpr[RCX]), (DATA + 20, DEVICE + 20, 0));
    assert_eq!(board.log.len(), 5);
}

#[test]
fn the_direction_flag_turns_the_copy_around() {
    let (mut board, mut state) = ready();
    state.rflags |= DF;
    state.gpr[RSI] = DATA + 8;
    state.gpr[RDI] = DEVICE + 8;
    let after = complete(&mut board, state, |a| a.rep().movsw().unwrap());
    assert_eq!(board.registers[..10], board.ram[DATA as usize..][..10]);
    assert_eq!((after.gpr[RSI], after.gpr[RDI]), (DATA - 2, DEVICE - 2));
}

#[test]
fn without_a_prefix_one_element_moves_and_the_count_stays() {
    let (mut board, state) = ready();
    let after = complete(&mut board, state, |a| a.movsb().unwrap());
    assert_eq!((after.gpr[RSI], after.gpr[RDI], after.gpr[RCX]), (DATA + 1, DEVICE + 1, 5));
}

#[test]
fn a_count_of_zero_does_nothing() {
    let (mut board, mut state) = ready();
    state.gpr[RCX] = 0;
    let after = complete(&mut board, state, |a| a.rep().stosq().unwrap());
    assert_eq!(after.gpr, state.gpr);
    assert!(board.log.is_empty());
}

#[test]
fn a_long_copy_goes_on_in_further_exits_and_loses_nothing() {
    let (mut board, mut state) = ready();
    let (rip, total) = (state.rip, 0x3a7);
    let data: Vec<u8> = (0..total).map(|byte| ((byte * 13) >> 2) as u8).collect();
    board.poke(DATA, &data);
    state.gpr[RCX] = total;
    board.poke(rip, &[0xf3, 0xa4]);
    let mut exits = 0;
    while state.rip == rip {
        let before = board.log.len();
        let verdict = emulate(&mut state, &mut board);
        assert_eq!(verdict.reply, ExitReply::resume());
        assert_eq!(verdict.groups, StateGroups::GENERAL);
        assert!(board.log.len() - before <= 64);
        exits += 1;
    }
    assert_eq!(state.rip, rip + 2);
    assert_eq!(board.registers[..total as usize], data);
    assert_eq!(board.log.len() as u64, total);
    assert_eq!(exits, total.div_ceil(64));
}

#[test]
fn wide_stores_to_a_device_stay_within_the_numbers_of_an_exit() {
    let (mut board, mut state) = ready();
    state.gpr[RDI] = DEVICE + 1;
    state.gpr[RCX] = 0x100;
    run(&mut board, &mut state, 64, |a| a.rep().stosq().unwrap());
    let bytes: u64 = board.log.len() as u64 * 8;
    assert!(bytes <= insn_emulator::Sequence::ACCESSES && bytes > 200, "{bytes}");
    assert_eq!(state.gpr[RCX], 0x100 - bytes / 8);
}

#[test]
fn an_exit_that_reads_from_devices_makes_no_more_accesses_than_devices_remember() {
    let (mut board, mut state) = ready();
    state.gpr[RSI] = DEVICE;
    state.gpr[RDI] = DEVICE + 0x1000;
    let rip = state.rip;
    for left in [3, 1, 0] {
        let before = board.log.len();
        run(&mut board, &mut state, 64, |a| a.rep().movsb().unwrap());
        assert!(board.log.len() - before <= ACCESSES_OF_A_READING_EXIT);
        assert_eq!(state.gpr[RCX], left);
        assert_eq!(state.rip == rip, left > 0);
    }
}

#[test]
fn a_fault_keeps_the_elements_before_it() {
    let (mut board, mut state) = ready();
    // Only the first 4 GiB are mapped.
    state.gpr[RDI] = 0x1_0000_0000 - 12;
    let rip = state.rip;
    let verdict = run(&mut board, &mut state, 64, |a| a.rep().stosd().unwrap());
    assert_eq!(verdict.reply, ExitReply::exception(14, Some(2)));
    assert_eq!(verdict.groups, StateGroups::GENERAL | StateGroups::CONTROL);
    assert_eq!((state.gpr[RCX], state.gpr[RDI], state.cr2), (2, 0x1_0000_0000, 0x1_0000_0000));
    assert_eq!(state.rip, rip);
    assert_eq!(board.log.len(), 3);
}

#[test]
fn a_server_that_is_away_interrupts_between_elements() {
    let (mut board, mut state) = ready();
    board.refusals = vec![None, None, Some(Unreachable::Absent)];
    let rip = state.rip;
    let verdict = run(&mut board, &mut state, 64, |a| a.rep().movsb().unwrap());
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!(verdict.groups, StateGroups::GENERAL);
    assert_eq!((state.rip, state.gpr[RCX], state.gpr[RSI]), (rip, 3, DATA + 2));
    let verdict = emulate(&mut state, &mut board);
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!((state.rip, state.gpr[RCX]), (rip + 2, 0));
    assert_eq!(board.registers[..5], [0, 1, 2, 3, 4]);
    assert_eq!(board.log.len(), 5);
}

#[test]
fn lods_and_stos_use_the_accumulator() {
    let (mut board, mut state) = ready();
    state.gpr[RSI] = DEVICE;
    state.gpr[RAX] = u64::MAX;
    let after = complete(&mut board, state, |a| a.lodsw().unwrap());
    assert_eq!(after.gpr[RAX], 0xffff_ffff_ffff_0000 | board.device(0, 2));
    assert_eq!((after.gpr[RSI], after.gpr[RDI]), (DEVICE + 2, DEVICE));
    state.gpr[RAX] = 0xab;
    complete(&mut board, state, |a| a.rep().stosb().unwrap());
    assert_eq!(board.registers[..5], [0xab; 5]);
}

#[test]
fn comparisons_end_at_the_first_difference_or_match() {
    let (mut board, state) = ready();
    board.set_device(0, &[0, 1, 2, 9, 4]);
    let after = complete(&mut board, state, |a| a.repe().cmpsb().unwrap());
    assert_eq!((after.gpr[RCX], after.gpr[RSI], after.gpr[RDI]), (1, DATA + 4, DEVICE + 4));
    // 3 − 9 borrows.
    assert_eq!(after.rflags & 0x41, 1);
    let mut scan = state;
    scan.gpr[RAX] = 2;
    let after = complete(&mut board, scan, |a| a.repne().scasb().unwrap());
    assert_eq!((after.gpr[RCX], after.gpr[RDI], after.rflags & 0x40), (2, DEVICE + 3, 0x40));
}

#[test]
fn ports_are_read_and_written_in_order() {
    let (mut board, mut state) = ready();
    state.gpr[RDX] = 0x3f8;
    let after = complete(&mut board, state, |a| a.rep().outsb().unwrap());
    let expected: Vec<_> =
        (0..5).map(|value| Access::Write(Space::Port, 0x3f8, Width::Byte, value)).collect();
    assert_eq!(board.log, expected);
    assert_eq!((after.gpr[RSI], after.gpr[RDI]), (DATA + 5, DEVICE));
    board.log.clear();
    state.gpr[RDI] = DATA;
    state.gpr[RDX] = 0x1f0;
    let rip = state.rip;
    while state.rip == rip {
        run(&mut board, &mut state, 64, |a| a.rep().insw().unwrap());
    }
    assert_eq!(board.log, [Access::Read(Space::Port, 0x1f0, Width::Word); 5]);
    assert_eq!(board.peek(DATA + 8, 2), board.device(0x1f0, 2));
}

#[test]
fn input_to_a_page_that_is_not_writable_touches_no_port() {
    let (mut board, mut state) = ready();
    state.gpr[RDI] = 0x1_0000_0000;
    let verdict = run(&mut board, &mut state, 64, |a| a.insb().unwrap());
    assert_eq!(verdict.reply, ExitReply::exception(14, Some(2)));
    assert!(board.log.is_empty());
}

#[test]
fn the_address_size_chooses_the_registers() {
    let (mut board, mut state) = ready();
    state.gpr[RSI] |= 0xdead_0000_0000_0000;
    state.gpr[RDI] |= 0xdead_0000_0000_0000;
    state.gpr[RCX] |= 0xdead_0000_0000_0000;
    // addr32 rep movsb
    board.poke(state.rip, &[0x67, 0xf3, 0xa4]);
    emulate(&mut state, &mut board);
    assert_eq!((state.gpr[RCX], state.gpr[RSI], state.gpr[RDI]), (0, DATA + 5, DEVICE + 5));
}

#[test]
fn a_segment_prefix_moves_the_source_only() {
    let (mut board, mut state) = ready();
    state.fs.base = DATA;
    state.gpr[RSI] = 7;
    // fs movsb
    board.poke(state.rip, &[0x64, 0xa4]);
    emulate(&mut state, &mut board);
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE, Width::Byte, 7)]);
}
