//! A manifest laid over the one that it extends. What it says wins; what it does not say stays.

use crate::source::Spanned;
use crate::tree::{Kind, Table, Value};

/// Lists whose tables are known by their `name`.
const BY_NAME: [&str; 3] = ["vm", "pool", "task"];
/// Lists that only grow: their tables have no name.
const GROWING: [&str; 2] = ["inject", "chaos"];

/// Lays `over` on `base`.
pub(super) fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        let is_by_name = BY_NAME.contains(&key.value.as_str());
        let is_growing = GROWING.contains(&key.value.as_str());
        match (find(base, &key), value.kind) {
            (Some(Value { kind: Kind::List(base), .. }), Kind::List(over)) if is_by_name => {
                merge_named(base, over)
            }
            (Some(Value { kind: Kind::List(base), .. }), Kind::List(over)) if is_growing => base.extend(over),
            (_, kind) => put(base, key, Value { span: value.span, kind }),
        }
    }
}

/// Tables are merged key by key, everything else is replaced.
fn merge_table(base: &mut Table, over: Table) {
    for (key, value) in over {
        put(base, key, value);
    }
}

fn put(base: &mut Table, key: Spanned<String>, value: Value) {
    let index = base.iter().position(|(known, _)| known.value == key.value);
    match index.and_then(|index| base.get_mut(index)) {
        None => base.push((key, value)),
        Some((place, old)) => match (&mut old.kind, value.kind) {
            (Kind::Table(old), Kind::Table(new)) => merge_table(old, new),
            (_, kind) => {
                *place = key;
                *old = Value { span: value.span, kind };
            }
        },
    }
}

fn merge_named(base: &mut Vec<Value>, over: Vec<Value>) {
    let inherited = base.len();
    for value in over {
        // Two tables of one name in one file stay two, and are refused for it.
        let same =
            base.iter_mut().take(inherited).find(|old| name(old).is_some() && name(old) == name(&value));
        match (same, value.kind) {
            (Some(Value { kind: Kind::Table(old), span }), Kind::Table(new)) => {
                *span = value.span;
                merge_table(old, new);
            }
            (_, kind) => base.push(Value { span: value.span, kind }),
        }
    }
}

fn find<'t>(table: &'t mut Table, key: &Spanned<String>) -> Option<&'t mut Value> {
    table.iter_mut().find_map(|(known, value)| (known.value == key.value).then_some(value))
}

/// The `name` of a table.
pub(super) fn name(value: &Value) -> Option<&str> {
    let Kind::Table(table) = &value.kind else { return None };
    match crate::tree::get(table, "name") {
        Some(Value { kind: Kind::Text(name), .. }) => Some(name),
        _ => None,
    }
}
