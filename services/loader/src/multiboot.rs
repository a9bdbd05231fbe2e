//! Kernels by multiboot 1 (The Multiboot Specification, version 0.6.96): ELF, or flat with addresses in the header.

use crate::boot_state::protected_mode;
use crate::elf_image::ElfImage;
use crate::fields::u32_at;
use crate::memory::{Guest, GuestMemory};
use crate::{Images, LoadError};
use bitflags::bitflags;
use bulkhead_abi::layout::{LOW_MEMORY_END, PAGE};
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::config::LoadPlan;
use bulkhead_protocol::platform::EXTENDED_DATA;

/// What the header starts with (section 3.1.2).
const HEADER_MAGIC: u32 = 0x1bad_b002;
/// What eax holds at the entry (section 3.2).
const ENTRY_MAGIC: u64 = 0x2bad_b002;
/// The header is completely within these first bytes.
const SEARCHED: usize = 8192;
/// Bytes of the information structure.
const INFO_BYTES: u64 = 116;
/// Bytes of an entry of the memory map, and what its `size` field says: all but itself.
const MMAP_ENTRY: (u64, u32) = (24, 20);
/// Where modules and upper memory start.
const UPPER_MEMORY: u64 = 1 << 20;
/// rbx in the order of the registers' encoding.
const RBX: usize = 3;

bitflags! {
    /// `flags` of the header.
    #[derive(Clone, Copy)]
    struct HeaderFlags: u32 {
        const PAGE_ALIGN = 1 << 0;
        const MEMORY_INFO = 1 << 1;
        /// The address fields of the header are valid.
        const ADDRESSES = 1 << 16;
        /// What a boot loader may ignore if it does not know it.
        const OPTIONAL = 0xffff_0000;
    }

    /// `flags` of the information structure.
    #[derive(Clone, Copy)]
    struct InfoFlags: u32 {
        const MEMORY = 1 << 0;
        const CMDLINE = 1 << 2;
        const MODS = 1 << 3;
        const MMAP = 1 << 6;
    }
}

pub(crate) fn load<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    plan: &LoadPlan,
    images: &Images<'_>,
) -> Result<VcpuState, LoadError> {
    let (offset, flags) = find_header(images.kernel)?;
    let (entry, end) = if flags.contains(HeaderFlags::ADDRESSES) {
        load_by_addresses(guest, images.kernel, offset)?
    } else {
        let image = ElfImage::parse(images.kernel)?;
        let end = image.load(guest)?;
        (u32::try_from(image.entry()?).map_err(|_| LoadError::Unsupported)?, end)
    };
    let mut state = protected_mode(guest, entry)?;
    let info = write_info(guest, plan, images, end)?;
    if let Some(rax) = state.gpr.first_mut() {
        *rax = ENTRY_MAGIC;
    }
    if let Some(rbx) = state.gpr.get_mut(RBX) {
        *rbx = info;
    }
    Ok(state)
}

/// The header's offset and flags.
fn find_header(image: &[u8]) -> Result<(usize, HeaderFlags), LoadError> {
    let searched = image.get(..SEARCHED).unwrap_or(image);
    for offset in (0..searched.len()).step_by(4) {
        let Ok(magic) = u32_at(searched, offset) else { break };
        if magic != HEADER_MAGIC {
            continue;
        }
        let flags = u32_at(searched, offset.saturating_add(4))?;
        let checksum = u32_at(searched, offset.saturating_add(8))?;
        if magic.wrapping_add(flags).wrapping_add(checksum) == 0 {
            let flags = HeaderFlags::from_bits_retain(flags);
            return if HeaderFlags::all().contains(flags) {
                Ok((offset, flags))
            } else {
                Err(LoadError::Unsupported)
            };
        }
    }
    Err(LoadError::WrongKind)
}

/// Section 3.1.3: the header says what of the file goes where. The entry and the end of the image.
fn load_by_addresses<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    image: &[u8],
    offset: usize,
) -> Result<(u32, u64), LoadError> {
    let field = |index: usize| u32_at(image, offset.saturating_add(index));
    let (header, load, load_end) = (field(12)?, field(16)?, field(20)?);
    let (bss_end, entry) = (field(24)?, field(28)?);
    let before_header = header.checked_sub(load).ok_or(LoadError::WrongKind)?;
    let start = offset.checked_sub(before_header as usize).ok_or(LoadError::WrongKind)?;
    let tail = image.get(start..).ok_or(LoadError::Truncated)?;
    let data = match load_end {
        0 => tail,
        end => {
            let length = end.checked_sub(load).ok_or(LoadError::WrongKind)?;
            tail.get(..length as usize).ok_or(LoadError::Truncated)?
        }
    };
    let span = (data.len() as u64).max(u64::from(bss_end.saturating_sub(load)));
    guest.placement.claim(u64::from(load), span)?;
    guest.write(u64::from(load), data)?;
    Ok((entry, u64::from(load).saturating_add(span)))
}

/// Section 3.3: the information structure and what it points at; its address.
fn write_info<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    plan: &LoadPlan,
    images: &Images<'_>,
    kernel_end: u64,
) -> Result<u64, LoadError> {
    let info = guest.placement.claim_lowest(0, INFO_BYTES, 8)?;
    let mut flags = InfoFlags::MEMORY | InfoFlags::CMDLINE | InfoFlags::MMAP;
    let upper = plan.memory.min(LOW_MEMORY_END).saturating_sub(UPPER_MEMORY);
    write_field(guest, info, 4, plan.memory.min(EXTENDED_DATA) >> 10)?;
    write_field(guest, info, 8, upper >> 10)?;
    let command_line = guest.place_text(plan.command_line.as_str().as_bytes())?;
    write_field(guest, info, 16, command_line)?;
    if !images.ramdisk.is_empty() {
        flags |= InfoFlags::MODS;
        let length = images.ramdisk.len() as u64;
        let module = guest.place(kernel_end.max(UPPER_MEMORY), images.ramdisk, PAGE)?;
        let list = guest.placement.claim_lowest(0, 16, 8)?;
        write_field(guest, list, 0, module)?;
        write_field(guest, list, 4, module.saturating_add(length))?;
        write_field(guest, info, 20, 1)?;
        write_field(guest, info, 24, list)?;
    }
    let (entry_bytes, entry_size) = MMAP_ENTRY;
    let map_bytes = (plan.e820.len() as u64).saturating_mul(entry_bytes);
    let map = guest.placement.claim_lowest(0, map_bytes, 8)?;
    let mut at = map;
    for entry in &plan.e820 {
        guest.write_u32(at, entry_size)?;
        guest.write_u64(at.saturating_add(4), entry.base)?;
        guest.write_u64(at.saturating_add(12), entry.length)?;
        guest.write_u32(at.saturating_add(20), entry.kind)?;
        at = at.saturating_add(entry_bytes);
    }
    write_field(guest, info, 44, map_bytes)?;
    write_field(guest, info, 48, map)?;
    guest.write_u32(info, flags.bits())?;
    Ok(info)
}

/// All that the structure holds lies below 4 GiB.
fn write_field<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    structure: u64,
    offset: u64,
    value: u64,
) -> Result<(), LoadError> {
    guest
        .write_u32(structure.saturating_add(offset), u32::try_from(value).map_err(|_| LoadError::DoesNotFit)?)
}
