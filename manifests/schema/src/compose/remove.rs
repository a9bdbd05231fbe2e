//! What a manifest takes away from the one that it extends: paths such as `vm.blue` or `system.cpus`.

use super::merge::name;
use crate::parse::{did_you_mean, wanted};
use crate::problem::Problem;
use crate::rule::composition::NOTHING_TO_REMOVE;
use crate::source::Span;
use crate::tree::{Kind, Table, Value};

pub(super) fn remove(base: &mut Table, removals: Value, problems: &mut Vec<Problem>) {
    let Kind::List(paths) = removals.kind else {
        problems.push(wanted(removals.span, "a list", &removals.kind, "write `remove = [\"vm.blue\"]`"));
        return;
    };
    for path in paths {
        let Kind::Text(text) = &path.kind else {
            problems.push(wanted(path.span, "a path in quotes", &path.kind, "write for example \"vm.blue\""));
            continue;
        };
        let steps: Vec<&str> = text.split('.').collect();
        if let Err(help) = remove_from_table(base, &steps) {
            problems.push(nothing(path.span, text, help));
        }
    }
}

fn nothing(span: Span, path: &str, help: String) -> Problem {
    Problem::new(
        &NOTHING_TO_REMOVE,
        span,
        format!("there is no `{path}` to remove"),
        "not in the extended manifest",
        help,
    )
}

fn remove_from_table(table: &mut Table, steps: &[&str]) -> Result<(), String> {
    let [step, rest @ ..] = steps else { return Ok(()) };
    let Some(index) = table.iter().position(|(key, _)| key.value == *step) else {
        return Err(did_you_mean(step, table.iter().map(|(key, _)| key.value.as_str())));
    };
    if rest.is_empty() {
        table.remove(index);
        return Ok(());
    }
    match table.get_mut(index).map(|(_, value)| &mut value.kind) {
        Some(Kind::Table(inner)) => remove_from_table(inner, rest),
        Some(Kind::List(values)) => remove_from_list(values, rest),
        _ => Err(format!("`{step}` is a value and has no parts")),
    }
}

fn remove_from_list(values: &mut Vec<Value>, steps: &[&str]) -> Result<(), String> {
    let [step, rest @ ..] = steps else { return Ok(()) };
    let Some(index) = values.iter().position(|value| name(value) == Some(step)) else {
        let names: Vec<_> = values.iter().filter_map(name).collect();
        return Err(did_you_mean(step, names));
    };
    if rest.is_empty() {
        values.remove(index);
        return Ok(());
    }
    match values.get_mut(index).map(|value| &mut value.kind) {
        Some(Kind::Table(inner)) => remove_from_table(inner, rest),
        _ => Ok(()),
    }
}
