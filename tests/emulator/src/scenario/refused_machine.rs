//! Machines and images that the core refuses: one readable line, and a bad end.

use crate::{Built, Session};
use bulkhead_abi::ABI_VERSION;
use bulkhead_abi::image::{ImageHeader, SlotKind, SlotRecord, TaskRecord};
use bulkhead_abi::limits::PRIORITIES;
use std::mem::offset_of;
use xtask::emulator::{Kind, Machine, Outcome};
use zerocopy::FromBytes;

/// What every refusal begins with.
const REFUSAL: &str = "bulkhead: cannot start: ";
/// How the core ends after it.
const REFUSED: Outcome = Outcome::Code(1);

/// The core says this in a line of its own, and nothing was started.
fn refused(kind: Kind, machine: &Machine, reason: &str) {
    let mut session = Session::boot(kind, machine);
    session.see(&format!("{REFUSAL}{reason}"));
    let transcript = session.ends(&REFUSED);
    let lines = transcript.lines().filter(|line| line.contains(REFUSAL)).count();
    assert_eq!(lines, 1, "{transcript}");
    assert!(!transcript.contains("vm-manager:") && !transcript.contains("CORE FAILED"), "{transcript}");
}

/// A core alone.
pub fn no_image(kind: Kind) {
    let built = Built::example("first-light");
    refused(kind, &built.machine_without_image(kind), "no system image was loaded");
}

/// An image that was cut off in its tables, and one that lacks its last modules.
pub fn truncated_image(kind: Kind) {
    let built = Built::example("first-light");
    let whole = built.image();
    for length in [100, 4096, whole.len() - 4096] {
        built.replace_image(&whole[..length]);
        refused(kind, &built.machine(kind), "the system image is damaged: ");
    }
}

/// One flipped bit in a field of the header that the core relies on.
pub fn damaged_header(kind: Kind) {
    let built = Built::example("first-light");
    let whole = built.image();
    // The highest byte of each field, so that a length or offset becomes impossible.
    for (field, at) in [
        ("magic", offset_of!(ImageHeader, magic)),
        ("header_length", offset_of!(ImageHeader, header_length) + 3),
        ("total_length", offset_of!(ImageHeader, total_length) + 7),
        ("core_length", offset_of!(ImageHeader, core_length) + 7),
        ("cpus", offset_of!(ImageHeader, cpus) + 3),
        ("supervisor", offset_of!(ImageHeader, supervisor) + 1),
        ("tasks", offset_of!(ImageHeader, tasks) + 3),
        ("segments", offset_of!(ImageHeader, segments) + 7),
        ("slots", offset_of!(ImageHeader, slots) + 3),
        ("vms", offset_of!(ImageHeader, vms) + 7),
        ("vcpus", offset_of!(ImageHeader, vcpus) + 3),
        ("irqs", offset_of!(ImageHeader, irqs) + 7),
    ] {
        println!("a flipped bit in {field}");
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        built.replace_image(&damaged);
        refused(kind, &built.machine(kind), "the system image ");
    }
}

/// An image for the next version of the core.
pub fn another_abi(kind: Kind) {
    let built = Built::example("first-light");
    let mut image = built.image();
    let at = offset_of!(ImageHeader, abi_version);
    image[at..at + 4].copy_from_slice(&(ABI_VERSION + 1).to_le_bytes());
    built.replace_image(&image);
    let reason = format!("the system image is for ABI {}, this core has ABI {ABI_VERSION}", ABI_VERSION + 1);
    refused(kind, &built.machine(kind), &reason);
}

/// A priority that the core does not have: the image was made for other limits.
pub fn other_limits(kind: Kind) {
    let built = Built::example("first-light");
    let mut image = built.image();
    let at = header(&image).tasks.offset as usize + offset_of!(TaskRecord, priority);
    image[at] = u8::try_from(PRIORITIES).unwrap();
    built.replace_image(&image);
    let reason = "the system image asks for what this core does not have: a task's priority";
    refused(kind, &built.machine(kind), reason);
}

/// A caller that was built with another declaration of an interface than its server.
pub fn another_schema(kind: Kind) {
    let built = Built::example("first-light");
    let mut image = built.image();
    let slots = header(&image).slots;
    let places = (0..slots.count as usize).map(|slot| slots.offset as usize + slot * size_of::<SlotRecord>());
    let call = SlotKind::Call as u16;
    let mut calls = places.filter(|at| image[*at..].starts_with(&call.to_le_bytes()));
    let at = calls.next().expect("somebody calls somebody") + offset_of!(SlotRecord, caller_schema);
    image[at] ^= 1;
    built.replace_image(&image);
    refused(kind, &built.machine(kind), "task ");
}

fn header(image: &[u8]) -> ImageHeader {
    ImageHeader::read_from_prefix(image).unwrap().0
}

/// A CPU that can run no guests.
pub fn without_virtualization(kind: Kind) {
    let built = Built::example("first-light");
    let mut machine = built.machine(kind);
    let cpu = match kind {
        Kind::Qemu => "max,-svm",
        Kind::Bochs => "athlon64_clawhammer",
    };
    machine.cpu = Some(cpu.to_owned());
    refused(kind, &machine, "this CPU cannot run guests: it lacks both VMX and SVM");
}

/// Less memory than the guest was promised.
pub fn too_little_memory(kind: Kind) {
    let built = Built::example("single-linux");
    let mut machine = built.machine(kind);
    machine.memory_mib = 64;
    refused(kind, &machine, "not enough memory: ");
}

/// Fewer CPUs than the manifest names.
pub fn too_few_cpus(kind: Kind) {
    let built = Built::test_system("two-tiny");
    let mut machine = built.machine(kind);
    machine.cpus = built.cpus() - 1;
    let reason = format!("the manifest names {} CPUs, this machine has {}", built.cpus(), built.cpus() - 1);
    refused(kind, &machine, &reason);
}
