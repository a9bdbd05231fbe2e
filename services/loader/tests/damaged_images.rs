//! Whatever an image holds, loading ends: no panic, and not a byte outside of the VM's memory.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod guest;

use bulkhead_protocol::config::BootProtocol::{self, Linux, Multiboot, Pvh};
use guest::{MIB, Ram, Segment, bz_image, elf32, load_kernel, multiboot_header, plan, pvh_note};
use loader::Images;
use proptest::prelude::*;

fn images() -> [(BootProtocol, Vec<u8>); 4] {
    let note = pvh_note(0x10_0010);
    let text = multiboot_header(3, &[]);
    let elf = elf32(
        0xc010_0010,
        &[
            Segment { kind: 1, address: 0x10_0000, data: &text, memory: 0x1000 },
            Segment { kind: 4, address: 0, data: &note, memory: 0 },
        ],
    );
    let addresses = [0x10_0000, 0x10_0000, 0x10_0040, 0x10_1000, 0x10_0020];
    let flat = [multiboot_header(1 << 16, &addresses), vec![0x90; 64]].concat();
    [(Linux, bz_image(MIB, 0x8_0000, 700)), (Pvh, elf.clone()), (Multiboot, elf), (Multiboot, flat)]
}

#[test]
fn the_images_are_sound_before_they_are_damaged() {
    for (protocol, image) in images() {
        load_kernel(&mut Ram::used(2), &plan(2, protocol, "x"), &image).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_images_never_panic_or_reach_out(
        kind in 0usize..4,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        words in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 0..3),
        keep in prop::option::of(any::<prop::sample::Index>()),
        ramdisk in 0usize..0x10_0000,
    ) {
        let (protocol, mut image) = images().into_iter().nth(kind).unwrap();
        // Damage goes to the headers, where it matters.
        let (first, length) = if kind == 0 { (0x1f0, 0x80) } else { (0, image.len().min(180)) };
        for (at, value) in damage {
            image[first + at.index(length)] = value;
        }
        for (at, value) in words {
            let at = first + (at.index(length - 4) & !3);
            image[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        if let Some(keep) = keep {
            image.truncate(keep.index(image.len()));
        }
        let ramdisk = vec![1; ramdisk];
        let images = Images { kernel: &image, ramdisk: &ramdisk, acpi: b"RSD PTR " };
        // A write outside of memory fails in `Ram`.
        let _ = loader::load(&mut Ram::used(2), &plan(2, protocol, "x"), &images, 1);
    }

    #[test]
    fn a_second_life_is_like_the_first(kind in 0usize..4, stain in any::<u8>()) {
        let (protocol, image) = images().into_iter().nth(kind).unwrap();
        let plan = plan(2, protocol, "x");
        let mut fresh = Ram::used(2);
        let mut reused = Ram(vec![stain; fresh.0.len()]);
        let first = load_kernel(&mut fresh, &plan, &image).unwrap();
        prop_assert_eq!(load_kernel(&mut reused, &plan, &image).unwrap(), first);
        prop_assert!(fresh.0 == reused.0);
    }
}
