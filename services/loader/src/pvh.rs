//! ELF kernels by PVH (Xen, docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h).

use crate::boot_state::protected_mode;
use crate::elf_image::ElfImage;
use crate::memory::{Guest, GuestMemory, words};
use crate::{Images, LoadError};
use bulkhead_abi::layout::PAGE;
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::config::LoadPlan;
use bulkhead_protocol::platform::ACPI_TABLES;

/// `XEN_ELFNOTE_PHYS32_ENTRY`: the physical address of the 32-bit entry.
const PHYS32_ENTRY: u64 = 18;
/// `XEN_HVM_START_MAGIC_VALUE`.
const START_MAGIC: u64 = 0x336e_c578;
/// The first version with a memory map.
const START_VERSION: u64 = 1;
/// `hvm_memmap_table_entry`.
const MEMMAP_ENTRY_BYTES: u64 = 24;
/// rbx in the order of the registers' encoding.
const RBX: usize = 3;

pub(crate) fn load<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    plan: &LoadPlan,
    images: &Images<'_>,
) -> Result<VcpuState, LoadError> {
    let image = ElfImage::parse(images.kernel)?;
    let entry = image.find_note(|note| match note {
        elf::note::Note::Unknown(note) if note.n_type == PHYS32_ENTRY && note.name == b"Xen\0" => {
            // The descriptor is as wide as the kernel's words; the address has 32 bits in any case.
            note.desc.first_chunk().copied().map(u32::from_le_bytes)
        }
        _ => None,
    })?;
    let entry = entry.ok_or(LoadError::WrongKind)?;
    let end = image.load(guest)?;
    let mut state = protected_mode(guest, entry)?;

    let command_line = guest.place_text(plan.command_line.as_str().as_bytes())?;
    let mut modules = (0, 0);
    if !images.ramdisk.is_empty() {
        let ramdisk = guest.place(end, images.ramdisk, PAGE)?;
        let entry: [u8; 32] = words([ramdisk, images.ramdisk.len() as u64, 0, 0]);
        modules = (1, guest.place(0, &entry, 8)?);
    }
    let entries = plan.e820.len() as u64;
    let memory_map = guest.placement.claim_lowest(0, entries.saturating_mul(MEMMAP_ENTRY_BYTES), 8)?;
    let mut at = memory_map;
    for entry in &plan.e820 {
        let bytes: [u8; 24] = words([entry.base, entry.length, u64::from(entry.kind)]);
        guest.write(at, &bytes)?;
        at = at.saturating_add(MEMMAP_ENTRY_BYTES);
    }
    let rsdp = if images.acpi.is_empty() { 0 } else { ACPI_TABLES };
    // Pairs of 32-bit fields in one word: magic and version; flags and modules; entries and a reserved one.
    let (count, list) = modules;
    let info: [u8; 56] = words([
        START_MAGIC | START_VERSION << 32,
        count << 32,
        list,
        command_line,
        rsdp,
        memory_map,
        entries,
    ]);
    let start_info = guest.place(0, &info, 8)?;
    if let Some(rbx) = state.gpr.get_mut(RBX) {
        *rbx = start_info;
    }
    Ok(state)
}
