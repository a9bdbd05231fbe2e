//! Boot images fit the VM's memory.

use super::Subject;
use crate::guest_image;
use crate::library::Availability;
use crate::manifest::BootProtocol;
use crate::parse::quantity::size_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::GuestVm;
use bulkhead_abi::layout::MAX_ROM;

pub(super) static RULE: Rule = Rule {
    code: "BH0505",
    name: "image-too-large",
    says: "A VM's memory holds its kernel and RAM disk; firmware has at most 16 MiB.",
    why: "A Linux kernel says in its header how much it needs to unpack itself; the RAM disk comes on top. \
          A ROM ends at 4 GiB and must not reach the interrupt controllers below that.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let too_large = |(vm, kernel): (&GuestVm, Vec<u8>)| match vm.boot.protocol {
        BootProtocol::Linux => linux(vm, &kernel, ramdisk_length(subject, vm)),
        BootProtocol::Flat { load, .. } => flat(vm, kernel.len(), load),
        BootProtocol::Firmware => firmware(vm, kernel.len()),
        BootProtocol::Pvh | BootProtocol::Multiboot | BootProtocol::Coreboot => None,
    };
    subject.kernels().filter_map(too_large).collect()
}

fn ramdisk_length(subject: &Subject<'_>, vm: &GuestVm) -> usize {
    match vm.boot.ramdisk.as_ref().map(|name| subject.library.image(&name.value)) {
        Some(Availability::Here(bytes)) => bytes.len(),
        _ => 0,
    }
}

fn linux(vm: &GuestVm, kernel: &[u8], ramdisk_length: usize) -> Option<Problem> {
    let needed = guest_image::linux_needs(kernel).ok()?.memory;
    let needed = needed.saturating_add(u64::try_from(ramdisk_length).unwrap_or(u64::MAX));
    (needed > vm.memory.value).then(|| {
        let enough = size_text(needed.next_multiple_of(2 << 20));
        Problem::new(
            &RULE,
            vm.memory.span,
            "the kernel and its RAM disk do not fit the VM's memory",
            format!("{} MiB are needed to unpack them", needed.div_ceil(1 << 20)),
            "give the VM at least this much memory",
        )
        .with_related(vm.boot.kernel.span, "the kernel")
        .replace(vm.memory.span, format!("\"{enough}\""))
    })
}

fn firmware(vm: &GuestVm, length: usize) -> Option<Problem> {
    (u64::try_from(length).unwrap_or(u64::MAX) > MAX_ROM).then(|| {
        Problem::new(
            &RULE,
            vm.boot.kernel.span,
            "the firmware is larger than a ROM can be",
            format!("{length} bytes, of at most {MAX_ROM}"),
            "name a smaller image",
        )
    })
}

fn flat(vm: &GuestVm, length: usize, load: u64) -> Option<Problem> {
    let end = load.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    (end > vm.memory.value).then(|| {
        Problem::new(
            &RULE,
            vm.boot.kernel.span,
            "the image does not fit the VM's memory",
            format!("it would end at {end:#x}"),
            "load it lower, or give the VM more memory",
        )
        .with_related(vm.memory.span, format!("{:#x} bytes", vm.memory.value))
    })
}
