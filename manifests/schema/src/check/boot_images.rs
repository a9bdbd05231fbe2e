//! Boot images exist, are of the kind that their protocol needs, and fit the VM's memory.

use super::Subject;
use crate::guest_image::{self, Kind, LinuxNeeds};
use crate::library::Availability;
use crate::manifest::{BootProtocol, Spanned};
use crate::problem::Problem;
use crate::system::GuestVm;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for vm in &subject.system.vms {
        let kernel = look_up(subject, &vm.boot.kernel, &mut problems);
        let ramdisk = vm.boot.ramdisk.as_ref().map(|name| look_up(subject, name, &mut problems));
        if let (Some(ramdisk), BootProtocol::Flat { .. }) = (&vm.boot.ramdisk, vm.boot.protocol) {
            problems.push(Problem::new(
                ramdisk.span,
                "a flat image takes no RAM disk",
                "nobody would tell the guest where it is",
                "remove it, or use another boot protocol",
            ));
        }
        if let Some(kernel) = kernel {
            let ramdisk_length = ramdisk.flatten().map_or(0, |bytes| bytes.len());
            problems.extend(check_kernel(vm, &kernel, ramdisk_length));
        }
    }
    problems
}

/// The image's bytes if they are at hand.
fn look_up(subject: &Subject<'_>, name: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<Vec<u8>> {
    match subject.library.image(&name.value) {
        Availability::Here(bytes) => Some(bytes),
        Availability::Later => None,
        Availability::Absent { reason, help } => {
            problems.push(Problem::new(
                name.span,
                format!("there is no image `{}`", name.value),
                reason,
                help,
            ));
            None
        }
    }
}

fn check_kernel(vm: &GuestVm, kernel: &[u8], ramdisk_length: usize) -> Option<Problem> {
    let span = vm.boot.kernel.span;
    let name = &vm.boot.kernel.value;
    let refused = |needs: &str, reason: String| {
        let found = guest_image::recognise(kernel);
        let help = match found.protocol_name() {
            Some(protocol) => {
                format!("this is {found}: use `protocol = \"{protocol}\"`, or name another image")
            }
            None => "name another image".into(),
        };
        Some(Problem::new(span, format!("`{name}` is no {needs}"), reason, help))
    };
    match vm.boot.protocol {
        BootProtocol::Linux => match guest_image::linux_needs(kernel) {
            Err(reason) => refused("Linux kernel with a 64-bit entry", reason.into()),
            Ok(needs) => check_linux_memory(vm, &needs, ramdisk_length),
        },
        BootProtocol::Pvh => match guest_image::recognise(kernel) {
            Kind::Pvh => None,
            Kind::Elf => refused("PVH kernel", "the ELF has no PVH entry note (type 18, Xen)".into()),
            _ => refused("PVH kernel", "it does not start with the ELF magic".into()),
        },
        BootProtocol::Multiboot if guest_image::has_multiboot_header(kernel) => None,
        BootProtocol::Multiboot => {
            refused("multiboot kernel", "no multiboot header (0x1badb002) in its first 8 KiB".into())
        }
        BootProtocol::Flat { load, entry } => check_flat(vm, kernel.len(), load, entry),
    }
}

fn check_linux_memory(vm: &GuestVm, needs: &LinuxNeeds, ramdisk_length: usize) -> Option<Problem> {
    let needed = needs.memory.saturating_add(u64::try_from(ramdisk_length).unwrap_or(u64::MAX));
    (needed > vm.memory.value).then(|| {
        Problem::new(
            vm.memory.span,
            "the kernel and its RAM disk do not fit the VM's memory",
            format!("{} MiB are needed to unpack them", needed.div_ceil(1 << 20)),
            "give the VM more memory",
        )
        .with_related(vm.boot.kernel.span, "the kernel")
    })
}

fn check_flat(vm: &GuestVm, length: usize, load: u64, entry: u64) -> Option<Problem> {
    let end = load.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    let span = vm.boot.kernel.span;
    if end > vm.memory.value {
        let label = format!("it would end at {end:#x}");
        return Some(Problem::new(span, "the image does not fit the VM's memory", label, "load it lower"));
    }
    (!(load..end).contains(&entry) || entry > 0xf_ffff).then(|| {
        Problem::new(
            span,
            "the guest would not start in its image",
            format!("entry {entry:#x}, image {load:#x} to {end:#x}"),
            "set `entry` to an address in the image below 1 MiB: it is entered in real mode",
        )
    })
}
