//! Linux bzImage by the 64-bit boot protocol (Linux, Documentation/arch/x86/boot.rst and zero-page.rst).

use crate::boot_state::long_mode;
use crate::command_line::with_tsc_rate;
use crate::fields::{bytes, u8_at, u16_at, u32_at, u64_at};
use crate::memory::{Guest, GuestMemory};
use crate::{Images, LoadError};
use bulkhead_abi::layout::PAGE;
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::config::LoadPlan;
use bulkhead_protocol::platform::ACPI_TABLES;

/// Offsets of the setup header's fields; the same in the file and in the zero page.
mod header {
    pub(super) const SETUP_SECTS: usize = 0x1f1;
    pub(super) const SYSSIZE: usize = 0x1f4;
    pub(super) const BOOT_FLAG: usize = 0x1fe;
    pub(super) const JUMP_OFFSET: usize = 0x201;
    pub(super) const JUMP_END: usize = 0x202;
    pub(super) const MAGIC: usize = 0x202;
    pub(super) const VERSION: usize = 0x206;
    pub(super) const TYPE_OF_LOADER: u64 = 0x210;
    pub(super) const RAMDISK_IMAGE: u64 = 0x218;
    pub(super) const RAMDISK_SIZE: u64 = 0x21c;
    pub(super) const CMD_LINE_PTR: u64 = 0x228;
    pub(super) const INITRD_ADDR_MAX: usize = 0x22c;
    pub(super) const KERNEL_ALIGNMENT: usize = 0x230;
    pub(super) const RELOCATABLE_KERNEL: usize = 0x234;
    pub(super) const XLOADFLAGS: usize = 0x236;
    pub(super) const CMDLINE_SIZE: usize = 0x238;
    pub(super) const PREF_ADDRESS: usize = 0x258;
    pub(super) const INIT_SIZE: usize = 0x260;
    pub(super) const ROOM_END: usize = 0x290;
}

/// Offsets of the zero page's fields outside of the setup header.
mod zero_page {
    pub(super) const ACPI_RSDP_ADDR: u64 = 0x070;
    pub(super) const E820_ENTRIES: u64 = 0x1e8;
    pub(super) const E820_TABLE: u64 = 0x2d0;
    pub(super) const E820_ENTRY: u64 = 20;
}

/// The first version with `xloadflags`.
const VERSION: u16 = 0x020c;
/// The version from which on the zero page tells where the RSDP is.
const VERSION_RSDP: u16 = 0x020e;
/// `XLF_KERNEL_64`: there is a 64-bit entry.
const XLF_KERNEL_64: u16 = 1;
/// Where the 64-bit entry is from the start of the protected-mode kernel.
const ENTRY_64: u64 = 0x200;
/// A boot loader without an assigned number.
const UNDEFINED_LOADER: u8 = 0xff;
/// Lowest address of a kernel that is loaded high.
const LOADED_HIGH: u64 = 1 << 20;
/// End of what the page tables at the entry map.
const MAPPED_END: u64 = 1 << 32;
/// rsi in the order of the registers' encoding.
const RSI: usize = 6;

/// A bzImage taken apart.
struct BzImage<'a> {
    setup_header: &'a [u8],
    protected_mode: &'a [u8],
    version: u16,
    initrd_addr_max: u32,
    kernel_alignment: u64,
    relocatable: bool,
    cmdline_size: u32,
    pref_address: u64,
    init_size: u32,
}

impl<'a> BzImage<'a> {
    fn parse(image: &'a [u8]) -> Result<Self, LoadError> {
        if bytes(image, header::MAGIC)? != *b"HdrS" || u16_at(image, header::BOOT_FLAG)? != 0xaa55 {
            return Err(LoadError::WrongKind);
        }
        let version = u16_at(image, header::VERSION)?;
        if version < VERSION || u16_at(image, header::XLOADFLAGS)? & XLF_KERNEL_64 == 0 {
            return Err(LoadError::Unsupported);
        }
        // The jump over the header tells where it ends; what the zero page has no room for is not for us.
        let header_end = header::JUMP_END.saturating_add(usize::from(u8_at(image, header::JUMP_OFFSET)?));
        let header_end = header_end.min(header::ROOM_END);
        let setup_header = image.get(header::SETUP_SECTS..header_end).ok_or(LoadError::Truncated)?;
        let setup_sects = match u8_at(image, header::SETUP_SECTS)? {
            0 => 4,
            sectors => usize::from(sectors),
        };
        let setup_bytes = setup_sects.saturating_add(1).saturating_mul(512);
        let protected_mode = image.get(setup_bytes..).ok_or(LoadError::Truncated)?;
        // The size is in paragraphs, rounded up.
        let paragraphs = u64::from(u32_at(image, header::SYSSIZE)?);
        if (protected_mode.len() as u64).div_ceil(16) < paragraphs || protected_mode.len() as u64 <= ENTRY_64
        {
            return Err(LoadError::Truncated);
        }
        let kernel_alignment = u64::from(u32_at(image, header::KERNEL_ALIGNMENT)?);
        if !kernel_alignment.is_power_of_two() {
            return Err(LoadError::Unsupported);
        }
        Ok(Self {
            setup_header,
            protected_mode,
            version,
            initrd_addr_max: u32_at(image, header::INITRD_ADDR_MAX)?,
            kernel_alignment,
            relocatable: u8_at(image, header::RELOCATABLE_KERNEL)? != 0,
            cmdline_size: u32_at(image, header::CMDLINE_SIZE)?,
            pref_address: u64_at(image, header::PREF_ADDRESS)?,
            init_size: u32_at(image, header::INIT_SIZE)?,
        })
    }

