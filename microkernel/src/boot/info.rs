//! What the boot loader tells: memory map, command line, the system image, the ACPI root pointer.
//!
//! Everything is copied out while the boot page tables still map low memory.

use core::ops::Range;

/// Regions of usable RAM that are remembered.
const MAX_REGIONS: usize = 32;
/// Longest command line that is remembered.
const MAX_COMMAND_LINE: usize = 256;

/// Magic value in eax after a Multiboot 2 loader.
const MULTIBOOT2: u32 = 0x36d7_6289;
/// Magic value at the start of the PVH start information.
const PVH: u32 = 0x336e_c578;

/// Why the machine cannot start from what the loader said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BootError {
    /// Neither Multiboot 2 nor PVH.
    UnknownLoader,
    /// The loader's information breaks its own format.
    Damaged,
    /// No system image came with the core.
    NoImage,
}

/// What the core keeps of it. Ranges are physical.
pub(crate) struct BootInfo {
    regions: [Range<u64>; MAX_REGIONS],
    region_count: usize,
    command_line: [u8; MAX_COMMAND_LINE],
    /// The system image.
    pub(crate) image: Range<u64>,
    /// The ACPI root pointer, if the loader knows it.
    pub(crate) rsdp: Option<u64>,
    /// Memory that holds the loader's information and must not be used before it was read.
    pub(crate) information: Range<u64>,
}

impl BootInfo {
    const fn new() -> Self {
        Self {
            regions: [const { 0..0 }; MAX_REGIONS],
            region_count: 0,
            command_line: [0; MAX_COMMAND_LINE],
            image: 0..0,
            rsdp: None,
            information: 0..0,
        }
    }

    /// Reads what the loader left.
    ///
    /// # Safety
    /// `magic` and `address` are what the loader gave, and the boot page tables are active.
    pub(crate) unsafe fn read(magic: u32, address: u32) -> Result<Self, BootError> {
        let mut info = Self::new();
        if magic == MULTIBOOT2 {
            // SAFETY: by this function's contract the address is that of the Multiboot 2 information, mapped 1:1.
            unsafe { info.read_multiboot2(address) }?;
        } else {
            // SAFETY: by this function's contract low memory is mapped 1:1; the magic value is checked first.
            unsafe { info.read_pvh(address) }?;
        }
        Ok(info)
    }

    /// Usable RAM.
    pub(crate) fn regions(&self) -> &[Range<u64>] {
        self.regions.get(..self.region_count).unwrap_or(&[])
    }

    /// The core's command line.
    pub(crate) fn command_line(&self) -> &str {
        bulkhead_abi::image::name_text(&self.command_line)
    }

    /// The value of `name=value` on the command line.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.command_line()
            .split_ascii_whitespace()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    fn add_region(&mut self, start: u64, length: u64) {
        if let Some(slot) = self.regions.get_mut(self.region_count)
            && length > 0
        {
            *slot = start..start.saturating_add(length);
            self.region_count += 1;
        }
    }

    fn set_command_line(&mut self, text: &[u8]) {
        for (to, from) in self.command_line.iter_mut().take(MAX_COMMAND_LINE - 1).zip(text) {
            *to = *from;
        }
    }

    /// # Safety
    /// `address` is that of valid Multiboot 2 information, mapped at its own address.
    unsafe fn read_multiboot2(&mut self, address: u32) -> Result<(), BootError> {
        // SAFETY: by this function's contract.
        let loaded =
            unsafe { multiboot2::BootInformation::load(address as *const multiboot2::BootInformationHeader) };
        let information = loaded.map_err(|_| BootError::Damaged)?;
        self.information = u64::from(address)..u64::from(address) + information.total_size() as u64;
        let map = information.memory_map_tag().ok_or(BootError::Damaged)?;
        for area in map.memory_areas() {
            if area.typ() == multiboot2::MemoryAreaType::Available {
                self.add_region(area.start_address(), area.size());
            }
        }
        if let Some(Ok(text)) = information.command_line_tag().map(|tag| tag.cmdline()) {
            self.set_command_line(text.as_bytes());
        }
        if let Some(module) = information.module_tags().next() {
            self.image = u64::from(module.start_address())..u64::from(module.end_address());
        }
        // The tags hold copies of the root pointer, behind eight bytes of tag header.
        let copy = |tag: usize| Some(tag as u64 + 8);
        self.rsdp = information
            .rsdp_v2_tag()
            .and_then(|tag| copy(core::ptr::from_ref(tag).addr()))
            .or_else(|| information.rsdp_v1_tag().and_then(|tag| copy(core::ptr::from_ref(tag).addr())));
        Ok(())
    }

    /// # Safety
    /// Low memory is mapped at its own address.
    unsafe fn read_pvh(&mut self, address: u32) -> Result<(), BootError> {
        // SAFETY: low memory is mapped; a wrong address gives a wrong magic value.
        let start = unsafe { (address as *const PvhStart).read_unaligned() };
        if start.magic != PVH {
            return Err(BootError::UnknownLoader);
        }
        for index in 0..u64::from(start.memory_map_entries) {
            let entry = start.memory_map + index * size_of::<PvhMemory>() as u64;
            // SAFETY: the loader's table lies in low memory, which is mapped.
            let entry = unsafe { (entry as *const PvhMemory).read_unaligned() };
            if entry.kind == 1 {
                self.add_region(entry.address, entry.length);
            }
        }
        if start.command_line != 0 {
            for (slot, address) in
                self.command_line.iter_mut().take(MAX_COMMAND_LINE - 1).zip(start.command_line..)
            {
                // SAFETY: the loader's text lies in low memory, which is mapped, and is not read beyond its end.
                *slot = unsafe { (address as *const u8).read() };
                if *slot == 0 {
                    break;
                }
            }
        }
        if start.modules > 0 {
            // SAFETY: the loader's list lies in low memory, which is mapped.
            let module = unsafe { (start.module_list as *const PvhModule).read_unaligned() };
            self.image = module.address..module.address.saturating_add(module.length);
        }
        self.rsdp = (start.rsdp != 0).then_some(start.rsdp);
        Ok(())
    }
}

/// `hvm_start_info` of the PVH boot protocol, version 1.
#[repr(C)]
struct PvhStart {
    magic: u32,
    version: u32,
    flags: u32,
    modules: u32,
    module_list: u64,
    command_line: u64,
    rsdp: u64,
    memory_map: u64,
    memory_map_entries: u32,
    reserved: u32,
}

/// `hvm_modlist_entry`.
#[repr(C)]
struct PvhModule {
    address: u64,
    length: u64,
    command_line: u64,
    reserved: u64,
}

/// `hvm_memmap_table_entry`.
#[repr(C)]
struct PvhMemory {
    address: u64,
    length: u64,
    kind: u32,
    reserved: u32,
}
