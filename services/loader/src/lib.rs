//! Puts a guest's boot images into its memory and says in which state its first vCPU starts.
//!
//! Kernel, RAM disk and command line are input that nobody has checked: whatever they hold, the outcome is a
//! [`LoadError`] or a loaded guest, and no byte is written outside of the VM's RAM. One file for each boot protocol.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod bios_data;
mod boot_state;
mod command_line;
mod coreboot;
mod elf_image;
mod fields;
mod firmware;
mod flat;
pub mod hash;
mod linux;
mod memory;
mod multiboot;
mod placement;
mod pvh;

pub use bulkhead_protocol::loader::LoadError;
pub use memory::GuestMemory;

use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::config::{BootProtocol, LoadPlan};
use bulkhead_protocol::platform;
use memory::Guest;
use placement::Placement;

/// What a VM boots from.
#[derive(Debug, Clone, Copy)]
pub struct Images<'a> {
    /// Its kernel.
    pub kernel: &'a [u8],
    /// Its initial RAM disk; empty if it has none.
    pub ramdisk: &'a [u8],
    /// Its ACPI tables, linked for [`platform::ACPI_TABLES`]; empty if it has none.
    pub acpi: &'a [u8],
}

/// Clears the VM's memory, puts its images there and returns the state in which its first vCPU starts.
///
/// All of the memory is cleared first, so that a second life is like the first, and another definition's is not seen. `tsc_hz` is the rate of the guest's
/// time-stamp counter; 0 if it is not known.
///
/// # Errors
/// What is wrong with the images. The memory then holds a part of them.
pub fn load(
    memory: &mut impl GuestMemory,
    plan: &LoadPlan,
    images: &Images<'_>,
    tsc_hz: u64,
) -> Result<VcpuState, LoadError> {
    let mut guest = Guest::new(memory, Placement::new(plan.memory));
    guest.clear()?;
    guest.clear_rom(plan.rom)?;
    place(memory, plan, images, tsc_hz).map(|(state, _)| state)
}

/// The same after a warm reset: RAM keeps what it holds where neither the images nor their boot data go.
///
/// # Errors
/// What is wrong with the images. The memory then holds a part of them, or is as it was.
pub fn reload(
    memory: &mut impl GuestMemory,
    plan: &LoadPlan,
    images: &Images<'_>,
    tsc_hz: u64,
) -> Result<VcpuState, LoadError> {
    // Everything is placed once without being written, to learn what will be taken: images and boot data rely on finding
    // zeros there.
    let (_, placement) = place(&mut Nowhere, plan, images, tsc_hz)?;
    for range in placement.taken_ram() {
        if !memory.zero(range.base(), range.length()) {
            return Err(LoadError::DoesNotFit);
        }
    }
    place(memory, plan, images, tsc_hz).map(|(state, _)| state)
}

/// Memory that takes everything and keeps nothing.
struct Nowhere;

impl GuestMemory for Nowhere {
    fn write(&mut self, _: u64, _: &[u8]) -> bool {
        true
    }

    fn zero(&mut self, _: u64, _: u64) -> bool {
        true
    }

    fn write_rom(&mut self, _: u64, _: &[u8]) -> bool {
        true
    }
}

/// The VM's RAM: base and bytes of each range.
pub fn ram(plan: &LoadPlan) -> impl Iterator<Item = (u64, u64)> + use<> {
    Placement::new(plan.memory).ram().map(|range| (range.base(), range.length()))
}

/// Puts images and boot data into memory; the first vCPU's state, and what is where.
fn place(
    memory: &mut impl GuestMemory,
    plan: &LoadPlan,
    images: &Images<'_>,
    tsc_hz: u64,
) -> Result<(VcpuState, Placement), LoadError> {
    let mut guest = Guest::new(memory, Placement::new(plan.memory));
    bios_data::write(&mut guest, platform::EXTENDED_DATA)?;
    if !images.acpi.is_empty() {
        if images.acpi.len() as u64 > platform::ACPI_TABLES_LENGTH {
            return Err(LoadError::DoesNotFit);
        }
        guest.claim_and_write(platform::ACPI_TABLES, images.acpi)?;
    }
    guest.placement.apply_map(&plan.e820)?;
    let state = match plan.protocol {
        BootProtocol::Linux => linux::load(&mut guest, plan, images, tsc_hz),
        BootProtocol::Pvh => pvh::load(&mut guest, plan, images),
        BootProtocol::Multiboot => multiboot::load(&mut guest, plan, images),
        BootProtocol::Flat { load, entry } => flat::load(&mut guest, images, load, entry),
        BootProtocol::Coreboot => coreboot::load(&mut guest, plan, images),
        BootProtocol::Firmware => firmware::load(&mut guest, images),
    }?;
    Ok((state, guest.placement))
}
