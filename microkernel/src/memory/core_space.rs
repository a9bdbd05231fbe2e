//! The core's own address space: the upper half that every task shares and none can reach.

use super::{Arena, DIRECT};
use bulkhead_model::paging::{Format, MapError, PAGE, Range, Rights, map};

/// Where the core's image runs.
const CORE_BASE: u64 = 0xffff_ffff_8000_0000;
/// Stacks: one area of this size per CPU, with the stack at its end and nothing mapped below it.
const STACKS: u64 = 0xffff_c000_0000_0000;
const STACK_AREA: u64 = 1 << 20;
/// Pages of a CPU's stack.
const STACK_PAGES: u64 = 8;

unsafe extern "C" {
    static core_text_start: u8;
    static core_text_end: u8;
    static core_rodata_start: u8;
    static core_rodata_end: u8;
    static core_data_start: u8;
    static core_data_end: u8;
}

/// End of a CPU's stack.
pub(crate) const fn stack_top(cpu: u64) -> u64 {
    STACKS + (cpu + 1) * STACK_AREA
}

/// The root of the core's tables.
pub(crate) struct CoreSpace {
    /// Physical address of the top table.
    pub(crate) root: u64,
}

impl CoreSpace {
    /// Maps the core's image, write or execute but never both, and the arena.
    pub(crate) fn new(arena: &mut Arena) -> Result<Self, MapError> {
        let root = arena.pages(1).ok_or(MapError::OutOfTables)?;
        let space = Self { root };
        // Every table of the upper half's first level exists from the start, so that tasks can copy the entries.
        for (start, end, rights) in [
            (&raw const core_text_start, &raw const core_text_end, Rights::EXECUTE),
            (&raw const core_rodata_start, &raw const core_rodata_end, Rights::READ),
            (&raw const core_data_start, &raw const core_data_end, Rights::WRITE),
        ] {
            let (start, end) = (start.addr() as u64, end.addr() as u64);
            let range = Range { virt: start, phys: start - CORE_BASE, length: end - start };
            map(arena, Format::Long, root, range, rights)?;
        }
        let range = arena.range();
        space.map_direct(arena, range.start, range.end - range.start, Rights::WRITE)?;
        Ok(space)
    }

    /// Maps a physical range in the direct map, rounded to whole pages.
    pub(crate) fn map_direct(
        &self,
        arena: &mut Arena,
        start: u64,
        length: u64,
        rights: Rights,
    ) -> Result<(), MapError> {
        let first = start & !(PAGE - 1);
        let length = (start + length).next_multiple_of(PAGE) - first;
        map(arena, Format::Long, self.root, Range { virt: DIRECT + first, phys: first, length }, rights)
    }

    /// Maps a CPU's stack; the pages around it stay unmapped.
    pub(crate) fn map_stack(&self, arena: &mut Arena, cpu: u64) -> Result<(), MapError> {
        let phys = arena.pages(STACK_PAGES).ok_or(MapError::OutOfTables)?;
        let length = STACK_PAGES * PAGE;
        map(
            arena,
            Format::Long,
            self.root,
            Range { virt: stack_top(cpu) - length, phys, length },
            Rights::WRITE,
        )
    }
}
