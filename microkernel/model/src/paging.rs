//! Builds four-level page tables: the core's and the tasks' own, EPT, and nested page tables.
//!
//! The walk is the same for all three; only the meaning of the low bits differs. The builder sees tables as arrays of
//! 512 entries and gets new ones from a [`TableMemory`], so it runs in a host test as it runs in the core.

/// Bytes of a small page.
pub const PAGE: u64 = 4096;
/// Bytes of a large page.
pub const LARGE_PAGE: u64 = 2 << 20;

const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const LARGE: u64 = 1 << 7;

/// Where tables live.
pub trait TableMemory {
    /// A new table, all entries zero: its physical address.
    fn allocate(&mut self) -> Option<u64>;
    /// The entries of the table at this physical address.
    fn table(&mut self, physical: u64) -> Option<&mut [u64; 512]>;
}

/// What may be done with a mapped page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Writable.
    pub write: bool,
    /// Executable.
    pub execute: bool,
    /// Reachable from ring 3.
    pub user: bool,
    /// Device memory: not cached.
    pub device: bool,
}

impl Rights {
    /// Read-only data.
    pub const READ: Self = Self { write: false, execute: false, user: false, device: false };
    /// Data.
    pub const WRITE: Self = Self { write: true, ..Self::READ };
    /// Code.
    pub const EXECUTE: Self = Self { execute: true, ..Self::READ };
    /// Device registers.
    pub const DEVICE: Self = Self { write: true, device: true, ..Self::READ };
    /// Guest RAM in EPT or nested tables: everything.
    pub const GUEST: Self = Self { write: true, execute: true, user: true, device: false };

    /// The same for ring 3.
    #[must_use]
    pub const fn for_user(self) -> Self {
        Self { user: true, ..self }
    }
}

/// The meaning of an entry's low bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The CPU's own page tables (Intel SDM volume 3, "4-Level Paging"), with the no-execute bit. Nested page tables of
    /// SVM have the same form and need `user` on every page.
    Long,
    /// Extended page tables (Intel SDM volume 3, "The Extended Page Table Mechanism").
    Ept,
}

impl Format {
    const fn table(self, physical: u64) -> u64 {
        match self {
            Self::Long => physical | 0b111,
            Self::Ept => physical | 0b111,
        }
    }

    const fn leaf(self, physical: u64, rights: Rights, large: bool) -> u64 {
        let size = if large { LARGE } else { 0 };
        match self {
            Self::Long => {
                let write = (rights.write as u64) << 1;
                let user = (rights.user as u64) << 2;
                let uncached = if rights.device { 0b11 << 3 } else { 0 };
                let no_execute = (!rights.execute as u64) << 63;
                physical | 1 | write | user | uncached | size | no_execute
            }
            Self::Ept => {
                let memory_type = if rights.device { 0 } else { 6 << 3 };
                physical | 1 | (rights.write as u64) << 1 | (rights.execute as u64) << 2 | memory_type | size
            }
        }
    }

    const fn present(self, entry: u64) -> bool {
        match self {
            Self::Long => entry & 1 != 0,
            Self::Ept => entry & 0b111 != 0,
        }
    }
}

/// Why a mapping was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapError {
    /// An address or a length is not a multiple of the page size, or the range wraps.
    Misaligned,
    /// Something is mapped there already.
    Occupied,
    /// No memory for a table.
    OutOfTables,
}

/// Maps `length` bytes at `virt` to `phys`, with large pages wherever both are aligned for them.
///
/// # Errors
/// See [`MapError`]; what was mapped before the error stays mapped.
pub fn map<M: TableMemory>(
    memory: &mut M,
    format: Format,
    root: u64,
    range: Range,
    rights: Rights,
) -> Result<(), MapError> {
    let Range { virt, phys, length } = range;
    if (virt | phys | length) % PAGE != 0 || virt.checked_add(length.saturating_sub(1)).is_none() {
        return Err(MapError::Misaligned);
    }
    let mut done = 0u64;
    while done < length {
        let (to, from) = (virt.wrapping_add(done), phys.wrapping_add(done));
        let large = (to | from) % LARGE_PAGE == 0 && length.wrapping_sub(done) >= LARGE_PAGE;
        let leaf_level = if large { 1 } else { 0 };
        let mut table = root;
        for level in (leaf_level + 1..4).rev() {
            table = descend(memory, format, table, index(to, level))?;
        }
        let entries = memory.table(table).ok_or(MapError::OutOfTables)?;
        let entry = entries.get_mut(index(to, leaf_level)).ok_or(MapError::Misaligned)?;
        if format.present(*entry) {
            return Err(MapError::Occupied);
        }
        *entry = format.leaf(from, rights, large);
        done = done.wrapping_add(if large { LARGE_PAGE } else { PAGE });
    }
    Ok(())
}

/// What to map where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First address in the new space.
    pub virt: u64,
    /// First physical address.
    pub phys: u64,
    /// Bytes.
    pub length: u64,
}

/// Tables that mapping `length` bytes can need at the most, root not counted.
#[must_use]
pub const fn tables_needed(length: u64) -> u64 {
    // One path of three tables for the start, and one more table per started 2 MiB, 1 GiB and 512 GiB.
    3 + length / LARGE_PAGE / 512 + 2 + if length < LARGE_PAGE * 2 { 1 } else { 2 }
}

/// Physical address and entry of a mapped page.
pub fn translate<M: TableMemory>(memory: &mut M, format: Format, root: u64, virt: u64) -> Option<(u64, u64)> {
    let mut table = root;
    for level in (0..4).rev() {
        let entry = *memory.table(table)?.get(index(virt, level))?;
        if !format.present(entry) {
            return None;
        }
        if level == 0 || (level == 1 && entry & LARGE != 0) {
            let offset = virt & if level == 1 { LARGE_PAGE - 1 } else { PAGE - 1 };
            return Some((entry & ADDRESS | offset, entry));
        }
        table = entry & ADDRESS;
    }
    None
}

fn descend<M: TableMemory>(
    memory: &mut M,
    format: Format,
    table: u64,
    index: usize,
) -> Result<u64, MapError> {
    let entry = *memory.table(table).and_then(|entries| entries.get(index)).ok_or(MapError::OutOfTables)?;
    if format.present(entry) {
        return if entry & LARGE != 0 { Err(MapError::Occupied) } else { Ok(entry & ADDRESS) };
    }
    let new = memory.allocate().ok_or(MapError::OutOfTables)?;
    let slot = memory.table(table).and_then(|entries| entries.get_mut(index)).ok_or(MapError::OutOfTables)?;
    *slot = format.table(new);
    Ok(new)
}

const fn index(virt: u64, level: u32) -> usize {
    (virt >> (12 + 9 * level) & 511) as usize
}

#[cfg(test)]
mod tests;
