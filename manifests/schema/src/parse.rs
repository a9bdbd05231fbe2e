//! From text to [`Manifest`]: shapes, units, known keys. What the values mean together is the checker's business.

mod fields;
mod inject;
mod quantity;
mod suggest;
mod task;
mod vm;

pub(crate) use suggest::did_you_mean;

use crate::manifest::{Manifest, Spanned};
use crate::problem::Problem;
use fields::Fields;

/// Reads a manifest.
///
/// # Errors
/// All problems of form. A text that is no TOML has one.
pub fn parse(text: &str) -> Result<Manifest, Vec<Problem>> {
    let root = toml_span::parse(text).map_err(|error| {
        vec![Problem::new(
            error.span,
            "the manifest is not valid TOML",
            error.to_string(),
            "see https://toml.io for the syntax",
        )]
    })?;
    let mut problems = Vec::new();
    let mut manifest = Manifest::default();
    if let Some(mut root) = Fields::open(root, "the manifest", &mut problems) {
        if let Some(value) = root.take("system") {
            read_system(value, &mut manifest, &mut root);
        }
        for value in root.list("vm") {
            manifest.vms.extend(vm::read(value, root.problems()));
        }
        for (name, value) in root.entries("service") {
            let placement = if name.value == "shell" {
                let (placement, shell) = task::read_shell(value, root.problems());
                manifest.shell = shell;
                placement
            } else {
                task::read_placement_table(value, "a [service] table", root.problems())
            };
            manifest.services.push((name, placement));
        }
        for value in root.list("task") {
            manifest.tasks.extend(task::read(value, root.problems()));
        }
        for value in root.list("inject") {
            manifest.injections.extend(inject::read_inject(value, root.problems()));
        }
        for value in root.list("chaos") {
            manifest.injections.extend(inject::read_chaos(value, root.problems()));
        }
        root.close();
    }
    if problems.is_empty() {
        Ok(manifest)
    } else {
        problems.sort_by_key(|problem| problem.span.start);
        Err(problems)
    }
}

fn read_system(value: toml_span::Value<'_>, manifest: &mut Manifest, root: &mut Fields<'_, '_>) {
    let Some(mut fields) = Fields::open(value, "[system]", root.problems()) else { return };
    manifest.name = fields.name("name");
    manifest.cpus = fields.number("cpus");
    manifest.services_cpu = fields.number("services_cpu");
    fields.close();
}

/// Whether this can be the name of a system, a VM or a task.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < bulkhead_abi::limits::MAX_NAME
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A spanned value of another type.
fn respan<T, U>(from: &Spanned<T>, value: U) -> Spanned<U> {
    Spanned::with_span(value, from.span)
}
