//! PVH, multiboot 1, flat binaries, firmware and payloads of coreboot, seen from the guest's side.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod guest;

use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::config::BootProtocol::{Coreboot, Firmware, Flat, Multiboot, Pvh};
use bulkhead_protocol::config::LoadPlan;
use bulkhead_protocol::platform::ACPI_TABLES;
use guest::{MIB, Ram, Segment, WithRom, elf32, load_kernel, multiboot_header, plan, pvh_note};
use loader::{Images, LoadError};

const LOAD: u32 = 1;
const NOTE: u32 = 4;

fn pvh_kernel() -> Vec<u8> {
    let note = pvh_note(0x40_0010);
    elf32(
        0x1234,
        &[
            Segment { kind: LOAD, address: 0x40_0000, data: &[0x90; 100], memory: 0x3000 },
            Segment { kind: NOTE, address: 0, data: &note, memory: 0 },
        ],
    )
}

fn multiboot_kernel(flags: u32) -> Vec<u8> {
    let text = [multiboot_header(flags, &[]), vec![0x90; 100]].concat();
    elf32(0xc040_0020, &[Segment { kind: LOAD, address: 0x40_0000, data: &text, memory: 0x3000 }])
}

#[test]
fn pvh_starts_at_the_address_of_the_note_in_32_bit_mode() {
    let mut ram = Ram::used(16);
    let state = load_kernel(&mut ram, &plan(16, Pvh, ""), &pvh_kernel()).unwrap();
    assert_eq!((state.rip, state.cr0 & 0x8000_0001, state.cr4, state.efer), (0x40_0010, 1, 0, 0));
    assert_eq!((state.cs.base, state.cs.limit, state.cs.rights), (0, u32::MAX, 0xc09b));
    assert_eq!(ram.at(0x40_0000, 100), [0x90; 100]);
    assert_eq!(ram.at(0x40_0064, 100), [0; 100]);
}

#[test]
fn the_pvh_start_info_leads_to_command_line_ramdisk_tables_and_memory_map() {
    let mut ram = Ram::used(16);
    let kernel = pvh_kernel();
    let images = Images { kernel: &kernel, ramdisk: b"ramdisk", acpi: b"RSD PTR " };
    let state = loader::load(&mut ram, &plan(16, Pvh, "hello"), &images, 0).unwrap();
    let info = state.gpr[3];
    assert_eq!((ram.u32_at(info), ram.u32_at(info + 4), ram.u32_at(info + 12)), (0x336e_c578, 1, 1));
    let module = ram.u64_at(info + 16);
    assert_eq!((ram.u64_at(module), ram.u64_at(module + 8)), (0x40_3000, 7));
    assert_eq!(ram.at(0x40_3000, 7), b"ramdisk");
    assert_eq!(ram.text_at(ram.u64_at(info + 24)), "hello");
    assert_eq!(ram.u64_at(info + 32), ACPI_TABLES);
    let map = ram.u64_at(info + 40);
    assert_eq!(ram.u32_at(info + 48), 4);
    assert_eq!((ram.u64_at(map + 24), ram.u64_at(map + 32), ram.u32_at(map + 40)), (0x9_fc00, 0x400, 2));
}

#[test]
fn an_elf_without_the_note_is_no_pvh_kernel() {
    let mut ram = Ram::used(16);
    assert_eq!(load_kernel(&mut ram, &plan(16, Pvh, ""), &multiboot_kernel(0)), Err(LoadError::WrongKind));
}

#[test]
fn multiboot_enters_at_the_physical_address_with_magic_and_information() {
    let mut ram = Ram::used(16);
    let kernel = multiboot_kernel(3);
    let images = Images { kernel: &kernel, ramdisk: b"module", acpi: &[] };
    let state = loader::load(&mut ram, &plan(16, Multiboot, "hello"), &images, 0).unwrap();
    assert_eq!((state.rip, state.gpr[0]), (0x40_0020, 0x2bad_b002));
    let info = state.gpr[3];
    assert_eq!(ram.u32_at(info), 0b100_1101);
    assert_eq!((ram.u32_at(info + 4), ram.u32_at(info + 8)), (639, 15 * 1024));
    assert_eq!(ram.text_at(u64::from(ram.u32_at(info + 16))), "hello");
    assert_eq!(ram.u32_at(info + 20), 1);
    let module = u64::from(ram.u32_at(info + 24));
    assert_eq!((ram.u32_at(module), ram.u32_at(module + 4)), (0x40_3000, 0x40_3006));
    assert_eq!(ram.at(0x40_3000, 6), b"module");
    let map = u64::from(ram.u32_at(info + 48));
    assert_eq!((ram.u32_at(info + 44), ram.u32_at(map)), (4 * 24, 20));
    assert_eq!((ram.u64_at(map + 76), ram.u64_at(map + 84), ram.u32_at(map + 92)), (MIB, 15 * MIB, 1));
}

