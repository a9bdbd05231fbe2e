//! Payloads of coreboot: 32-bit ELFs that find the memory map in coreboot's table (coreboot documentation, "coreboot table";
//! `commonlib/coreboot_tables.h`).

use crate::boot_state::protected_mode;
use crate::elf_image::ElfImage;
use crate::memory::{Guest, GuestMemory};
use crate::{Images, LoadError};
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::config::{E820, LoadPlan, MAX_E820};
use heapless::Vec;

/// Payloads look for the table from here on, and up to the end of the first page.
const TABLE: u64 = 0x500;
const SIGNATURE: &[u8; 4] = b"LBIO";
/// Bytes of the header: signature, its length, its checksum; length, checksum and number of the records.
const HEADER: u32 = 24;
/// Record that is the memory map: tag and length, then base, bytes and type of each range.
const TAG_MEMORY: u32 = 1;
const RANGE: usize = 20;
const LONGEST: usize = 8 + RANGE * MAX_E820;

const _: () = assert!(TABLE + HEADER as u64 + LONGEST as u64 <= 0x1000);

pub(crate) fn load<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    plan: &LoadPlan,
    images: &Images<'_>,
) -> Result<VcpuState, LoadError> {
    if !images.ramdisk.is_empty() {
        return Err(LoadError::Unsupported);
    }
    let image = ElfImage::parse(images.kernel)?;
    image.load(guest)?;
    let entry = u32::try_from(image.entry()?).map_err(|_| LoadError::Unsupported)?;
    let records = memory_map(&plan.e820).ok_or(LoadError::DoesNotFit)?;
    let header = header(&records, 1);
    guest.claim_and_write(TABLE, &header)?;
    guest.claim_and_write(TABLE.saturating_add(u64::from(HEADER)), &records)?;
    protected_mode(guest, entry)
}

/// The record; types of ranges are those of E820.
fn memory_map(map: &[E820]) -> Option<Vec<u8, LONGEST>> {
    let mut record = Vec::new();
    let length = u32::try_from(map.len().saturating_mul(RANGE).saturating_add(8)).ok()?;
    record.extend_from_slice(&TAG_MEMORY.to_le_bytes()).ok()?;
    record.extend_from_slice(&length.to_le_bytes()).ok()?;
    for range in map {
        record.extend_from_slice(&range.base.to_le_bytes()).ok()?;
        record.extend_from_slice(&range.length.to_le_bytes()).ok()?;
        record.extend_from_slice(&range.kind.to_le_bytes()).ok()?;
    }
    Some(record)
}

fn header(records: &[u8], count: u32) -> [u8; HEADER as usize] {
    let length = u32::try_from(records.len()).unwrap_or(u32::MAX);
    let words = |header_checksum: u32| {
        let mut bytes = [0; HEADER as usize];
        let numbers = [HEADER, header_checksum, length, u32::from(checksum(records)), count];
        let fields = [*SIGNATURE].into_iter().chain(numbers.map(u32::to_le_bytes));
        for (chunk, field) in bytes.chunks_exact_mut(4).zip(fields) {
            chunk.copy_from_slice(&field);
        }
        bytes
    };
    words(u32::from(checksum(&words(0))))
}

/// The Internet checksum (RFC 1071) of an even number of bytes, taken as little-endian words.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([*pair.first().unwrap_or(&0), *pair.get(1).unwrap_or(&0)]));
    let sum = words.fold(0u16, |sum, word| {
        let (sum, carry) = sum.overflowing_add(word);
        sum.wrapping_add(u16::from(carry))
    });
    !sum
}
