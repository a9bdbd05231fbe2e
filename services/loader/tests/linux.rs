//! The Linux boot protocol, seen from the kernel's side.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod guest;

use bulkhead_protocol::config::BootProtocol::Linux;
use bulkhead_protocol::platform::ACPI_TABLES;
use guest::{MIB, Ram, bz_image, load_kernel, plan, put};
use loader::{Images, LoadError};

#[test]
fn the_kernel_is_at_its_preferred_address_and_entered_in_64_bit_mode() {
    let mut ram = Ram::used(64);
    let image = bz_image(16 * MIB, 0x10_0000, 5000);
    let state = load_kernel(&mut ram, &plan(64, Linux, ""), &image).unwrap();
    assert_eq!(state.rip, 16 * MIB + 0x200);
    assert!(ram.at(16 * MIB, 5000).iter().all(|byte| *byte == 0x90));
    assert!(ram.at(16 * MIB + 5000, 5000).iter().all(|byte| *byte == 0));
    assert_eq!((state.cr0 & 0x8000_0001, state.cr4, state.efer), (0x8000_0001, 0x20, 0x500));
    assert_eq!((state.cs.selector, state.cs.rights, state.ds.selector), (0x10, 0xa09b, 0x18));
    assert_eq!((state.ss.rights, state.tr.rights, state.rflags), (0xc093, 0x8b, 2));
}

#[test]
fn the_page_tables_map_four_gibibytes_to_themselves() {
    let mut ram = Ram::used(64);
    let state = load_kernel(&mut ram, &plan(64, Linux, ""), &bz_image(16 * MIB, 0, 5000)).unwrap();
    for address in [0_u64, 0x1234_5678, 0xfee0_0000, 0xffff_ffff] {
        let pointers = ram.u64_at(state.cr3) & !0xfff;
        let directory = ram.u64_at(pointers + (address >> 30) * 8) & !0xfff;
        let entry = ram.u64_at(directory + ((address >> 21) & 511) * 8);
        assert_eq!(entry, (address & !0x1f_ffff) | 0x83);
    }
    assert_eq!(ram.u64_at(ram.u64_at(state.cr3 + 8)), 0);
}

#[test]
fn the_descriptor_table_holds_what_the_segments_say() {
    let mut ram = Ram::used(64);
    let state = load_kernel(&mut ram, &plan(64, Linux, ""), &bz_image(16 * MIB, 0, 5000)).unwrap();
    assert_eq!(ram.u64_at(state.gdtr.base + 0x10), 0x00af_9b00_0000_ffff);
    assert_eq!(ram.u64_at(state.gdtr.base + 0x18), 0x00cf_9300_0000_ffff);
}

#[test]
fn the_zero_page_tells_of_everything_else() {
    let mut ram = Ram::used(64);
    let image = bz_image(16 * MIB, 0, 5000);
    let images = Images { kernel: &image, ramdisk: &[7; 5000], acpi: b"RSD PTR " };
    let state = loader::load(&mut ram, &plan(64, Linux, "console=ttyS0"), &images, guest::TSC_HZ).unwrap();
    let page = state.gpr[6];
    assert_eq!(ram.at(page + 0x202, 4), b"HdrS");
    assert_eq!(ram.at(page + 0x210, 1), [0xff]);
    assert_eq!(ram.text_at(u64::from(ram.u32_at(page + 0x228))), "console=ttyS0 tsc_early_khz=2500000");
    assert_eq!(ram.u64_at(page + 0x70), ACPI_TABLES);
    assert_eq!(ram.at(ACPI_TABLES, 8), b"RSD PTR ");
    let ramdisk = u64::from(ram.u32_at(page + 0x218));
    assert_eq!((ramdisk, ram.u32_at(page + 0x21c)), (64 * MIB - 8192, 5000));
    assert_eq!(ram.at(ramdisk, 5000), [7; 5000]);
    assert_eq!(ram.at(page + 0x1e8, 1), [4]);
    assert_eq!((ram.u64_at(page + 0x2d0), ram.u64_at(page + 0x2d8)), (0, 0x9_fc00));
    let last = page + 0x2d0 + 3 * 20;
    assert_eq!((ram.u64_at(last), ram.u64_at(last + 8), ram.u32_at(last + 16)), (MIB, 63 * MIB, 1));
}

#[test]
fn boot_data_stays_out_of_the_memory_that_the_decompressor_uses() {
    let mut ram = Ram::used(64);
    let state = load_kernel(&mut ram, &plan(64, Linux, "quiet"), &bz_image(16 * MIB, 0, 5000)).unwrap();
    let mut used = ram.at(0x2_0000, 0x8_0000).to_vec();
    // The extended BIOS data area's size is where it belongs.
    used[0x9_fc00 - 0x2_0000] = 0;
    assert!(used.iter().all(|byte| *byte == 0));
    assert!(state.cr3 < 0x2_0000 && state.gpr[6] < 0x2_0000 && state.gpr[4] <= 0x2_0000);
}

