//! Placement keeps its promises for any sequence of claims.
#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "tests fail by panicking")]

use super::*;
use proptest::prelude::*;

const MIB: u64 = 1 << 20;

fn with_map(memory: u64) -> Placement {
    let mut placement = Placement::new(memory);
    let map = [
        E820 { base: 0, length: 0xa_0000, kind: RAM },
        E820 { base: 0xe_0000, length: 0x2_0000, kind: 3 },
        E820 { base: MIB, length: memory - MIB, kind: RAM },
    ];
    placement.apply_map(&map).unwrap();
    placement
}

#[test]
fn a_claim_outside_ram_does_not_fit() {
    let mut placement = with_map(16 * MIB);
    assert_eq!(placement.claim(16 * MIB - 1, 2), Err(LoadError::DoesNotFit));
    assert_eq!(placement.claim(u64::MAX, 2), Err(LoadError::DoesNotFit));
    assert_eq!(placement.claim(16 * MIB - 1, 1), Ok(()));
}

#[test]
fn a_claim_of_what_is_taken_or_reserved_overlaps() {
    let mut placement = with_map(16 * MIB);
    placement.claim(2 * MIB, MIB).unwrap();
    assert_eq!(placement.claim(3 * MIB - 1, 1), Err(LoadError::Overlaps));
    assert_eq!(placement.claim(0xf_ffff, 1), Err(LoadError::Overlaps));
    assert_eq!(placement.claim(3 * MIB, 1), Ok(()));
}

#[test]
fn memory_beyond_three_gibibytes_continues_above_the_hole() {
    let mut placement = with_map(LOW_MEMORY_END + MIB);
    assert_eq!(placement.claim(LOW_MEMORY_END, 1), Err(LoadError::DoesNotFit));
    assert_eq!(placement.claim(HIGH_MEMORY, MIB), Ok(()));
    assert_eq!(placement.claim(HIGH_MEMORY + MIB, 1), Err(LoadError::DoesNotFit));
}

#[test]
fn the_highest_place_goes_below_what_is_in_the_way() {
    let mut placement = with_map(16 * MIB);
    placement.claim(15 * MIB, 100).unwrap();
    assert_eq!(placement.claim_highest(u64::MAX, MIB - 4096, 4096), Ok(15 * MIB + 4096));
    assert_eq!(placement.claim_highest(u64::MAX, 4097, 4096), Ok(15 * MIB - 8192));
}

#[test]
fn nothing_is_placed_in_the_first_page_or_in_a_hole_of_the_map() {
    let mut placement = with_map(2 * MIB);
    assert_eq!(placement.claim_lowest(0, 0x9_f000, 4096), Ok(0x1000));
    assert_eq!(placement.claim_lowest(0, 4096, 4096), Ok(MIB));
}

proptest! {
    #[test]
    fn places_are_aligned_free_and_within_the_map(
        requests in prop::collection::vec((any::<bool>(), 0u64..20 * MIB, 1u64..3 * MIB, 0u32..22), 1..40),
    ) {
        let mut placement = with_map(16 * MIB);
        let mut seen: Vec<Range, 40> = Vec::new();
        for (low, bound, length, shift) in requests {
            let alignment = 1 << shift;
            let place = if low {
                placement.claim_lowest(bound, length, alignment)
            } else {
                placement.claim_highest(bound, length, alignment)
            };
            let Ok(base) = place else { continue };
            let range = Range::new(base, length).unwrap();
            prop_assert_eq!(base % alignment, 0);
            let bounded = if low { base >= bound } else { range.end <= bound };
            prop_assert!(bounded);
            prop_assert!(range.end <= 16 * MIB && base >= PAGE);
            prop_assert!(range.end <= 0xa_0000 || base >= MIB);
            prop_assert!(seen.iter().all(|other| !other.overlaps(range)));
            seen.push(range).unwrap();
        }
    }
}
