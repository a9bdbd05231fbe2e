//! A VM's memory on the host, plans, and images made up for the tests.
#![expect(dead_code, reason = "each test file uses a part of it")]

use bulkhead_abi::id::{Slot, VmId};
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::Text;
use bulkhead_protocol::config::{BootProtocol, E820, LoadPlan, Module};
use loader::{GuestMemory, Images, LoadError};

pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const TSC_HZ: u64 = 2_500_000_000;

/// Memory that fails the test if the loader reaches beyond it.
pub(crate) struct Ram(pub(crate) Vec<u8>);

impl Ram {
    /// Memory that is not clear, as after an earlier guest.
    pub(crate) fn used(mebibytes: u64) -> Self {
        Self(vec![0xcc; usize::try_from(mebibytes * MIB).unwrap()])
    }

    fn window(&mut self, address: u64, length: u64) -> &mut [u8] {
        let first = usize::try_from(address).unwrap();
        let end = first.checked_add(usize::try_from(length).unwrap()).unwrap();
        self.0.get_mut(first..end).expect("the loader reaches beyond the VM's memory")
    }

    pub(crate) fn at(&self, address: u64, length: usize) -> &[u8] {
        let first = usize::try_from(address).unwrap();
        &self.0[first..first + length]
    }

    pub(crate) fn u32_at(&self, address: u64) -> u32 {
        u32::from_le_bytes(self.at(address, 4).try_into().unwrap())
    }

    pub(crate) fn u64_at(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.at(address, 8).try_into().unwrap())
    }

    pub(crate) fn text_at(&self, address: u64) -> &str {
        let tail = &self.0[usize::try_from(address).unwrap()..];
        std::str::from_utf8(tail.split(|byte| *byte == 0).next().unwrap()).unwrap()
    }
}

/// A VM with a ROM of this many bytes.
pub(crate) struct WithRom {
    pub(crate) ram: Ram,
    pub(crate) rom: Vec<u8>,
}

impl GuestMemory for WithRom {
    fn write(&mut self, address: u64, bytes: &[u8]) -> bool {
        self.ram.write(address, bytes)
    }

    fn zero(&mut self, address: u64, length: u64) -> bool {
        self.ram.zero(address, length)
    }

    fn write_rom(&mut self, address: u64, bytes: &[u8]) -> bool {
        let base = (1 << 32) - self.rom.len() as u64;
        let Some(first) = address.checked_sub(base).and_then(|first| usize::try_from(first).ok()) else {
            return false;
        };
        let Some(window) = self.rom.get_mut(first..first + bytes.len()) else { return false };
        window.copy_from_slice(bytes);
        true
    }
}

impl GuestMemory for Ram {
    fn write(&mut self, address: u64, bytes: &[u8]) -> bool {
        self.window(address, bytes.len() as u64).copy_from_slice(bytes);
        true
    }

    fn zero(&mut self, address: u64, length: u64) -> bool {
        self.window(address, length).fill(0);
        true
    }

    fn write_rom(&mut self, _: u64, _: &[u8]) -> bool {
        false
    }
}

/// A plan for a VM of that size with the usual PC memory map.
pub(crate) fn plan(mebibytes: u64, protocol: BootProtocol, command_line: &str) -> LoadPlan {
    let memory = mebibytes * MIB;
    let map = [
        E820 { base: 0, length: 0x9_fc00, kind: 1 },
        E820 { base: 0x9_fc00, length: 0x400, kind: 2 },
        E820 { base: 0xe_0000, length: 0x2_0000, kind: 3 },
        E820 { base: MIB, length: memory - MIB, kind: 1 },
    ];
    LoadPlan {
        vm: VmId(0),
        vm_slot: Slot(1),
        memory,
        rom: 0,
        protocol,
        kernel: Module { offset: 0, length: 0 },
        ramdisk: None,
        acpi: None,
        e820: map.into_iter().collect(),
        command_line: Text::from_prefix(command_line),
    }
}

/// Loads a kernel alone.
pub(crate) fn load_kernel(ram: &mut Ram, plan: &LoadPlan, kernel: &[u8]) -> Result<VcpuState, LoadError> {
    loader::load(ram, plan, &Images { kernel, ramdisk: &[], acpi: &[] }, TSC_HZ)
}

pub(crate) fn put(image: &mut [u8], offset: usize, bytes: &[u8]) {
    image[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// A bzImage with one sector of setup code; its protected-mode part is `fill` bytes of 0x90.
pub(crate) fn bz_image(pref_address: u64, init_size: u32, fill: usize) -> Vec<u8> {
    let mut image = vec![0; 1024];
    image.extend(std::iter::repeat_n(0x90, fill));
    image[0x1f1] = 1;
    put(&mut image, 0x1f4, &u32::try_from(fill.div_ceil(16)).unwrap().to_le_bytes());
    put(&mut image, 0x1fe, &[0x55, 0xaa, 0xeb, 0x66]);
    put(&mut image, 0x202, b"HdrS");
    put(&mut image, 0x206, &0x020f_u16.to_le_bytes());
    put(&mut image, 0x22c, &0x7fff_ffff_u32.to_le_bytes());
    put(&mut image, 0x230, &0x20_0000_u32.to_le_bytes());
    image[0x234] = 1;
    put(&mut image, 0x236, &1_u16.to_le_bytes());
    put(&mut image, 0x238, &255_u32.to_le_bytes());
    put(&mut image, 0x258, &pref_address.to_le_bytes());
    put(&mut image, 0x260, &init_size.to_le_bytes());
    image
}

/// A segment of [`elf32`]: physical address, bytes, and bytes in memory.
pub(crate) struct Segment<'a> {
    pub(crate) kind: u32,
    pub(crate) address: u32,
    pub(crate) data: &'a [u8],
    pub(crate) memory: u32,
}

/// An ELF32 executable. Virtual addresses are 0xc000_0000 above the physical ones.
pub(crate) fn elf32(entry: u32, segments: &[Segment<'_>]) -> Vec<u8> {
    let count = u16::try_from(segments.len()).unwrap();
    let mut image = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    for half in [2_u16, 3] {
        image.extend(half.to_le_bytes());
    }
    for word in [1, entry, 52, 0, 0] {
        image.extend(word.to_le_bytes());
    }
    for half in [52, 32, count, 0, 0, 0] {
        image.extend(half.to_le_bytes());
    }
    let mut offset = 52 + 32 * u32::from(count);
    for segment in segments {
        let length = u32::try_from(segment.data.len()).unwrap();
        let address = segment.address;
        for word in [segment.kind, offset, address | 0xc000_0000, address, length, segment.memory, 7, 4] {
            image.extend(word.to_le_bytes());
        }
        offset += length;
    }
    for segment in segments {
        image.extend(segment.data);
    }
    image
}

/// A PVH note that names an entry.
pub(crate) fn pvh_note(entry: u32) -> Vec<u8> {
    let words = [4_u32, 4, 18].into_iter().flat_map(u32::to_le_bytes);
    words.chain(*b"Xen\0").chain(entry.to_le_bytes()).collect()
}

/// A multiboot header with these flags and whatever follows the checksum.
pub(crate) fn multiboot_header(flags: u32, addresses: &[u32]) -> Vec<u8> {
    let checksum = 0_u32.wrapping_sub(0x1bad_b002).wrapping_sub(flags);
    let words = [0x1bad_b002, flags, checksum];
    words.iter().chain(addresses).flat_map(|word| word.to_le_bytes()).collect()
}
