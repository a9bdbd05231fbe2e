//! Where things are in a task's address space. Everything else there is unmapped.

/// Bytes of a page.
pub const PAGE: u64 = 4096;
/// First address of a task's program (its linker script starts here).
pub const PROGRAM: u64 = 0x0040_0000;
/// The task's [`MessagePage`](crate::message::MessagePage), readable and writable.
pub const MESSAGE_PAGE: u64 = 0x1000_0000;
/// The task's configuration, read-only: a postcard-encoded value of the type that its kind names.
pub const CONFIG: u64 = 0x1100_0000;
/// The committed state that the last life left, read-only; its length is in [`StartInfo`].
pub const COMMITTED: u64 = 0x1200_0000;
/// The [`StartInfo`] of this life, read-only.
pub const START_INFO: u64 = 0x1300_0000;
/// End of the stack; the pages below its size and above its end are unmapped.
pub const STACK_END: u64 = 0x2000_0000;
/// What every byte of a stack holds that its task has not written to.
pub const STACK_FILL: u8 = 0xa5;
/// The image's modules, read-only, for a task whose manifest grants them.
pub const MODULES: u64 = 0x4000_0000;
/// Guest memory of VM `n` starts at `GUEST_MEMORY + n * GUEST_MEMORY_STRIDE`, for a task whose manifest grants it.
/// Offsets in it are guest-physical addresses; RAM above 4 GiB keeps its guest-physical offset.
pub const GUEST_MEMORY: u64 = 0x0000_0100_0000_0000;
/// Distance between the windows of two VMs.
pub const GUEST_MEMORY_STRIDE: u64 = 0x0000_0010_0000_0000;
/// End of guest RAM below the 4 GiB hole; what is beyond continues at 4 GiB.
pub const LOW_MEMORY_END: u64 = 0xc000_0000;
/// End of a VM's ROM, and of what a CPU reaches without paging: its first instruction is 16 bytes below.
pub const ROM_END: u64 = 1 << 32;
/// The largest ROM of a VM. Below it are the registers of the local APIC and the I/O APIC.
pub const MAX_ROM: u64 = 16 << 20;
/// End of the lower half: the first address that no task can name.
pub const USER_END: u64 = 0x0000_8000_0000_0000;

use crate::id::{Generation, TaskId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A piece of a VM's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestPiece {
    /// Its first guest-physical address.
    pub address: u64,
    /// Where it begins in the VM's memory, whose pieces lie one behind the other.
    pub offset: u64,
    /// Bytes; can be zero.
    pub length: u64,
    /// The guest cannot write to it.
    pub is_rom: bool,
}

impl GuestPiece {
    /// Does all of the range lie in it?
    #[must_use]
    pub const fn contains(&self, address: u64, length: u64) -> bool {
        match address.checked_sub(self.address) {
            Some(into) => into <= self.length && length <= self.length - into,
            None => false,
        }
    }
}

/// The memory of a VM with so many bytes of RAM and ROM: RAM below the hole and above it, then the ROM. One that is larger
/// than a ROM may be is not there.
#[must_use]
pub const fn guest_memory(ram: u64, rom: u64) -> [GuestPiece; 3] {
    let low = if ram < LOW_MEMORY_END { ram } else { LOW_MEMORY_END };
    let rom = if rom <= MAX_ROM { rom } else { 0 };
    [
        GuestPiece { address: 0, offset: 0, length: low, is_rom: false },
        GuestPiece { address: 1 << 32, offset: low, length: ram - low, is_rom: false },
        GuestPiece { address: ROM_END - rom, offset: ram, length: rom, is_rom: true },
    ]
}

/// What the core tells a task at the start of each of its lives.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StartInfo {
    /// Time-stamp counter ticks in a second.
    pub tsc_hz: u64,
    /// Time-stamp counter when the core came up: time zero of the system.
    pub tsc_boot: u64,
    /// Valid bytes at [`CONFIG`].
    pub config_len: u32,
    /// Valid bytes at [`COMMITTED`]; 0 if nothing was committed yet.
    pub committed_len: u32,
    /// Which life this is.
    pub generation: Generation,
    /// Who this is.
    pub task: TaskId,
    /// Zero.
    pub reserved: u16,
    /// The task's name, NUL padded.
    pub name: [u8; crate::limits::MAX_NAME],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_vm_fill_its_memory_without_gaps() {
        for ram in [2 << 20, LOW_MEMORY_END, LOW_MEMORY_END + (2 << 20)] {
            let mut end = 0;
            for piece in guest_memory(ram, 1 << 20) {
                assert_eq!(piece.offset, end);
                end += piece.length;
            }
            assert_eq!(end, ram + (1 << 20));
        }
    }

    #[test]
    fn a_rom_ends_where_the_first_instruction_is() {
        let [_, _, rom] = guest_memory(2 << 20, 64 << 10);
        assert!(rom.contains(0xffff_fff0, 16) && rom.contains(0xffff_0000, 64 << 10));
        assert!(!rom.contains(0xffff_fff0, 17) && !rom.contains(0xfffe_ffff, 1));
    }

    #[test]
    fn ram_ends_at_its_last_byte() {
        let [low, high, _] = guest_memory(LOW_MEMORY_END + PAGE, 0);
        assert!(low.contains(LOW_MEMORY_END - 1, 1) && !low.contains(LOW_MEMORY_END - 1, 2));
        assert!(high.contains(1 << 32, PAGE) && !high.contains(1 << 32, PAGE + 1));
        assert!(!low.contains(1, u64::MAX));
    }
}
