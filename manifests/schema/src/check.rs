//! The rules that a system must keep. One rule a file; each reports everything that breaks it.

mod boot_images;
mod call_graph;
mod cpus;
mod failure_policies;
mod guest_memory;
mod limits;
mod names;
mod ports;
mod programs;
mod promises;
mod scheduling;
mod start_order;
mod vm_kinds;

use crate::library::Library;
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::system::System;

/// What the rules look at.
struct Subject<'a> {
    manifest: &'a Manifest,
    system: &'a System,
    library: &'a dyn Library,
}

/// Everything that keeps this system from working.
#[must_use]
pub fn check(manifest: &Manifest, system: &System, library: &dyn Library) -> Vec<Problem> {
    let subject = Subject { manifest, system, library };
    let rules = [
        names::check,
        cpus::check,
        vm_kinds::check,
        start_order::check,
        guest_memory::check,
        limits::check,
        scheduling::check,
        promises::check,
        call_graph::check,
        ports::check,
        programs::check,
        failure_policies::check,
        boot_images::check,
    ];
    rules.iter().flat_map(|rule| rule(&subject)).collect()
}
