//! A VM's memory map as its firmware would report it.

use crate::device::ECAM_LENGTH;
use bulkhead_abi::layout::LOW_MEMORY_END;
use bulkhead_protocol::config::{E820, MAX_E820};
use bulkhead_protocol::platform::{ACPI_TABLES, ACPI_TABLES_LENGTH, ECAM, EXTENDED_DATA};

/// ACPI specification, "Address Range Types": AddressRangeMemory.
const RAM: u32 = 1;
/// AddressRangeReserved.
const RESERVED: u32 = 2;
/// End of conventional memory.
const CONVENTIONAL_END: u64 = 0xa_0000;
/// Where memory above the legacy area starts.
const EXTENDED: u64 = 0x10_0000;
const FOUR_GIB: u64 = 1 << 32;

/// The map for this many bytes of RAM, sorted, without overlaps.
pub(crate) fn memory_map(memory: u64) -> heapless::Vec<E820, MAX_E820> {
    let low_end = memory.min(LOW_MEMORY_END);
    let high = memory.saturating_sub(LOW_MEMORY_END);
    let entries = [
        (0, EXTENDED_DATA, RAM),
        (EXTENDED_DATA, CONVENTIONAL_END - EXTENDED_DATA, RESERVED),
        (ACPI_TABLES, ACPI_TABLES_LENGTH, RESERVED),
        (EXTENDED, low_end.saturating_sub(EXTENDED), RAM),
        (ECAM, ECAM_LENGTH, RESERVED),
        (FOUR_GIB, high, RAM),
    ];
    entries
        .into_iter()
        .filter(|(_, length, _)| *length != 0)
        .map(|(base, length, kind)| E820 { base, length, kind })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{RAM, memory_map};
    use bulkhead_abi::layout::LOW_MEMORY_END;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_ascend_and_do_not_overlap(large_pages in 1_u64..30_000) {
            let map = memory_map(large_pages << 21);
            for pair in map.windows(2) {
                prop_assert!(pair[0].base + pair[0].length <= pair[1].base);
            }
        }

        #[test]
        fn all_ram_above_the_legacy_area_is_in_the_map(large_pages in 1_u64..30_000) {
            let memory = large_pages << 21;
            let map = memory_map(memory);
            let ram: u64 = map.iter().filter(|entry| entry.kind == RAM).map(|entry| entry.length).sum();
            prop_assert_eq!(ram, memory - (0x10_0000 - 0x9_fc00));
        }
    }

    #[test]
    fn ram_beyond_the_hole_continues_at_four_gib() {
        let map = memory_map(LOW_MEMORY_END + (256 << 20));
        let last = map.last().unwrap();
        assert_eq!((last.base, last.length, last.kind), (1 << 32, 256 << 20, RAM));
    }
}