#[test]
fn the_ramdisk_stays_below_the_address_that_the_kernel_reaches() {
    let mut ram = Ram::used(64);
    let mut image = bz_image(16 * MIB, 0, 5000);
    put(&mut image, 0x22c, &0x01ff_ffff_u32.to_le_bytes());
    let images = Images { kernel: &image, ramdisk: &[7; 5000], acpi: &[] };
    let state = loader::load(&mut ram, &plan(64, Linux, ""), &images, 0).unwrap();
    assert_eq!(ram.u32_at(state.gpr[6] + 0x218), 0x0200_0000 - 8192);
}

#[test]
fn a_relocatable_kernel_moves_when_its_preferred_address_is_not_there() {
    let mut ram = Ram::used(8);
    let state = load_kernel(&mut ram, &plan(8, Linux, ""), &bz_image(16 * MIB, 0x10_0000, 5000)).unwrap();
    assert_eq!(state.rip, 2 * MIB + 0x200);
}

#[test]
fn a_kernel_that_cannot_move_or_is_too_big_does_not_fit() {
    let mut ram = Ram::used(8);
    let mut image = bz_image(16 * MIB, 0x10_0000, 5000);
    image[0x234] = 0;
    assert_eq!(load_kernel(&mut ram, &plan(8, Linux, ""), &image), Err(LoadError::DoesNotFit));
    let image = bz_image(16 * MIB, 0x80_0000, 5000);
    assert_eq!(load_kernel(&mut ram, &plan(8, Linux, ""), &image), Err(LoadError::DoesNotFit));
}

#[test]
fn an_old_or_32_bit_kernel_is_not_supported() {
    let mut ram = Ram::used(64);
    let plan = plan(64, Linux, "");
    let mut old = bz_image(16 * MIB, 0, 5000);
    put(&mut old, 0x206, &0x020b_u16.to_le_bytes());
    assert_eq!(load_kernel(&mut ram, &plan, &old), Err(LoadError::Unsupported));
    let mut narrow = bz_image(16 * MIB, 0, 5000);
    put(&mut narrow, 0x236, &[0, 0]);
    assert_eq!(load_kernel(&mut ram, &plan, &narrow), Err(LoadError::Unsupported));
}

#[test]
fn what_is_no_bz_image_is_told_from_one_that_ends_too_early() {
    let mut ram = Ram::used(64);
    let plan = plan(64, Linux, "");
    let image = bz_image(16 * MIB, 0, 5000);
    assert_eq!(load_kernel(&mut ram, &plan, &[0; 8192]), Err(LoadError::WrongKind));
    assert_eq!(load_kernel(&mut ram, &plan, &image[..image.len() - 100]), Err(LoadError::Truncated));
    assert_eq!(load_kernel(&mut ram, &plan, &[]), Err(LoadError::Truncated));
}

#[test]
fn the_kernel_bounds_its_command_line() {
    let mut ram = Ram::used(64);
    let image = bz_image(16 * MIB, 0, 5000);
    let longest = format!("tsc_early_khz=1 {}", "x".repeat(255 - 16));
    assert!(load_kernel(&mut ram, &plan(64, Linux, &longest), &image).is_ok());
    let longer = format!("{longest}x");
    assert_eq!(load_kernel(&mut ram, &plan(64, Linux, &longer), &image), Err(LoadError::CommandLineTooLong));
}

/// A warm reset clears what images and boot data take, as if memory had been clear, and nothing else.
#[test]
fn a_reload_leaves_what_lies_outside_of_images_and_boot_data() {
    let image = bz_image(16 * MIB, 0, 5000);
    let images = Images { kernel: &image, ramdisk: &[7; 5000], acpi: b"RSD PTR " };
    let plan = plan(64, Linux, "console=ttyS0");
    let (mut cold, mut warm) = (Ram::used(64), Ram::used(64));
    let state = loader::load(&mut cold, &plan, &images, guest::TSC_HZ).unwrap();
    let again = loader::reload(&mut warm, &plan, &images, guest::TSC_HZ).unwrap();
    assert_eq!(format!("{state:?}"), format!("{again:?}"));
    let kept = cold.0.iter().zip(&warm.0).filter(|(cold, warm)| cold != warm);
    let mut count = 0;
    for (cold, warm) in kept {
        assert_eq!((*cold, *warm), (0, 0xcc));
        count += 1;
    }
    assert!(count > 60 * MIB, "most of memory is kept, {count} bytes");
}

#[test]
fn an_image_that_is_refused_changes_nothing_at_a_reload() {
    let mut ram = Ram::used(64);
    let images = Images { kernel: &[0; 4096], ramdisk: &[], acpi: &[] };
    assert!(loader::reload(&mut ram, &plan(64, Linux, ""), &images, guest::TSC_HZ).is_err());
    assert!(ram.0.iter().all(|byte| *byte == 0xcc));
}
