//! Kernels are of the kind that their protocol needs.

use super::Subject;
use crate::guest_image::{self, Kind};
use crate::manifest::BootProtocol;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::Definition;

pub(super) static RULE: Rule = Rule {
    code: "BH0504",
    name: "wrong-image",
    says: "A kernel is of the kind that its boot protocol needs.",
    why: "The loader reads the header that the protocol defines; an image without it cannot be entered.",
};

/// A ROM is made of whole pages.
const PAGE: usize = 4096;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    subject.kernels().filter_map(|booted| wrong(booted.definition, &booted.kernel)).collect()
}

fn wrong(definition: &Definition, kernel: &[u8]) -> Option<Problem> {
    let (needed, reason) = match definition.boot.protocol {
        BootProtocol::Linux => {
            ("Linux kernel with a 64-bit entry", guest_image::linux_needs(kernel).err()?.to_owned())
        }
        BootProtocol::Pvh => match guest_image::recognise(kernel) {
            Kind::Pvh => return None,
            Kind::Elf => ("PVH kernel", "the ELF has no PVH entry note (type 18, Xen)".into()),
            _ => ("PVH kernel", "it does not start with the ELF magic".into()),
        },
        BootProtocol::Multiboot if guest_image::has_multiboot_header(kernel) => return None,
        BootProtocol::Multiboot => {
            ("multiboot kernel", "no multiboot header (0x1badb002) in its first 8 KiB".into())
        }
        BootProtocol::Coreboot if kernel.starts_with(b"\x7fELF\x01") => return None,
        BootProtocol::Coreboot => ("payload of coreboot", "it is no 32-bit ELF".into()),
        BootProtocol::Firmware => match guest_image::recognise(kernel) {
            other @ (Kind::Linux | Kind::Pvh | Kind::Elf) => ("firmware", format!("it is {other}")),
            _ if kernel.is_empty() || !kernel.len().is_multiple_of(PAGE) => {
                ("firmware", "its length is not a multiple of 4096 bytes".into())
            }
            // Some firmware can be loaded by multiboot too.
            _ => return None,
        },
        BootProtocol::Flat { .. } => return None,
    };
    let found = guest_image::recognise(kernel);
    let help = match found.protocol_name() {
        Some(protocol) => format!("this is {found}: use `protocol = \"{protocol}\"`, or name another image"),
        None => "name another image".into(),
    };
    let name = &definition.boot.kernel;
    Some(Problem::new(&RULE, name.span, format!("`{}` is no {needed}", name.value), reason, help))
}
