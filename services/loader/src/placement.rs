//! Which parts of a VM's memory are taken, and by that where the next thing goes.

use crate::LoadError;
use bulkhead_abi::layout::{LOW_MEMORY_END, PAGE};
use bulkhead_protocol::config::{E820, MAX_E820};
use heapless::Vec;

/// First address above the 32-bit hole.
const HIGH_MEMORY: u64 = 1 << 32;
/// E820 type of RAM.
const RAM: u32 = 1;
/// Things in one VM's memory at the most: reserved ranges, segments of the kernel, boot data.
const MAX_TAKEN: usize = 64;

/// A range of guest-physical addresses that does not wrap and is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    base: u64,
    end: u64,
}

impl Range {
    /// `None` if it wraps or is empty.
    pub(crate) fn new(base: u64, length: u64) -> Option<Self> {
        let end = base.checked_add(length)?;
        (end > base).then_some(Self { base, end })
    }

    pub(crate) const fn base(self) -> u64 {
        self.base
    }

    pub(crate) const fn length(self) -> u64 {
        self.end.saturating_sub(self.base)
    }

    const fn overlaps(self, other: Self) -> bool {
        self.base < other.end && other.base < self.end
    }

    const fn contains(self, other: Self) -> bool {
        self.base <= other.base && other.end <= self.end
    }

    fn intersection(self, other: Self) -> Option<Self> {
        let base = self.base.max(other.base);
        Self::new(base, self.end.min(other.end).checked_sub(base)?)
    }
}

/// What of a VM's memory is there, offered to the guest, and taken.
pub(crate) struct Placement {
    /// RAM below and above the 32-bit hole.
    ram: [Option<Range>; 2],
    /// What the memory map offers as RAM below the hole: where the loader puts things of its own choice.
    offered: Vec<Range, MAX_E820>,
    taken: Vec<Range, MAX_TAKEN>,
}

impl Placement {
    /// The placement of a VM with that many bytes of RAM, nothing of it taken.
    pub(crate) fn new(memory: u64) -> Self {
        let low = memory.min(LOW_MEMORY_END);
        let ram = [Range::new(0, low), Range::new(HIGH_MEMORY, memory.saturating_sub(low))];
        Self { ram, offered: Vec::new(), taken: Vec::new() }
    }

    /// The RAM.
    pub(crate) fn ram(&self) -> impl Iterator<Item = Range> + use<> {
        self.ram.into_iter().flatten()
    }

    /// The ranges of RAM that are taken.
    pub(crate) fn taken_ram(&self) -> impl Iterator<Item = Range> {
        self.taken.iter().flat_map(|taken| self.ram().filter_map(|ram| ram.intersection(*taken)))
    }

    /// Takes what the memory map reserves, and offers what it does not.
    pub(crate) fn apply_map(&mut self, map: &[E820]) -> Result<(), LoadError> {
        for entry in map {
            let Some(range) = Range::new(entry.base, entry.length) else { continue };
            if entry.kind != RAM {
                self.taken.push(range).map_err(|_| LoadError::Unsupported)?;
            } else if let Some(low) = self.ram[0].and_then(|low| low.intersection(range)) {
                self.offered.push(low).map_err(|_| LoadError::Unsupported)?;
            }
        }
        Ok(())
    }

    /// Takes a range that an image asks for. An empty one is granted without a look.
    pub(crate) fn claim(&mut self, base: u64, length: u64) -> Result<(), LoadError> {
        if length == 0 {
            return Ok(());
        }
        let range = Range::new(base, length).ok_or(LoadError::DoesNotFit)?;
        if !self.ram().any(|ram| ram.contains(range)) {
            return Err(LoadError::DoesNotFit);
        }
        if self.obstacle(range).is_some() {
            return Err(LoadError::Overlaps);
        }
        self.taken.push(range).map_err(|_| LoadError::Unsupported)
    }

    /// Takes the lowest free range from `from` on, never in the first page; its address. Alignment is a power of two.
    pub(crate) fn claim_lowest(&mut self, from: u64, length: u64, alignment: u64) -> Result<u64, LoadError> {
        let from = from.max(PAGE);
        let candidates =
            self.offered.iter().filter_map(|within| self.lowest(*within, from, length, alignment));
        let base = candidates.min().ok_or(LoadError::DoesNotFit)?;
        self.claim(base, length)?;
        Ok(base)
    }

    /// Takes the highest free range that ends at `below` or before; its address. Alignment is a power of two.
    pub(crate) fn claim_highest(
        &mut self,
        below: u64,
        length: u64,
        alignment: u64,
    ) -> Result<u64, LoadError> {
        let candidates =
            self.offered.iter().filter_map(|within| self.highest(*within, below, length, alignment));
        let base = candidates.max().ok_or(LoadError::DoesNotFit)?;
        self.claim(base, length)?;
        Ok(base)
    }

    fn lowest(&self, within: Range, from: u64, length: u64, alignment: u64) -> Option<u64> {
        let mut base = within.base.max(from).checked_next_multiple_of(alignment)?;
        loop {
            let range = Range::new(base, length)?;
            if !within.contains(range) {
                return None;
            }
            // Each round ends above an obstacle, and obstacles are finite.
            match self.obstacle(range) {
                Some(obstacle) => base = obstacle.end.checked_next_multiple_of(alignment)?,
                None => return Some(base),
            }
        }
    }

    fn highest(&self, within: Range, below: u64, length: u64, alignment: u64) -> Option<u64> {
        let mut end = within.end.min(below);
        loop {
            let unaligned = end.checked_sub(length)?;
            let base = unaligned.checked_sub(unaligned.checked_rem(alignment)?)?;
            let range = Range::new(base, length)?;
            if !within.contains(range) || base < PAGE {
                return None;
            }
            match self.obstacle(range) {
                Some(obstacle) => end = obstacle.base,
                None => return Some(base),
            }
        }
    }

    fn obstacle(&self, range: Range) -> Option<Range> {
        self.taken.iter().copied().find(|taken| taken.overlaps(range))
    }
}

#[cfg(test)]
mod tests;
