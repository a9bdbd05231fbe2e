//! From linear to guest-physical addresses, in each paging mode.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]

mod board;

use board::*;
use bulkhead_abi::exit::ExitReply;
use bulkhead_abi::vcpu::{StateGroups, VcpuState};
use bulkhead_protocol::bus::{Space, Width};
use iced_x86::code_asm::*;
use insn_emulator::{StopReason, emulate};

const P: u64 = 1;
const RW: u64 = 2;
const US: u64 = 4;
const PS: u64 = 0x80;
const XD: u64 = 1 << 63;

const PDPT: u64 = TABLES + 0x1000;
const PD: u64 = TABLES + 0x2000;
const PT: u64 = TABLES + 0x3000;
/// What the tests access, three levels below the root.
const LINEAR: u64 = 0x4020_1000;

/// 64-bit mode; `LINEAR` leads through a page directory and a page table to the device.
fn four_level(flags: u64) -> (Board, VcpuState) {
    let mut board = Board::new();
    let mut state = long_64(&mut board);
    board.poke(PDPT + 8, &(PD | 7).to_le_bytes());
    board.poke(PD + 8, &(PT | 7).to_le_bytes());
    board.poke(PT + 8, &(DEVICE | flags).to_le_bytes());
    state.gpr[RDI] = LINEAR + 0x10;
    (board, state)
}

fn user(state: &mut VcpuState) {
    state.ss.rights |= 0x60;
    state.cs.rights |= 0x60;
}

fn load(board: &mut Board, state: &mut VcpuState) -> ExitReply {
    run(board, state, 64, |a| a.mov(eax, dword_ptr(rdi)).unwrap()).reply
}

fn store(board: &mut Board, state: &mut VcpuState) -> ExitReply {
    run(board, state, 64, |a| a.mov(dword_ptr(rdi), eax).unwrap()).reply
}

#[test]
fn a_walk_reaches_the_page_and_marks_it() {
    let (mut board, mut state) = four_level(P | RW);
    assert_eq!(load(&mut board, &mut state), ExitReply::resume());
    assert_eq!(board.log, [Access::Read(Space::Mmio, DEVICE + 0x10, Width::Double)]);
    let low = |board: &Board| [TABLES, PDPT + 8, PD + 8, PT + 8].map(|entry| board.peek(entry, 1) & 0x60);
    assert_eq!(low(&board), [0x20, 0x20, 0x20, 0x20]);
    state.rip = CODE;
    assert_eq!(store(&mut board, &mut state), ExitReply::resume());
    assert_eq!(low(&board), [0x20, 0x20, 0x20, 0x60]);
}

#[test]
fn large_pages_end_the_walk_early() {
    let (mut board, mut state) = four_level(0);
    board.poke(PD + 8, &(0xfec0_0000 | P | PS).to_le_bytes());
    state.gpr[RDI] = 0x4020_0014;
    assert_eq!(load(&mut board, &mut state), ExitReply::resume());
    assert_eq!(board.log, [Access::Read(Space::Mmio, DEVICE + 0x14, Width::Double)]);
}

#[test]
fn page_faults_carry_the_address_and_the_cause() {
    let fault =
        |flags, code, change: fn(&mut VcpuState), access: fn(&mut Board, &mut VcpuState) -> ExitReply| {
            let (mut board, mut state) = four_level(flags);
            change(&mut state);
            assert_eq!(
                access(&mut board, &mut state),
                ExitReply::exception(14, Some(code)),
                "{flags:#x} {code:#x}"
            );
            assert_eq!(state.cr2, LINEAR + 0x10);
            assert_eq!(state.rip, CODE);
            assert!(board.log.is_empty());
            assert_eq!(board.peek(PT + 8, 8), DEVICE | flags, "no flag is set");
        };
    fault(0, 0, |_| (), load);
    fault(0, 2, |_| (), store);
    fault(0, 4, user, load);
    fault(P, 3, |_| (), store);
    fault(P | RW, 5, user, load);
    fault(P | US, 7, user, store);
    fault(P | RW | US, 1, |state| state.cr4 |= 1 << 21, load);
    fault(P | RW | XD, 9, |state| state.efer &= !0x800, load);
}

#[test]
fn write_protection_binds_the_supervisor_only_if_it_wants() {
    let (mut board, mut state) = four_level(P);
    state.cr0 &= !(1 << 16);
    assert_eq!(store(&mut board, &mut state), ExitReply::resume());
}

#[test]
fn supervisor_access_prevention_yields_to_the_ac_flag() {
    let (mut board, mut state) = four_level(P | US);
    state.cr4 |= 1 << 21;
    // The code's own page is a user page; SMAP is about data.
    state.rflags |= 1 << 18;
    assert_eq!(load(&mut board, &mut state), ExitReply::resume());
}

#[test]
fn fetches_respect_execution_prevention() {
    let (mut board, mut state) = four_level(P | XD);
    state.rip = LINEAR;
    let verdict = emulate(&mut state, &mut board);
    assert_eq!(verdict.reply, ExitReply::exception(14, Some(0x11)));
    assert_eq!(verdict.groups, StateGroups::CONTROL);
    let (mut board, mut state) = four_level(P);
    state.cr4 |= 1 << 20;
    let verdict = emulate(&mut state, &mut board);
    assert_eq!(verdict.reply, ExitReply::exception(14, Some(0x11)), "SMEP: the code is in a user page");
    assert_eq!(state.cr2, CODE);
}

