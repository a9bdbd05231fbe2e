//! Manifests: from the text of a system's description to the image that the core boots.
//!
//! The way is one-directional: `compose` reads the files, `parse` what they say as the `language` declares it,
//! [`expand`] adds everything that the author did not have to write, `check` refuses what could not work, [`compile`]
//! lays the system image out. All problems of a manifest are reported in one run, each at its place in its file.
#![forbid(unsafe_code)]

mod acpi;
pub mod analysis;
mod board;
mod campaign;
mod check;
mod compile;
mod compose;
mod device;
mod expand;
pub mod graph;
mod guest_image;
mod interface;
mod json;
mod language;
mod library;
mod manifest;
mod parse;
mod pattern;
mod problem;
mod program;
pub mod report;
mod rule;
mod source;
mod summary;
mod system;
mod tree;

pub use acpi::tables as acpi_tables;
pub use board::{Board, MemoryKind, PciFunction, Region};
pub use campaign::{Campaign, LoadedCampaign, Place as CampaignPlace, load_campaign};
pub use compile::{CompileError, Parts, compile, digest};
pub use expand::expand;
pub use guest_image::{Kind as GuestImageKind, recognise as recognise_guest_image};
pub use json::Json;
pub use language::{board_schema, manifest_schema, reference};
pub use library::{Availability, Library};
pub use manifest::{
    Boot, BootProtocol, EndPolicy, ExtraTask, FailurePolicy, Injection, Machine, Manifest, NamedMachine,
    Occasion, Placement, Pool, Restart, Right, Vm, VmKind,
};
pub use pattern::matches;
pub use problem::{Problem, render, to_json};
pub use program::{Program, ProgramError, Role as SchemaRole, SchemaEntry, Segment};
pub use rule::{CHAPTERS, Rule, page as rule_page, rules};
pub use source::{Source, Sources, Span, Spanned};
pub use summary::summary;
pub use system::{Call, Capability, Definition, GuestVm, Mount, Role, System, Task};

/// A manifest that was read: its files, and what they stand for or why they are refused.
#[derive(Debug)]
pub struct Loaded {
    /// The files.
    pub sources: Sources,
    /// The system, or everything that is wrong with the manifest in the order of the text.
    pub result: Result<System, Vec<Problem>>,
}

/// Reads, expands and checks the manifest with this path and text, and the files that it names.
#[must_use]
pub fn load_file(path: &str, text: &str, library: &dyn Library) -> Loaded {
    let composed = compose::compose(path, text, library);
    let mut problems = composed.problems;
    let manifest = parse::parse(composed.entries, &mut problems);
    drop_echoes(&mut problems, &composed.sources);
    let (system, unknown) = expand(&manifest);
    problems.extend(unknown);
    let board = composed.board.as_ref().map(|(board, span)| (board, *span));
    problems.extend(check::check(&manifest, &system, board, library));
    let result = if problems.is_empty() {
        Ok(system)
    } else {
        problems.sort_by_key(|problem| (problem.span, problem.rule.code));
        problems.dedup();
        Err(problems)
    };
    Loaded { sources: composed.sources, result }
}

/// What is missing in a file with lines that could not be read may well stand on those lines.
fn drop_echoes(problems: &mut Vec<Problem>, sources: &Sources) {
    let file = |span: Span| sources.file(span).map(|file| &file.path);
    let is_syntax = |problem: &&Problem| problem.rule == &rule::form::SYNTAX;
    let broken: Vec<_> = problems.iter().filter(is_syntax).map(|problem| file(problem.span)).collect();
    problems
        .retain(|problem| problem.rule != &rule::form::MISSING_KEY || !broken.contains(&file(problem.span)));
}

/// [`load_file`] for a text that is no file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn load(text: &str, library: &dyn Library) -> Result<System, Vec<Problem>> {
    load_file("manifest", text, library).result
}

/// What a manifest stands for whatever the checker says of it; nothing if it cannot be read. For tests that see what
/// becomes of systems that are refused.
#[must_use]
pub fn load_unchecked(text: &str) -> Option<System> {
    let composed = compose::compose("manifest", text, &());
    let mut problems = composed.problems;
    let manifest = parse::parse(composed.entries, &mut problems);
    problems.is_empty().then(|| expand(&manifest).0)
}
