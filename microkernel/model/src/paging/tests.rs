extern crate std;

use super::*;
use std::vec::Vec;

struct Tables(Vec<[u64; 512]>);

impl TableMemory for Tables {
    fn allocate(&mut self) -> Option<u64> {
        self.0.push([0; 512]);
        Some(self.0.len() as u64 * PAGE)
    }

    fn table(&mut self, physical: u64) -> Option<&mut [u64; 512]> {
        self.0.get_mut((physical / PAGE) as usize - 1)
    }
}

fn space() -> (Tables, u64) {
    let mut tables = Tables(Vec::new());
    let root = tables.allocate().unwrap();
    (tables, root)
}

#[test]
fn a_mapped_page_translates_to_what_was_mapped() {
    let (mut tables, root) = space();
    let range = Range { virt: 0x40_0000, phys: 0x123_4000, length: 0x3000 };
    map(&mut tables, Format::Long, root, range, Rights::WRITE.for_user()).unwrap();
    let (physical, entry) = translate(&mut tables, Format::Long, root, 0x40_2abc).unwrap();
    assert_eq!(physical, 0x123_6abc);
    assert_eq!(entry & 0b111, 0b111);
    assert_eq!(entry >> 63, 1, "data is not executable");
    assert_eq!(translate(&mut tables, Format::Long, root, 0x40_3000), None);
}

#[test]
fn large_pages_are_used_where_both_sides_are_aligned() {
    let (mut tables, root) = space();
    let range =
        Range { virt: LARGE_PAGE - PAGE, phys: 3 * LARGE_PAGE - PAGE, length: 2 * LARGE_PAGE + 2 * PAGE };
    map(&mut tables, Format::Ept, root, range, Rights::GUEST).unwrap();
    let small = translate(&mut tables, Format::Ept, root, LARGE_PAGE - 1).unwrap();
    let large = translate(&mut tables, Format::Ept, root, LARGE_PAGE + 5).unwrap();
    assert_eq!((small.0, small.1 & 1 << 7), (3 * LARGE_PAGE - 1, 0));
    assert_eq!((large.0, large.1 & 1 << 7), (3 * LARGE_PAGE + 5, 1 << 7));
    assert_eq!(large.1 >> 3 & 7, 6, "write-back");
}

#[test]
fn mapping_twice_is_refused() {
    let (mut tables, root) = space();
    let range = Range { virt: 0, phys: 0, length: PAGE };
    map(&mut tables, Format::Long, root, range, Rights::READ).unwrap();
    assert_eq!(map(&mut tables, Format::Long, root, range, Rights::READ), Err(MapError::Occupied));
    let large = Range { virt: 0, phys: 0, length: LARGE_PAGE };
    assert!(map(&mut tables, Format::Long, root, large, Rights::READ).is_err());
}

#[test]
fn the_estimate_of_tables_is_never_too_small() {
    for length in [PAGE, 3 * PAGE, LARGE_PAGE, 64 * LARGE_PAGE, 700 * LARGE_PAGE] {
        for start in [0, PAGE, LARGE_PAGE - PAGE, 511 * LARGE_PAGE] {
            for phys in [0, LARGE_PAGE] {
                if length > 64 * LARGE_PAGE && start % LARGE_PAGE != 0 {
                    continue;
                }
                let (mut tables, root) = space();
                let range = Range { virt: start, phys: phys + start % LARGE_PAGE, length };
                map(&mut tables, Format::Long, root, range, Rights::READ).unwrap();
                let used = tables.0.len() as u64 - 1;
                assert!(used <= tables_needed(length), "{used} > {} for {range:?}", tables_needed(length));
            }
        }
    }
}