#[test]
fn an_operand_that_crosses_into_a_missing_page_faults_there_and_does_nothing() {
    let (mut board, mut state) = four_level(P | RW);
    state.gpr[RDI] = LINEAR + 0xffe;
    assert_eq!(store(&mut board, &mut state), ExitReply::exception(14, Some(2)));
    assert_eq!(state.cr2, LINEAR + 0x1000);
    assert!(board.log.is_empty());
}

#[test]
fn an_instruction_may_cross_a_page_and_faults_only_if_it_goes_on_there() {
    let (mut board, mut state) = four_level(0x5000 | P);
    board.poke(PT + 8, &(0x5000 | P).to_le_bytes());
    state.gpr[RDI] = DEVICE;
    // mov [rdi], eax in the page's last two bytes; the next page is missing.
    board.poke(0x5ffe, &[0x89, 0x07]);
    state.rip = LINEAR + 0xffe;
    assert_eq!(emulate(&mut state, &mut board).reply, ExitReply::resume());
    assert_eq!(state.rip, LINEAR + 0x1000);
    // mov [rdi + 8], eax needs a third byte.
    board.poke(0x5ffe, &[0x89, 0x47]);
    state.rip = LINEAR + 0xffe;
    assert_eq!(emulate(&mut state, &mut board).reply, ExitReply::exception(14, Some(0x10)));
    assert_eq!(state.cr2, LINEAR + 0x1000);
    board.poke(PT + 16, &(0x3000 | P).to_le_bytes());
    board.poke(0x3000, &[0x08]);
    board.log.clear();
    assert_eq!(emulate(&mut state, &mut board).reply, ExitReply::resume());
    assert_eq!(board.log.len(), 1);
}

/// Protected mode with 32-bit paging, `LINEAR` at the device.
fn two_level() -> (Board, VcpuState) {
    let mut board = Board::new();
    let mut state = protected_32();
    let entry = |index: u64| TABLES + index * 4;
    board.poke(entry(0), &0x83u32.to_le_bytes());
    board.poke(entry(LINEAR >> 22), &u32::try_from(PT | 3).unwrap().to_le_bytes());
    board.poke(PT + (LINEAR >> 12 & 0x3ff) * 4, &u32::try_from(DEVICE | 3).unwrap().to_le_bytes());
    state.cr0 |= 1 << 31;
    state.cr3 = TABLES;
    state.cr4 = 0x10;
    state.gpr[RDI] = LINEAR + 4;
    (board, state)
}

#[test]
fn two_level_paging_with_large_pages_works() {
    let (mut board, mut state) = two_level();
    let verdict = run(&mut board, &mut state, 32, |a| a.mov(dword_ptr(edi), eax).unwrap());
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE + 4, Width::Double, 0)]);
    // A page of 4 MiB above 4 GiB: bits 39:32 are in 20:13.
    board.log.clear();
    board.poke(TABLES + (LINEAR >> 22) * 4, &0xfec0_4083u32.to_le_bytes());
    state.rip = CODE;
    emulate(&mut state, &mut board);
    assert_eq!(board.log, [Access::Write(Space::Mmio, 0x2_fec0_0000 + 0x20_1004, Width::Double, 0)]);
}

#[test]
fn pae_paging_works() {
    let (mut board, mut state) = two_level();
    state.cr4 = 0x20;
    let table = TABLES + 0x20;
    state.cr3 = table;
    board.poke(table, &(PDPT | P).to_le_bytes());
    board.poke(PDPT, &(PS | P | RW).to_le_bytes());
    board.poke(table + 8, &(PD | P).to_le_bytes());
    board.poke(PD + 8, &(PT | P | RW).to_le_bytes());
    board.poke(PT + 8, &(DEVICE | P | RW).to_le_bytes());
    let verdict = run(&mut board, &mut state, 32, |a| a.mov(dword_ptr(edi), eax).unwrap());
    assert_eq!(verdict.reply, ExitReply::resume());
    assert_eq!(board.log, [Access::Write(Space::Mmio, DEVICE + 4, Width::Double, 0)]);
    assert_eq!(board.peek(table + 8, 8), PD | P, "the first level has no flags to set");
}

#[test]
fn what_cannot_be_walked_stops_the_vcpu() {
    let (mut board, mut state) = four_level(P);
    board.poke(PD + 8, &(RAM | 7).to_le_bytes());
    let verdict = run(&mut board, &mut state, 64, |a| a.mov(eax, dword_ptr(rdi)).unwrap());
    assert!(stops_with(&verdict, StopReason::PageTableOutsideMemory));
    let (mut board, mut state) = four_level(P);
    state.cr4 |= 1 << 12;
    assert!(stops_with(&emulate(&mut state, &mut board), StopReason::FiveLevelPaging));
    let (mut board, mut state) = four_level(P);
    state.rip = LINEAR;
    assert!(stops_with(&emulate(&mut state, &mut board), StopReason::CodeOutsideMemory));
}
