//! The states of the first vCPU that boot protocols ask for, and the tables in memory behind them.

use crate::LoadError;
use crate::memory::{Guest, GuestMemory, words};
use bulkhead_abi::layout::PAGE;
use bulkhead_abi::vcpu::{RSP, Segment, Table, VcpuState};
use x86_64::registers::control::{Cr0Flags, Cr4Flags, EferFlags};
use x86_64::structures::gdt::DescriptorFlags;
use x86_64::structures::paging::PageTableFlags;

/// `__BOOT_CS` of the Linux boot protocol; as good as any for the others.
const CODE_SELECTOR: u16 = 0x10;
/// `__BOOT_DS`.
const DATA_SELECTOR: u16 = 0x18;
/// Access rights of a busy 32-bit or 64-bit TSS.
const BUSY_TSS: u16 = 0x8b;
/// A page table of this level and those below it covers 1 GiB with 2 MiB pages.
const GIBIBYTES_MAPPED: u64 = 4;

/// 64-bit mode with the first 4 GiB mapped to themselves.
pub(crate) fn long_mode<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    entry: u64,
) -> Result<VcpuState, LoadError> {
    let mut state = flat_segments(guest, DescriptorFlags::KERNEL_CODE64)?;
    state.rip = entry;
    state.cr0 = (Cr0Flags::PAGING
        | Cr0Flags::PROTECTED_MODE_ENABLE
        | Cr0Flags::EXTENSION_TYPE
        | Cr0Flags::NUMERIC_ERROR)
        .bits();
    state.cr3 = identity_map(guest)?;
    state.cr4 = Cr4Flags::PHYSICAL_ADDRESS_EXTENSION.bits();
    state.efer = (EferFlags::LONG_MODE_ENABLE | EferFlags::LONG_MODE_ACTIVE).bits();
    let stack = guest.placement.claim_lowest(0, PAGE, PAGE)?;
    if let Some(rsp) = state.gpr.get_mut(RSP) {
        *rsp = stack.saturating_add(PAGE);
    }
    Ok(state)
}

/// 32-bit protected mode without paging, segments flat over 4 GiB.
pub(crate) fn protected_mode<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    entry: u32,
) -> Result<VcpuState, LoadError> {
    let mut state = flat_segments(guest, DescriptorFlags::KERNEL_CODE32)?;
    state.rip = u64::from(entry);
    state.cr0 = (Cr0Flags::PROTECTED_MODE_ENABLE | Cr0Flags::EXTENSION_TYPE | Cr0Flags::NUMERIC_ERROR).bits();
    Ok(state)
}

/// 16-bit real mode; the entry is below 1 MiB.
///
/// The code segment is the 64 KiB block that holds the entry. All else is as after power-on, but with caches on, as
/// a firmware leaves them.
pub(crate) fn real_mode(entry: u32) -> VcpuState {
    let mut state = VcpuState::power_on();
    state.rip = u64::from(entry & 0xffff);
    state.cs.base = u64::from(entry & 0xf_0000);
    state.cs.selector = u16::try_from((entry & 0xf_0000) >> 4).unwrap_or_default();
    state.cr0 = Cr0Flags::EXTENSION_TYPE.bits();
    state
}

fn flat_segments<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    code: DescriptorFlags,
) -> Result<VcpuState, LoadError> {
    let data = DescriptorFlags::KERNEL_DATA;
    let descriptors: [u8; 32] = words([0, 0, code.bits(), data.bits()]);
    let gdt = guest.place(0, &descriptors, 16)?;
    let mut state = VcpuState::power_on();
    state.gpr = [0; 16];
    state.cs = segment(CODE_SELECTOR, code);
    for register in [&mut state.ds, &mut state.es, &mut state.fs, &mut state.gs, &mut state.ss] {
        *register = segment(DATA_SELECTOR, data);
    }
    state.tr = Segment { base: 0, limit: 0x67, selector: 0, rights: BUSY_TSS };
    state.ldtr = Segment::default();
    state.gdtr = Table { base: gdt, limit: 31 };
    state.idtr = Table { base: 0, limit: 0 };
    Ok(state)
}

/// The hidden part that the CPU makes of a flat descriptor.
fn segment(selector: u16, descriptor: DescriptorFlags) -> Segment {
    // Bits 8 to 11 of the upper half are a part of the limit, not rights.
    let rights = u16::try_from((descriptor.bits() >> 40) & 0xf0ff).unwrap_or_default();
    Segment { base: 0, limit: u32::MAX, selector, rights }
}

/// Page tables that map the first 4 GiB to themselves with 2 MiB pages; the root's address.
fn identity_map<M: GuestMemory>(guest: &mut Guest<'_, M>) -> Result<u64, LoadError> {
    let table = PageTableFlags::PRESENT | PageTableFlags::WRITABLE;
    let large = table | PageTableFlags::HUGE_PAGE;
    let pages = GIBIBYTES_MAPPED.saturating_add(2);
    let root = guest.placement.claim_lowest(0, pages.saturating_mul(PAGE), PAGE)?;
    let pointers = root.saturating_add(PAGE);
    let directories = pointers.saturating_add(PAGE);
    guest.write_u64(root, pointers | table.bits())?;
    for directory in 0..GIBIBYTES_MAPPED {
        let address = directories.saturating_add(directory.saturating_mul(PAGE));
        guest.write_u64(pointers.saturating_add(directory.saturating_mul(8)), address | table.bits())?;
    }
    for page in 0..GIBIBYTES_MAPPED.saturating_mul(512) {
        guest.write_u64(directories.saturating_add(page.saturating_mul(8)), (page << 21) | large.bits())?;
    }
    Ok(root)
}
