//! TOML as a tree of values that know their places, whatever else is wrong with the text.

use crate::problem::Problem;
use crate::rule::form::{DUPLICATE_KEY, SYNTAX};
use crate::source::{Source, Span, Spanned};
use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<Value>),
    Table(Table),
    /// What the language has no use for, by its name.
    Other(&'static str),
}

/// Keys and values in the order of the text.
pub(crate) type Table = Vec<(Spanned<String>, Value)>;

impl Kind {
    /// What it is called in messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "number",
            Self::Flag(_) => "flag",
            Self::List(_) => "list",
            Self::Table(_) => "table",
            Self::Other(name) => name,
        }
    }
}

/// The value of a key.
pub(crate) fn get<'t>(table: &'t Table, key: &str) -> Option<&'t Value> {
    table.iter().find_map(|(name, value)| (name.value == key).then_some(value))
}

/// Takes a key and its value out.
pub(crate) fn take(table: &mut Table, key: &str) -> Option<(Spanned<String>, Value)> {
    let index = table.iter().position(|(name, _)| name.value == key)?;
    Some(table.remove(index))
}

/// What the parser says of a key that is there already.
const DUPLICATE: &str = "duplicate key";

/// Reads a file. What is not TOML is reported and left out; the rest is there.
pub(crate) fn read(source: &Source, problems: &mut Vec<Problem>) -> Table {
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    let (mut lines, mut unreadable) = (Vec::new(), Vec::new());
    for error in errors {
        let range = error.span().unwrap_or_default();
        let (line, _) = source.position(range.start);
        // Of two values of one key the first stays; of anything else nothing can be trusted.
        if error.message() != DUPLICATE {
            unreadable.push(line);
        }
        // The parser goes on behind an error and stumbles over what is left of the line.
        if !lines.contains(&line) {
            lines.push(line);
            problems.push(syntax_problem(source, range, error.message()));
        }
    }
    let base = source.base();
    let mut table = convert_table(root.into_inner(), base);
    drop_lines(&mut table, &|span: Span| unreadable.contains(&source.position(span.start - base).0));
    table
}

fn syntax_problem(source: &Source, range: core::ops::Range<usize>, message: &str) -> Problem {
    let span = Span::new(range.start + source.base(), range.end + source.base());
    if message == DUPLICATE {
        let key = source.text.get(range).unwrap_or_default();
        return Problem::new(
            &DUPLICATE_KEY,
            span,
            format!("the key `{key}` is written twice"),
            "second time here",
            "remove one of the two; to have several tables write `[[name]]` for each",
        );
    }
    Problem::new(
        &SYNTAX,
        span,
        "the manifest is not valid TOML",
        message,
        "see https://toml.io for the syntax",
    )
}

/// Leaves out what begins on a line with an error: what the parser made of it means nothing.
fn drop_lines(table: &mut Table, is_broken: &dyn Fn(Span) -> bool) {
    table.retain(|(key, value)| !is_broken(key.span) && !is_broken(value.span));
    for (_, value) in table {
        match &mut value.kind {
            Kind::Table(inner) => drop_lines(inner, is_broken),
            Kind::List(values) => {
                values.retain(|value| !is_broken(value.span));
                for value in values {
                    if let Kind::Table(inner) = &mut value.kind {
                        drop_lines(inner, is_broken);
                    }
                }
            }
            _ => {}
        }
    }
}

fn convert_table(table: DeTable<'_>, base: usize) -> Table {
    let shift = |range: core::ops::Range<usize>| Span::new(range.start + base, range.end + base);
    let mut entries: Table = table
        .into_iter()
        .map(|(key, value)| {
            let span = shift(key.span());
            (Spanned::with_span(key.into_inner().into_owned(), span), convert(value, base))
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    entries
}

fn convert(value: toml::Spanned<DeValue<'_>>, base: usize) -> Value {
    let range = value.span();
    let span = Span::new(range.start + base, range.end + base);
    let kind = match value.into_inner() {
        DeValue::String(text) => Kind::Text(text.into_owned()),
        DeValue::Integer(number) if number.as_str().is_empty() => Kind::Other("number without digits"),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Kind::Other("number too large"), Kind::Number),
        DeValue::Boolean(flag) => Kind::Flag(flag),
        DeValue::Float(_) => Kind::Other("fraction"),
        DeValue::Datetime(_) => Kind::Other("date"),
        DeValue::Array(values) => Kind::List(values.into_iter().map(|value| convert(value, base)).collect()),
        DeValue::Table(table) => Kind::Table(convert_table(table, base)),
    };
    Value { span, kind }
}