#[test]
fn multiboot_takes_addresses_from_the_header() {
    let mut ram = Ram::used(16);
    let header = multiboot_header(1 << 16, &[0x20_0004, 0x20_0000, 0x20_0040, 0x20_1000, 0x20_0024]);
    let kernel = [&[0xaa; 12][..], &header, &[0x90; 100]].concat();
    let state = load_kernel(&mut ram, &plan(16, Multiboot, ""), &kernel).unwrap();
    assert_eq!(state.rip, 0x20_0024);
    // The header is 4 bytes into what is loaded and 12 bytes into the file.
    assert_eq!(ram.at(0x20_0000, 4), [0xaa; 4]);
    assert_eq!(ram.u32_at(0x20_0004), 0x1bad_b002);
    assert_eq!(ram.at(0x20_0024, 0x1c), [0x90; 0x1c]);
    assert_eq!(ram.at(0x20_0040, 0x40), [0; 0x40]);
}

#[test]
fn multiboot_refuses_what_it_does_not_offer() {
    let mut ram = Ram::used(16);
    let plan = plan(16, Multiboot, "");
    assert_eq!(load_kernel(&mut ram, &plan, &multiboot_kernel(4)), Err(LoadError::Unsupported));
    assert_eq!(load_kernel(&mut ram, &plan, &pvh_kernel()), Err(LoadError::WrongKind));
}

#[test]
fn segments_outside_memory_or_over_each_other_are_refused() {
    let mut ram = Ram::used(16);
    let plan = plan(16, Multiboot, "");
    let text = multiboot_header(0, &[]);
    let at = |address, memory| Segment { kind: LOAD, address, data: &text, memory };
    let beyond = elf32(0, &[at(0xff_fff0, 0x11)]);
    assert_eq!(load_kernel(&mut ram, &plan, &beyond), Err(LoadError::DoesNotFit));
    let twice = elf32(0, &[at(0x40_0000, 0x1000), at(0x40_0800, 0x1000)]);
    assert_eq!(load_kernel(&mut ram, &plan, &twice), Err(LoadError::Overlaps));
    let reserved = elf32(0, &[at(0xf_0000, 0x1000)]);
    assert_eq!(load_kernel(&mut ram, &plan, &reserved), Err(LoadError::Overlaps));
}

#[test]
fn a_flat_binary_starts_in_real_mode_where_its_plan_says() {
    let mut ram = Ram::used(2);
    let low = plan(2, Flat { load: 0x8000, entry: 0x8010 }, "");
    let state = load_kernel(&mut ram, &low, &[0xf4; 100]).unwrap();
    assert_eq!((state.cs.selector, state.cs.base, state.rip, state.cr0 & 1), (0, 0, 0x8010, 0));
    assert_eq!(ram.at(0x8000, 100), [0xf4; 100]);
    assert!(ram.at(0x500, 0x7b00).iter().all(|byte| *byte == 0), "all behind the BIOS data area");
    let high = plan(2, Flat { load: 0x5_0000, entry: 0x5_1234 }, "");
    let state = load_kernel(&mut ram, &high, &[0xf4; 0x2000]).unwrap();
    assert_eq!((state.cs.selector, state.cs.base, state.rip), (0x5000, 0x5_0000, 0x1234));
}

#[test]
fn a_flat_binary_holds_its_own_entry() {
    let mut ram = Ram::used(2);
    for entry in [0x7fff, 0x8064] {
        let plan = plan(2, Flat { load: 0x8000, entry }, "");
        assert_eq!(load_kernel(&mut ram, &plan, &[0xf4; 100]), Err(LoadError::Truncated));
    }
}

#[test]
fn kernels_find_the_end_of_low_memory_in_the_bios_data_area() {
    let mut ram = Ram::used(16);
    load_kernel(&mut ram, &plan(16, Flat { load: 0x8000, entry: 0x8000 }, ""), &[0x90]).unwrap();
    assert_eq!(ram.at(0x40e, 7), [0xc0, 0x9f, 0, 0, 0, 0x7f, 0x02], "segment of the extended area; 639 KiB");
    assert_eq!(ram.at(0x9_fc00, 2), [1, 0], "1 KiB");
}

/// A ROM whose bytes differ.
fn rom(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 16).to_le_bytes()[at % 2]).collect()
}

fn load_firmware(machine: &mut WithRom, kernel: &[u8]) -> Result<VcpuState, LoadError> {
    loader::load(machine, &plan(2, Firmware, ""), &Images { kernel, ramdisk: &[], acpi: &[] }, 0)
}

#[test]
fn firmware_ends_at_4_gib_and_starts_where_a_cpu_does() {
    let image = rom(256 << 10);
    let mut machine = WithRom { ram: Ram::used(2), rom: vec![0; image.len()] };
    let state = load_firmware(&mut machine, &image).unwrap();
    assert_eq!(machine.rom, image);
    assert_eq!(state.cs.base + state.rip, 0xffff_fff0);
    assert_eq!((state.cs.selector, state.rip, state.cr0 & 1), (0xf000, 0xfff0, 0));
    assert_eq!(machine.ram.at(0x10_0000, 4096), [0; 4096]);
}