    /// Takes the memory that the kernel needs until it reads the memory map; its address.
    fn claim<M: GuestMemory>(&self, guest: &mut Guest<'_, M>) -> Result<u64, LoadError> {
        let span = u64::from(self.init_size).max(self.protected_mode.len() as u64);
        let base = match guest.placement.claim(self.pref_address, span) {
            Ok(()) => self.pref_address,
            Err(_) if self.relocatable => {
                guest.placement.claim_lowest(LOADED_HIGH, span, self.kernel_alignment)?
            }
            Err(error) => return Err(error),
        };
        match base.checked_add(span) {
            Some(end) if end <= MAPPED_END => Ok(base),
            _ => Err(LoadError::Unsupported),
        }
    }
}

pub(crate) fn load<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    plan: &LoadPlan,
    images: &Images<'_>,
    tsc_hz: u64,
) -> Result<VcpuState, LoadError> {
    let image = BzImage::parse(images.kernel)?;
    let command_line = with_tsc_rate(plan.command_line.as_str(), tsc_hz)?;
    if command_line.len() as u64 > u64::from(image.cmdline_size) {
        return Err(LoadError::CommandLineTooLong);
    }
    let kernel = image.claim(guest)?;
    guest.write(kernel, image.protected_mode)?;

    // Boot data goes to the bottom of memory: the decompressor uses the top of the first 640 KiB for itself.
    let mut state = long_mode(guest, kernel.saturating_add(ENTRY_64))?;
    let page = guest.placement.claim_lowest(0, PAGE, PAGE)?;
    let field = |offset: u64| page.saturating_add(offset);
    guest.write(field(header::SETUP_SECTS as u64), image.setup_header)?;
    guest.write_u8(field(header::TYPE_OF_LOADER), UNDEFINED_LOADER)?;
    let text = guest.place_text(command_line.as_bytes())?;
    guest.write_u32(field(header::CMD_LINE_PTR), below_4_gib(text)?)?;
    if !images.ramdisk.is_empty() {
        let length = images.ramdisk.len() as u64;
        let below = u64::from(image.initrd_addr_max).saturating_add(1);
        let ramdisk = guest.placement.claim_highest(below, length, PAGE)?;
        guest.write(ramdisk, images.ramdisk)?;
        guest.write_u32(field(header::RAMDISK_IMAGE), below_4_gib(ramdisk)?)?;
        guest.write_u32(field(header::RAMDISK_SIZE), below_4_gib(length)?)?;
    }
    if !images.acpi.is_empty() && image.version >= VERSION_RSDP {
        guest.write_u64(field(zero_page::ACPI_RSDP_ADDR), ACPI_TABLES)?;
    }
    write_e820(guest, page, plan)?;
    if let Some(rsi) = state.gpr.get_mut(RSI) {
        *rsi = page;
    }
    Ok(state)
}

fn write_e820<M: GuestMemory>(guest: &mut Guest<'_, M>, page: u64, plan: &LoadPlan) -> Result<(), LoadError> {
    let entries = u8::try_from(plan.e820.len()).map_err(|_| LoadError::Unsupported)?;
    guest.write_u8(page.saturating_add(zero_page::E820_ENTRIES), entries)?;
    let mut at = page.saturating_add(zero_page::E820_TABLE);
    for entry in &plan.e820 {
        guest.write_u64(at, entry.base)?;
        guest.write_u64(at.saturating_add(8), entry.length)?;
        guest.write_u32(at.saturating_add(16), entry.kind)?;
        at = at.saturating_add(zero_page::E820_ENTRY);
    }
    Ok(())
}

fn below_4_gib(value: u64) -> Result<u32, LoadError> {
    u32::try_from(value).map_err(|_| LoadError::DoesNotFit)
}
