//! The core's arena: one physical range from which everything is made at boot. Nothing is ever given back.

use super::direct;
use bulkhead_abi::limits::MAX_COMMITTED;
use bulkhead_model::paging::{PAGE, TableMemory, tables_needed};
use core::ops::Range;

/// Hands out zeroed pages.
pub(crate) struct Arena {
    range: Range<u64>,
    next: u64,
}

impl Arena {
    /// An arena over a physical range that the direct map covers.
    pub(crate) const fn new(range: Range<u64>) -> Self {
        Self { next: range.start, range }
    }

    /// The whole range.
    pub(crate) fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Bytes in use.
    pub(crate) const fn used(&self) -> u64 {
        self.next - self.range.start
    }

    /// `count` contiguous zeroed pages: their physical address.
    pub(crate) fn pages(&mut self, count: u64) -> Option<u64> {
        let start = self.next;
        let end = start.checked_add(count.checked_mul(PAGE)?)?;
        if end > self.range.end {
            return None;
        }
        self.next = end;
        let length = usize::try_from(end - start).ok()?;
        // SAFETY: the range belongs to the arena, which the direct map covers, and was not given out before.
        unsafe { core::ptr::write_bytes(direct::<u8>(start), 0, length) };
        Some(start)
    }
}

impl TableMemory for Arena {
    fn allocate(&mut self) -> Option<u64> {
        self.pages(1)
    }

    fn table(&mut self, physical: u64) -> Option<&mut [u64; 512]> {
        if !physical.is_multiple_of(PAGE) || !self.range.contains(&physical) {
            return None;
        }
        // SAFETY: an aligned page of the arena, which the direct map covers; page tables are reached only through
        // the arena, which is borrowed exclusively.
        Some(unsafe { &mut *direct::<[u64; 512]>(physical) })
    }
}

/// What an arena must hold.
pub(crate) struct Demand {
    /// CPUs.
    pub(crate) cpus: u64,
    /// vCPUs.
    pub(crate) vcpus: u64,
    /// Tasks.
    pub(crate) tasks: u64,
    /// Pages of all tasks' programs and stacks.
    pub(crate) task_pages: u64,
    /// Bytes of guest RAM and modules, as often as they are mapped somewhere.
    pub(crate) mapped: u64,
    /// How many such mappings there are.
    pub(crate) mappings: u64,
}

/// Bytes of an arena that holds all this, with some room to spare.
pub(crate) fn arena_needed(demand: &Demand) -> u64 {
    // A task: context, message page, start info, committed state (twice), root and the tables of its five areas.
    let committed = (MAX_COMMITTED as u64).div_ceil(PAGE) * 2;
    let per_task = 3 + committed + 1 + 5 * 3 + 4;
    let per_cpu = 64;
    let per_vcpu = 8;
    let tables = demand.mappings * (4 + tables_needed(0)) + demand.mapped.div_ceil(PAGE * 512 * 512) + 64;
    let pages = demand.cpus * per_cpu
        + demand.vcpus * per_vcpu
        + demand.tasks * per_task
        + demand.task_pages
        + tables
        + 128;
    (pages * PAGE).next_multiple_of(2 << 20)
}
