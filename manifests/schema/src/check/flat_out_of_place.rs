//! Flat images lie in RAM and are entered where they are.

use super::Subject;
use super::subject::Booted;
use crate::manifest::BootProtocol;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0506",
    name: "flat-out-of-place",
    says: "A flat image lies in RAM, and its entry is in it, below 1 MiB.",
    why: "It is entered in real mode, which reaches no further. From 0xa0000 to 0xfffff and from 3 GiB to 4 \
          GiB are devices and tables, not RAM.",
};

/// What is no RAM for an image: the legacy area, with the tables of the firmware, and the hole below 4 GiB.
const HOLES: [(u64, u64, &str); 2] = [
    (0x9_fc00, 0xf_ffff, "the area of the firmware and of legacy devices"),
    (bulkhead_abi::layout::LOW_MEMORY_END, 0xffff_ffff, "the hole below 4 GiB, where devices are"),
];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    subject.kernels().filter_map(|booted| misplaced(&booted)).collect()
}

fn misplaced(booted: &Booted<'_>) -> Option<Problem> {
    let Booted { definition, vm, kernel } = booted;
    let BootProtocol::Flat { load, entry } = definition.boot.protocol else { return None };
    let end = load.saturating_add(u64::try_from(kernel.len()).unwrap_or(u64::MAX));
    let span = definition.boot.kernel.span;
    if end > vm.memory.value {
        return None; // It is too large, which is reported by its own rule.
    }
    if !(load..end).contains(&entry) || entry > 0xf_ffff {
        return Some(Problem::new(
            &RULE,
            span,
            "the guest would not start in its image",
            format!("entry {entry:#x}, image {load:#x} to {end:#x}"),
            "set `entry` to an address in the image below 1 MiB: it is entered in real mode",
        ));
    }
    let hole = HOLES.iter().find(|(first, last, _)| load <= *last && *first < end)?;
    Some(Problem::new(
        &RULE,
        span,
        "the image would not lie in RAM",
        format!("image {load:#x} to {end:#x}; {:#x} to {:#x} is {}", hole.0, hole.1, hole.2),
        "set `load` to an address below 0x9fc00",
    ))
}
