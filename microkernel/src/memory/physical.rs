//! Which RAM is free, at boot.

use core::ops::Range;

/// Free ranges that are remembered.
const MAX_FREE: usize = 64;

/// Free RAM. Ranges are physical, page-aligned, and do not overlap.
pub(crate) struct Physical {
    free: [Range<u64>; MAX_FREE],
    count: usize,
}

impl Physical {
    /// The usable regions, shrunk to whole pages.
    pub(crate) fn new(regions: &[Range<u64>]) -> Self {
        let mut physical = Self { free: [const { 0..0 }; MAX_FREE], count: 0 };
        for region in regions {
            physical.add(region.start.next_multiple_of(4096)..region.end & !4095);
        }
        physical
    }

    /// Takes a range out, rounded to whole pages.
    pub(crate) fn reserve(&mut self, taken: Range<u64>) {
        let taken = taken.start & !4095..taken.end.next_multiple_of(4096);
        let mut index = 0;
        while index < self.count {
            let Some(range) = self.free.get(index).cloned() else { return };
            if taken.start < range.end && range.start < taken.end {
                let before = range.start..taken.start.max(range.start);
                let after = taken.end.min(range.end)..range.end;
                if let Some(slot) = self.free.get_mut(index) {
                    *slot = before;
                }
                self.add(after);
            }
            index += 1;
        }
    }

    /// Takes `length` bytes with this alignment, below `limit`, from the end of the highest range that has them.
    pub(crate) fn take_high(&mut self, length: u64, alignment: u64, limit: u64) -> Option<Range<u64>> {
        let fit = |range: &Range<u64>| {
            let start = range.end.min(limit).checked_sub(length)? & !(alignment - 1);
            (start >= range.start).then_some(start)
        };
        let start = self.free.iter().filter_map(fit).max()?;
        self.reserve(start..start + length);
        Some(start..start + length)
    }

    /// Takes `length` bytes with this alignment from the start of the lowest range that has them.
    pub(crate) fn take_low(&mut self, length: u64, alignment: u64) -> Option<Range<u64>> {
        let fit = |range: &Range<u64>| {
            let start = range.start.checked_next_multiple_of(alignment)?;
            (start.checked_add(length)? <= range.end).then_some(start)
        };
        let start = self.free.iter().filter_map(fit).min()?;
        self.reserve(start..start + length);
        Some(start..start + length)
    }

    /// Bytes that are free.
    pub(crate) fn total(&self) -> u64 {
        self.free.iter().map(|range| range.end.saturating_sub(range.start)).sum()
    }

    fn add(&mut self, range: Range<u64>) {
        if range.end <= range.start {
            return;
        }
        if let Some(slot) = self.free.get_mut(self.count) {
            *slot = range;
            self.count += 1;
        }
    }
}
