//! A task's ELF is taken apart as its headers say, or refused.

use bulkhead_abi::image::{SEGMENT_EXECUTE, SEGMENT_WRITE};
use bulkhead_schema::{Program, ProgramError};
use proptest::prelude::*;

/// Flags of a program header: readable and executable; readable and writable.
const TEXT: u32 = 5;
const DATA: u32 = 6;

/// An ELF with these segments (flags, address, bytes, length in memory) and nothing else.
fn elf(entry: u64, segments: &[(u32, u64, &[u8], u64)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    bytes.extend_from_slice(&[2, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend_from_slice(&entry.to_le_bytes());
    bytes.extend_from_slice(&64_u64.to_le_bytes());
    bytes.extend_from_slice(&[0; 12]);
    let count = u8::try_from(segments.len()).unwrap();
    bytes.extend_from_slice(&[64, 0, 56, 0, count, 0, 64, 0, 0, 0, 0, 0]);
    let mut offset = 64 + 56 * segments.len() as u64;
    for (flags, address, data, memory) in segments {
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&flags.to_le_bytes());
        for number in [offset, *address, *address, data.len() as u64, *memory, 0x1000] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        offset += data.len() as u64;
    }
    for (_, _, data, _) in segments {
        bytes.extend_from_slice(data);
    }
    bytes
}

#[test]
fn segments_keep_address_bytes_length_and_rights() {
    let program = Program::from_elf(&elf(
        0x40_0004,
        &[(TEXT, 0x40_0000, b"code", 8), (DATA, 0x40_1000, b"ab", 0x2000)],
    ))
    .unwrap();
    assert_eq!(program.entry, 0x40_0004);
    let [text, data] = program.segments.as_slice() else { panic!("{:?}", program.segments) };
    assert_eq!((text.address, text.memory_length, text.flags), (0x40_0000, 8, SEGMENT_EXECUTE));
    assert_eq!(text.bytes, b"code");
    assert_eq!((data.address, data.memory_length, data.flags), (0x40_1000, 0x2000, SEGMENT_WRITE));
}

#[test]
fn a_segment_within_a_page_is_filled_up_from_the_page_s_start() {
    let program = Program::from_elf(&elf(0x40_0004, &[(TEXT, 0x40_0004, b"code", 4)])).unwrap();
    assert_eq!(program.segments[0].address, 0x40_0000);
    assert_eq!(program.segments[0].bytes, b"\0\0\0\0code");
    assert_eq!(program.segments[0].memory_length, 8);
}

#[test]
fn writable_code_is_refused() {
    let refused = Program::from_elf(&elf(0x40_0000, &[(7, 0x40_0000, b"code", 4)]));
    assert_eq!(refused.unwrap_err(), ProgramError::WritableCode(0x40_0000));
}

#[test]
fn segments_on_one_page_are_refused() {
    let refused =
        Program::from_elf(&elf(0x40_0000, &[(TEXT, 0x40_0000, b"code", 4), (DATA, 0x40_0800, b"data", 4)]));
    assert_eq!(refused.unwrap_err(), ProgramError::SharedPage(0x40_0000));
}

#[test]
fn segments_outside_the_program_s_place_are_refused() {
    for address in [0x1000, 0x1000_0000, 0xffff_ffff_8000_0000] {
        let refused = Program::from_elf(&elf(address, &[(TEXT, address, b"code", 4)]));
        assert_eq!(refused.unwrap_err(), ProgramError::OutOfPlace(address));
    }
}

#[test]
fn an_entry_outside_code_is_refused() {
    let refused =
        Program::from_elf(&elf(0x40_1000, &[(TEXT, 0x40_0000, b"code", 4), (DATA, 0x40_1000, b"data", 4)]));
    assert_eq!(refused.unwrap_err(), ProgramError::NoEntry(0x40_1000));
}

#[test]
fn more_bytes_than_memory_are_refused() {
    let refused = Program::from_elf(&elf(0x40_0000, &[(TEXT, 0x40_0000, b"code", 2)]));
    assert!(matches!(refused.unwrap_err(), ProgramError::NotElf(_)));
}

proptest! {
    #[test]
    fn any_damage_to_an_elf_is_survived(at in 0_usize..180, byte in any::<u8>(), length in 0_usize..200) {
        let mut bytes = elf(0x40_0000, &[(TEXT, 0x40_0000, b"code", 4), (DATA, 0x40_1000, b"data", 4)]);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(length);
        let _ = Program::from_elf(&bytes);
    }

    #[test]
    fn what_is_taken_is_in_order_on_pages_of_its_own_and_never_writable_code(
        segments in prop::collection::vec((4_u32..8, 0x3f_f000_u64..0x40_8000, 0_u64..0x3000), 1..5)
    ) {
        let segments: Vec<_> = segments.iter().map(|(flags, address, memory)| (*flags, *address, &b""[..], *memory)).collect();
        if let Ok(program) = Program::from_elf(&elf(0x40_0000, &segments)) {
            let mut end = 0x40_0000;
            for segment in &program.segments {
                prop_assert!(segment.address >= end && segment.address % 4096 == 0);
                prop_assert!(segment.flags != SEGMENT_EXECUTE | SEGMENT_WRITE);
                end = (segment.address + segment.memory_length).next_multiple_of(4096);
            }
        }
    }
}
