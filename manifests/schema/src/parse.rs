//! From a tree to a [`Manifest`]: shapes, units, known keys. What the values mean together is the checker's business.

pub(crate) mod campaign;
mod fields;
pub(crate) mod inject;
mod link;
mod machine;
pub(crate) mod quantity;
mod suggest;
pub(crate) mod task;
pub(crate) mod text;
pub(crate) mod vm;

pub(crate) use fields::wanted;
pub(crate) use suggest::{did_you_mean, nearest};

use crate::board::{Board, PciFunction, Region};
use crate::language::{BOARD, MANIFEST};
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::source::{Span, Spanned};
use crate::tree;
use fields::Fields;

/// Reads a manifest, as far as it can be read.
pub(crate) fn parse(entries: tree::Table, problems: &mut Vec<Problem>) -> Manifest {
    let mut manifest = Manifest::default();
    let mut root = Fields::of(entries, Span::default(), &MANIFEST, problems);
    if let Some((declared, value)) = root.inner("system")
        && let Some(mut fields) = Fields::open(value, declared, root.problems())
    {
        manifest.name = fields.text("name");
        manifest.cpus = fields.number("cpus");
        manifest.services_cpu = fields.number("services_cpu");
    }
    for (declared, value) in root.tables("vm") {
        manifest.vms.extend(vm::read(value, declared, root.problems()));
    }
    for (declared, value) in root.tables("pool") {
        manifest.pools.extend(machine::read_pool(value, declared, root.problems()));
    }
    if let Some((declared, value)) = root.inner("service")
        && let Some(mut services) = Fields::open(value, declared, root.problems())
    {
        read_services(&mut services, &mut manifest);
    }
    for (declared, value) in root.tables("link") {
        manifest.links.extend(link::read(value, declared, root.problems()));
    }
    for (declared, value) in root.tables("task") {
        manifest.tasks.extend(task::read(value, declared, root.problems()));
    }
    for (declared, value) in root.tables("inject") {
        manifest.injections.extend(inject::read_inject(value, declared, root.problems()));
    }
    for (declared, value) in root.tables("chaos") {
        manifest.injections.extend(inject::read_chaos(value, declared, root.problems()));
    }
    manifest
}

fn read_services(services: &mut Fields<'_>, manifest: &mut Manifest) {
    for (name, declared, value) in services.all_inner() {
        let placement = if name.value == "shell" {
            let (placement, shell) = task::read_shell(value, declared, services.problems());
            manifest.shell = shell;
            placement
        } else {
            task::read_placement_table(value, declared, services.problems())
        };
        manifest.services.push((name, placement));
    }
}

/// Reads a board file, as far as it can be read.
pub(crate) fn parse_board(entries: tree::Table, span: Span, problems: &mut Vec<Problem>) -> Board {
    let mut fields = Fields::of(entries, span, &BOARD, problems);
    let name = fields.text("name");
    let cpus = fields.number("cpus");
    let mut board =
        Board { name, cpus: cpus.unwrap_or_else(|| Spanned::with_span(u16::MAX, span)), ..Board::default() };
    for (declared, value) in fields.tables("memory") {
        let Some(mut region) = Fields::open(value, declared, fields.problems()) else { continue };
        let (range, kind) = (region.range("range"), region.choice("kind", &crate::board::MEMORY_KINDS));
        board.memory.extend(
            range.map(|range| Region { range, kind: kind.map(|kind| kind.value).unwrap_or_default() }),
        );
    }
    for (declared, value) in fields.tables("pci") {
        let Some(mut function) = Fields::open(value, declared, fields.problems()) else { continue };
        let (at, id, class) = (function.text("at"), function.text("id"), function.text("class"));
        let windows = function.ranges("windows");
        board.pci.extend(at.zip(id).map(|(at, id)| PciFunction { at, id, class, windows }));
    }
    board
}
