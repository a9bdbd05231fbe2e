//! Manifests: from the text of a system's description to the image that the core boots.
//!
//! The way is one-directional: [`parse`] reads the text, [`expand`] adds everything that the author did not have to
//! write, [`check`] refuses what could not work, [`compile`] lays the system image out. All problems of a manifest
//! are reported in one run, each at its place in the text.
#![forbid(unsafe_code)]

mod acpi;
pub mod analysis;
mod check;
mod compile;
mod device;
mod expand;
pub mod graph;
mod guest_image;
mod interface;
mod library;
mod manifest;
mod parse;
mod problem;
mod program;
pub mod report;
mod summary;
mod system;

pub use acpi::tables as acpi_tables;
pub use check::check;
pub use compile::{CompileError, Parts, compile, digest};
pub use expand::expand;
pub use guest_image::{Kind as GuestImageKind, recognise as recognise_guest_image};
pub use library::{Availability, Library};
pub use manifest::{
    Boot, BootProtocol, EndPolicy, ExtraTask, FailurePolicy, Injection, Manifest, Occasion, Placement,
    Restart, Right, Spanned, Vm, VmKind,
};
pub use parse::parse;
pub use problem::{Problem, render};
pub use program::{Program, ProgramError, Role as SchemaRole, SchemaEntry, Segment};
pub use summary::summary;
pub use system::{Call, Capability, GuestVm, Mount, Role, System, Task};

/// Parses, expands and checks a manifest.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn load(text: &str, library: &dyn Library) -> Result<System, Vec<Problem>> {
    let manifest = parse(text)?;
    let (system, mut problems) = expand(&manifest);
    problems.extend(check(&manifest, &system, library));
    if problems.is_empty() {
        return Ok(system);
    }
    problems.sort_by_key(|problem| problem.span.start);
    Err(problems)
}