#[test]
fn the_end_of_firmware_is_below_1_mib_too() {
    for length in [256 << 10, 64 << 10] {
        let image = rom(length);
        let mut machine = WithRom { ram: Ram::used(2), rom: vec![0; length] };
        load_firmware(&mut machine, &image).unwrap();
        let shown = length.min(128 << 10);
        assert_eq!(machine.ram.at(0x10_0000 - shown as u64, shown), &image[length - shown..]);
        assert_eq!(machine.ram.at(0xc_0000, 0x2_0000), [0; 0x2_0000]);
    }
}

#[test]
fn firmware_that_is_no_rom_is_refused() {
    let mut machine = WithRom { ram: Ram::used(2), rom: vec![0; 64 << 10] };
    for (length, error) in
        [(0, LoadError::WrongKind), (4097, LoadError::WrongKind), ((16 << 20) + 4096, LoadError::DoesNotFit)]
    {
        assert_eq!(load_firmware(&mut machine, &rom(length)), Err(error), "{length}");
    }
    // More than the core has mapped.
    assert_eq!(load_firmware(&mut machine, &rom(128 << 10)), Err(LoadError::DoesNotFit));
}

#[test]
fn a_warm_reset_shows_the_firmware_again() {
    let image = rom(64 << 10);
    let mut machine = WithRom { ram: Ram::used(2), rom: vec![0; 64 << 10] };
    load_firmware(&mut machine, &image).unwrap();
    machine.ram.0[0xf_0000..0xf_1000].fill(0);
    machine.ram.0[0x18_0000] = 7;
    let images = Images { kernel: &image, ramdisk: &[], acpi: &[] };
    loader::reload(&mut machine, &plan(2, Firmware, ""), &images, 0).unwrap();
    assert_eq!(machine.ram.at(0xf_0000, 64 << 10), image);
    assert_eq!(machine.ram.at(0x18_0000, 1), [7]);
}

/// Of a pool, whose ROM is as large as the largest firmware needs that can be there.
#[test]
fn a_rom_holds_nothing_of_the_firmware_before() {
    let mut machine = WithRom { ram: Ram::used(2), rom: vec![0xcc; 256 << 10] };
    let image = rom(64 << 10);
    let firmware = LoadPlan { rom: 256 << 10, ..plan(2, Firmware, "") };
    let images = Images { kernel: &image, ramdisk: &[], acpi: &[] };
    loader::load(&mut machine, &firmware, &images, 0).unwrap();
    let (blank, shown) = machine.rom.split_at(192 << 10);
    assert!(blank.iter().all(|byte| *byte == 0) && shown == image);

    let flat = LoadPlan { rom: 256 << 10, ..plan(2, Flat { load: 0x8000, entry: 0x8000 }, "") };
    loader::load(&mut machine, &flat, &images, 0).unwrap();
    assert!(machine.rom.iter().all(|byte| *byte == 0), "who is no firmware finds an empty ROM");
}

/// The one's complement sum of a table whose checksum is in it is all ones, as its inventors check it.
fn sum(bytes: &[u8]) -> u16 {
    let sum: u32 = bytes.chunks(2).map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]]))).sum();
    u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap()
}

#[test]
fn a_payload_of_coreboot_finds_the_memory_map_in_the_table() {
    let mut ram = Ram::used(16);
    let payload = elf32(0x9000, &[Segment { kind: LOAD, address: 0x9000, data: &[0x90; 64], memory: 0x100 }]);
    let plan = plan(16, Coreboot, "");
    let state = load_kernel(&mut ram, &plan, &payload).unwrap();
    assert_eq!((state.rip, state.cr0 & 0x8000_0001, state.cs.limit), (0x9000, 1, u32::MAX));
    assert_eq!(ram.at(0x500, 4), b"LBIO");
    let [header, records] = [4, 12].map(|field| ram.u32_at(0x500 + field) as usize);
    assert_eq!((header, ram.u32_at(0x500 + 20)), (24, 1));
    assert_eq!(sum(ram.at(0x500, header)), 0xffff);
    let checksum = ram.u32_at(0x500 + 16).to_le_bytes();
    assert_eq!(sum(&[ram.at(0x518, records), &checksum].concat()), 0xffff);
    assert_eq!((ram.u32_at(0x518), ram.u32_at(0x51c) as usize), (1, records));
    assert_eq!(records, 8 + 20 * plan.e820.len());
    let second = 0x520 + 20;
    assert_eq!((ram.u64_at(second), ram.u64_at(second + 8), ram.u32_at(second + 16)), (0x9_fc00, 0x400, 2));
}

#[test]
fn a_payload_in_the_way_of_the_table_is_refused() {
    let payload = elf32(0x400, &[Segment { kind: LOAD, address: 0x400, data: &[0x90; 64], memory: 0x200 }]);
    let refused = load_kernel(&mut Ram::used(16), &plan(16, Coreboot, ""), &payload);
    assert_eq!(refused.map(|_| ()), Err(LoadError::Overlaps));
}
