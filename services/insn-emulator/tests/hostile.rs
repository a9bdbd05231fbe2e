//! Whatever a guest has in its registers, code and page tables, emulation ends, and within its bounds.
#![expect(clippy::indexing_slicing, reason = "tests fail by panicking")]
#![expect(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers")]

mod board;

use board::*;
use bulkhead_abi::exit::Disposition;
use bulkhead_abi::vcpu::{Segment, StateGroups, VcpuState};
use insn_emulator::emulate;
use proptest::prelude::*;

/// Opcodes that are carried out, so that random bytes get past the decoder.
const OPCODES: &[&[u8]] = &[
    &[0x88],
    &[0x89],
    &[0x8a],
    &[0x8b],
    &[0xc6],
    &[0xc7],
    &[0xa0],
    &[0xa3],
    &[0x01],
    &[0x13],
    &[0x29],
    &[0x33],
    &[0x39],
    &[0x84],
    &[0x85],
    &[0x80],
    &[0x81],
    &[0x83],
    &[0xf6],
    &[0xf7],
    &[0xfe],
    &[0xff],
    &[0x86],
    &[0x87],
    &[0x8f],
    &[0xa4],
    &[0xa5],
    &[0xa6],
    &[0xa7],
    &[0xaa],
    &[0xab],
    &[0xac],
    &[0xad],
    &[0xae],
    &[0xaf],
    &[0x6c],
    &[0x6d],
    &[0x6e],
    &[0x6f],
    &[0x63],
    &[0x0f, 0xb6],
    &[0x0f, 0xbe],
    &[0x0f, 0xb7],
    &[0x0f, 0xa3],
    &[0x0f, 0xab],
    &[0x0f, 0xba],
    &[0x0f, 0xb1],
    &[0x0f, 0xc1],
    &[0x0f, 0x94],
    &[0x0f, 0x44],
    &[0x0f, 0xc3],
    &[0x0f, 0x38, 0xf1],
];

const PREFIXES: &[&[u8]] = &[
    &[],
    &[],
    &[0xf3],
    &[0xf2],
    &[0x66],
    &[0x67],
    &[0x48],
    &[0x4c],
    &[0xf0],
    &[0x64],
    &[0x36],
    &[0xf3, 0x48],
];

/// Addresses of interest: RAM, devices, their borders, the ends of the address space, anything.
fn address() -> impl Strategy<Value = u64> {
    let places = prop::sample::select(vec![
        0,
        DEVICE,
        DEVICE + 0x1000,
        DEVICE + DEVICE_LENGTH,
        RAM,
        CODE,
        TABLES,
        1 << 32,
        1 << 47,
        1 << 63,
        0x1_0000,
    ]);
    prop_oneof![
        4 => (places, -9i64..=9).prop_map(|(place, by): (u64, i64)| place.wrapping_add_signed(by)),
        1 => any::<u64>(),
    ]
}

fn segment() -> impl Strategy<Value = Segment> {
    let limit = prop_oneof![Just(u32::MAX), Just(0xffff), any::<u32>()];
    let rights = prop_oneof![3 => Just(0xc093), 1 => any::<u16>()];
    let base = prop_oneof![3 => Just(0), 1 => any::<u64>()];
    (base, limit, rights).prop_map(|(base, limit, rights)| Segment { base, limit, selector: 0, rights })
}

fn state() -> impl Strategy<Value = (u8, VcpuState)> {
    let gpr = prop::collection::vec(address(), 16);
    let segments = prop::collection::vec(segment(), 5);
    (0u8..3, gpr, segments, any::<u64>(), any::<u32>(), any::<bool>()).prop_map(
        |(mode, gpr, segments, rflags, cr4, odd_control)| {
            let mut board = Board::new();
            let mut state = match mode {
                0 => real_16(),
                1 => protected_32(),
                _ => long_64(&mut board),
            };
            state.gpr.copy_from_slice(&gpr);
            state.rflags = rflags & 0x5_0ed5 | 2;
            [state.ds, state.es, state.fs, state.gs, state.ss] =
                [segments[0], segments[1], segments[2], segments[3], segments[4]];
            if odd_control {
                state.cr4 ^= u64::from(cr4) & 0x30_0030;
                state.cr0 |= 1 << 31;
                state.cr3 = TABLES;
            }
            (mode, state)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn emulation_ends_within_its_bounds(
        (mode, mut state) in state(),
        prefix in prop::sample::select(PREFIXES),
        opcode in prop::sample::select(OPCODES),
        tail in prop::array::uniform12(any::<u8>()),
        tables in prop::collection::vec((0u64..0x1000, any::<u64>()), 0..4),
    ) {
        let mut board = Board::new();
        if mode == 2 || state.cr0 >> 31 != 0 {
            long_64(&mut board);
        }
        for (index, entry) in tables {
            board.poke(TABLES + index * 8, &entry.to_le_bytes());
        }
        let code = [prefix, opcode, &tail[..]].concat();
        board.poke(CODE, &code);
        let before = state;
        let verdict = emulate(&mut state, &mut board);

        prop_assert!(board.log.len() as u64 <= insn_emulator::Sequence::ACCESSES);
        match Disposition::from_value(verdict.reply.disposition) {
            Some(Disposition::Resume) => {
                let steps = state.rip.wrapping_sub(before.rip);
                prop_assert!(steps <= 15);
            }
            Some(Disposition::Exception) => {
                let vector = verdict.reply.value as u8;
                prop_assert!([12, 13, 14].contains(&vector));
                prop_assert_eq!(state.rip, before.rip);
                prop_assert_eq!(verdict.groups.contains(StateGroups::CONTROL), vector == 14);
            }
            Some(Disposition::Stop) => prop_assert_eq!(state.rip, before.rip),
            other => prop_assert!(false, "{:?}", other),
        }
        if !verdict.groups.contains(StateGroups::GENERAL) {
            prop_assert_eq!(state.gpr, before.gpr);
        }
        let segments = |state: &VcpuState| [state.cs, state.ds, state.es, state.fs, state.gs, state.ss];
        prop_assert_eq!(segments(&state), segments(&before));
    }

    #[test]
    fn the_same_exit_again_leads_to_the_same_accesses(
        (_, state) in state(),
        opcode in prop::sample::select(OPCODES),
        tail in prop::array::uniform12(any::<u8>()),
    ) {
        let attempt = || {
            let mut board = Board::new();
            long_64(&mut board);
            board.poke(CODE, &[opcode, &tail[..]].concat());
            let mut state = state;
            let verdict = emulate(&mut state, &mut board);
            (verdict, state, board.log)
        };
        prop_assert_eq!(attempt(), attempt());
    }
}
