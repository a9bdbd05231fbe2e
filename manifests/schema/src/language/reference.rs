//! The reference page of the book: every table, key, default and unit.

use super::{Absent, BOARD, CAMPAIGN, Key, Kind, MANIFEST, Table};
use std::fmt::Write as _;

/// The page.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Keys of a manifest\n\nThis page is generated from the tables that the parser reads by. The [manifest page]\
         (manifest.md) says how the parts go together.\n\nSizes are texts with a unit, `\"128 MiB\"` (B, KiB, MiB, GiB), \
         times too, `\"10 ms\"` (us, ms, s; at most 71 minutes). Numbers have no unit and no fraction; hexadecimal ones \
         begin with `0x`, and underscores may part digits. Names have lower-case letters, digits and hyphens, 23 at the \
         most. A key that is not here is an error.\n",
    );
    let mut written: Vec<&str> = Vec::new();
    write_table(&mut text, &MANIFEST, &mut written);
    write_table(&mut text, &BOARD, &mut written);
    write_table(&mut text, &CAMPAIGN, &mut written);
    text
}

/// A table, then those that its keys lead to. Each is written once.
fn write_table(text: &mut String, table: &'static Table, written: &mut Vec<&'static str>) {
    if written.contains(&table.title) {
        return;
    }
    written.push(table.title);
    let _ = write!(text, "\n## {}\n", table.title);
    if !table.says.is_empty() {
        let _ = write!(text, "\n{}\n", anchors_elsewhere(table.says));
    }
    if !table.keys.is_empty() {
        text.push_str("\n| Key | Value | Meaning | Default |\n|---|---|---|---|\n");
    }
    for key in table.keys {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            key.name,
            value(&key.kind),
            anchors_elsewhere(key.says),
            absent(key)
        );
    }
    for key in table.keys {
        if let Some(inner) = inner(&key.kind) {
            write_table(text, inner, written);
        }
    }
    if let Some(shared) = table.shares {
        write_table(text, shared, written);
    }
}

/// Sections that are on the manifest page.
fn anchors_elsewhere(text: &str) -> String {
    let elsewhere = ["files", "images", "deadlines", "on_failure"];
    elsewhere.iter().fold(text.to_owned(), |text, anchor| {
        text.replace(&format!("(#{anchor})"), &format!("(manifest.md#{anchor})"))
    })
}

fn absent(key: &Key) -> String {
    match key.absent {
        Absent::Refused(_) => "required".into(),
        Absent::Unless(other, _) => format!("required without `{other}`"),
        Absent::Means(text) => anchors_elsewhere(text),
        Absent::Is(text) => text(),
    }
}

fn value(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "`true`, `false`".into(),
        Kind::Number(least, most) if *most >= u64::from(u32::MAX) => format!("number from {least}"),
        Kind::Number(least, most) => format!("{least} to {most}"),
        Kind::Text => "text".into(),
        Kind::Form(form) => form.what.into(),
        Kind::Name => "name".into(),
        Kind::Size => "size".into(),
        Kind::Time => "time".into(),
        Kind::Range(_) => "`\"0x2f8-0x2ff\"`, `\"0x80\"`".into(),
        Kind::Words(words) => words().iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::List(inner) => format!("list: {}", value(inner)),
        Kind::OneOrMore(inner) => format!("one or a list: {}", value(inner)),
        Kind::TextOr(_) => "text or table".into(),
        Kind::Table(_) => "table".into(),
        Kind::Named(_) => "tables by name".into(),
    }
}

fn inner(kind: &Kind) -> Option<&'static Table> {
    match kind {
        Kind::Table(table) | Kind::Named(table) | Kind::TextOr(table) => Some(table),
        Kind::List(inner) | Kind::OneOrMore(inner) => self::inner(inner),
        _ => None,
    }
}
