//! Boot images fit the VM's memory.

use super::Subject;
use super::subject::Booted;
use crate::guest_image;
use crate::library::Availability;
use crate::manifest::BootProtocol;
use crate::parse::quantity::size_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::{Definition, GuestVm};
use bulkhead_abi::layout::MAX_ROM;

pub(super) static RULE: Rule = Rule {
    code: "BH0505",
    name: "image-too-large",
    says: "A VM's memory, or that of its pool, holds its kernel and RAM disk; firmware has at most 16 MiB.",
    why: "A Linux kernel says in its header how much it needs to unpack itself; the RAM disk comes on top. \
          A ROM ends at 4 GiB and must not reach the interrupt controllers below that.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let too_large = |booted: Booted<'_>| match booted.definition.boot.protocol {
        BootProtocol::Linux => linux(&booted, ramdisk_length(subject, booted.definition)),
        BootProtocol::Flat { load, .. } => flat(&booted, load),
        BootProtocol::Firmware => firmware(&booted),
        BootProtocol::Pvh | BootProtocol::Multiboot | BootProtocol::Coreboot => None,
    };
    subject.kernels().filter_map(too_large).collect()
}

fn ramdisk_length(subject: &Subject<'_>, definition: &Definition) -> usize {
    match definition.boot.ramdisk.as_ref().map(|name| subject.at_hand.image(&name.value)) {
        Some(Availability::Here(bytes)) => bytes.len(),
        _ => 0,
    }
}

/// Whose memory it is.
const fn owner(vm: &GuestVm) -> &'static str {
    if vm.is_pool { "pool" } else { "VM" }
}

fn linux(booted: &Booted<'_>, ramdisk_length: usize) -> Option<Problem> {
    let Booted { definition, vm, kernel } = booted;
    let needed = guest_image::linux_needs(kernel).ok()?.memory;
    let needed = needed.saturating_add(u64::try_from(ramdisk_length).unwrap_or(u64::MAX));
    (needed > vm.memory.value).then(|| {
        let enough = size_text(needed.next_multiple_of(2 << 20));
        let owner = owner(vm);
        Problem::new(
            &RULE,
            vm.memory.span,
            format!("the kernel and its RAM disk do not fit the {owner}'s memory"),
            format!("{} MiB are needed to unpack them", needed.div_ceil(1 << 20)),
            format!("give the {owner} at least this much memory"),
        )
        .with_related(definition.boot.kernel.span, "the kernel")
        .replace(vm.memory.span, format!("\"{enough}\""))
    })
}

fn firmware(booted: &Booted<'_>) -> Option<Problem> {
    let length = booted.kernel.len();
    (u64::try_from(length).unwrap_or(u64::MAX) > MAX_ROM).then(|| {
        Problem::new(
            &RULE,
            booted.definition.boot.kernel.span,
            "the firmware is larger than a ROM can be",
            format!("{length} bytes, of at most {MAX_ROM}"),
            "name a smaller image",
        )
    })
}

fn flat(booted: &Booted<'_>, load: u64) -> Option<Problem> {
    let Booted { definition, vm, kernel } = booted;
    let end = load.saturating_add(u64::try_from(kernel.len()).unwrap_or(u64::MAX));
    let owner = owner(vm);
    (end > vm.memory.value).then(|| {
        Problem::new(
            &RULE,
            definition.boot.kernel.span,
            format!("the image does not fit the {owner}'s memory"),
            format!("it would end at {end:#x}"),
            format!("load it lower, or give the {owner} more memory"),
        )
        .with_related(vm.memory.span, format!("{:#x} bytes", vm.memory.value))
    })
}
