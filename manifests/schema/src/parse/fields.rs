//! The keys of one table: each is taken once, by its type; what is left over at the end is unknown.

use super::{did_you_mean, is_name, quantity, respan};
use crate::problem::Problem;
use toml_span::value::{Table, Value, ValueInner};
use toml_span::{Span, Spanned};

/// A table that is being read.
pub(super) struct Fields<'p, 'de> {
    table: Table<'de>,
    what: &'static str,
    span: Span,
    known: Vec<&'static str>,
    present: Vec<&'static str>,
    problems: &'p mut Vec<Problem>,
}

impl<'p, 'de> Fields<'p, 'de> {
    /// Starts on a value that should be a table; `what` names it in messages.
    pub(super) fn open(
        mut value: Value<'de>,
        what: &'static str,
        problems: &'p mut Vec<Problem>,
    ) -> Option<Self> {
        let span = value.span;
        match value.take() {
            ValueInner::Table(table) => {
                Some(Self { table, what, span, known: Vec::new(), present: Vec::new(), problems })
            }
            other => {
                problems.push(wanted(span, "a table", other.type_str(), "write `{ key = value }`"));
                None
            }
        }
    }

    /// Where the table is.
    pub(super) const fn span(&self) -> Span {
        self.span
    }

    /// Where to report problems.
    pub(super) const fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }

    /// The value of a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'de>> {
        self.known.push(key);
        let value = self.table.remove(key);
        if value.is_some() {
            self.present.push(key);
        }
        value
    }

    /// The value of a key that must be there.
    pub(super) fn require<T>(&mut self, key: &'static str, value: Option<T>, example: &str) -> Option<T> {
        // A value that was there and refused has been reported already.
        if value.is_none() && !self.present.contains(&key) {
            self.problems.push(Problem::new(
                self.span,
                format!("{} has no `{key}`", self.what),
                format!("`{key}` is missing here"),
                format!("add for example `{key} = {example}`"),
            ));
        }
        value
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let value = self.take(key)?;
        self.as_text(value, "a text in quotes")
    }

    /// A name: lower-case letters, digits and hyphens.
    pub(super) fn name(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let name = self.text(key)?;
        if is_name(&name.value) {
            return Some(name);
        }
        self.problems.push(Problem::new(
            name.span,
            format!("`{}` cannot be a name", name.value),
            "not a name",
            format!(
                "use lower-case letters, digits and hyphens, {} at the most",
                bulkhead_abi::limits::MAX_NAME - 1
            ),
        ));
        None
    }

    /// A number that fits its type.
    pub(super) fn number<T: TryFrom<i64>>(&mut self, key: &'static str) -> Option<Spanned<T>> {
        let value = self.take(key)?;
        self.as_number(&value)
    }

    /// A yes or no.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.take(key)?;
        let found = value.as_bool();
        if found.is_none() {
            self.wanted(&value, "`true` or `false`", "write it without quotes");
        }
        found
    }

    /// Bytes, written with their unit.
    pub(super) fn size(&mut self, key: &'static str) -> Option<Spanned<u64>> {
        self.quantity(key, quantity::size, "a size such as \"128 MiB\" (units B, KiB, MiB, GiB)")
    }

    /// Microseconds, written with their unit.
    pub(super) fn time(&mut self, key: &'static str) -> Option<Spanned<u32>> {
        let time = self.quantity(key, quantity::time, "a time such as \"100 ms\" (units us, ms, s)")?;
        let fitting = u32::try_from(time.value).ok();
        if fitting.is_none() {
            self.problems.push(Problem::new(
                time.span,
                "the time is too long",
                "over 71 minutes",
                "write a shorter time",
            ));
        }
        fitting.map(|value| respan(&time, value))
    }

    fn quantity(
        &mut self,
        key: &'static str,
        read: fn(&str) -> Option<u64>,
        expected: &str,
    ) -> Option<Spanned<u64>> {
        let value = self.take(key)?;
        let found = value.as_str().and_then(read);
        if found.is_none() {
            let label = format!("expected {expected}");
            self.problems.push(Problem::new(
                value.span,
                format!("`{key}` is no quantity with a unit"),
                label,
                "write number and unit in quotes",
            ));
        }
        found.map(|number| Spanned::with_span(number, value.span))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let word = self.text(key)?;
        self.as_choice(&word, words)
    }

    /// One of a few words, already read.
    pub(super) fn as_choice<T: Copy>(
        &mut self,
        word: &Spanned<String>,
        words: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let found = words.iter().find(|(known, _)| *known == word.value);
        if found.is_none() {
            self.problems.push(Problem::new(
                word.span,
                format!("`{}` is not known here", word.value),
                "unknown word",
                did_you_mean(&word.value, words.iter().map(|(known, _)| *known)),
            ));
        }
        found.map(|(_, value)| respan(word, *value))
    }

    /// The values of a list; a missing list is empty.
    pub(super) fn list(&mut self, key: &'static str) -> Vec<Value<'de>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        self.as_list(value, key)
    }

    /// The texts of a list, already read.
    pub(super) fn texts_of(&mut self, value: Value<'de>, key: &'static str) -> Vec<Spanned<String>> {
        let values = self.as_list(value, key);
        values.into_iter().filter_map(|value| self.as_text(value, "a text in quotes")).collect()
    }

    fn as_list(&mut self, mut value: Value<'de>, key: &'static str) -> Vec<Value<'de>> {
        match value.take() {
            ValueInner::Array(values) => values,
            other => {
                let help = if matches!(other, ValueInner::Table(_)) {
                    format!("write `[[{key}]]` with two brackets")
                } else {
                    "write `[a, b]`".into()
                };
                self.problems.push(wanted(value.span, "a list", other.type_str(), &help));
                Vec::new()
            }
        }
    }

    /// A list of texts; `None` if the key is not there.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<Spanned<String>>> {
        if !self.table.contains_key(key) {
            self.known.push(key);
            return None;
        }
        let value = self.take(key)?;
        Some(self.texts_of(value, key))
    }

    /// The entries of a table whose keys are names of the author's choice.
    pub(super) fn entries(&mut self, key: &'static str) -> Vec<(Spanned<String>, Value<'de>)> {
        let Some(mut value) = self.take(key) else { return Vec::new() };
        match value.take() {
            ValueInner::Table(table) => table
                .into_iter()
                .map(|(key, value)| (Spanned::with_span(key.name.into_owned(), key.span), value))
                .collect(),
            other => {
                self.problems.push(wanted(
                    value.span,
                    "a table",
                    other.type_str(),
                    "write `{ name = { … } }`",
                ));
                Vec::new()
            }
        }
    }

    /// The value as text.
    pub(super) fn as_text(&mut self, mut value: Value<'de>, expected: &str) -> Option<Spanned<String>> {
        match value.take() {
            ValueInner::String(text) => Some(Spanned::with_span(text.into_owned(), value.span)),
            other => {
                self.problems.push(wanted(value.span, expected, other.type_str(), "put it in quotes"));
                None
            }
        }
    }

    /// The value as a number that fits its type.
    pub(super) fn as_number<T: TryFrom<i64>>(&mut self, value: &Value<'de>) -> Option<Spanned<T>> {
        let Some(number) = value.as_integer() else {
            self.wanted(value, "a whole number", "write it without quotes, unit and fraction");
            return None;
        };
        let fitting = T::try_from(number).ok();
        if fitting.is_none() {
            self.problems.push(Problem::new(
                value.span,
                format!("{number} is out of range"),
                "no such number here",
                "write a smaller number that is not negative",
            ));
        }
        fitting.map(|number| Spanned::with_span(number, value.span))
    }

    fn wanted(&mut self, value: &Value<'de>, expected: &str, help: &str) {
        self.problems.push(wanted(value.span, expected, value.as_ref().type_str(), help));
    }

    /// Reports what nobody took.
    pub(super) fn close(self) {
        for key in self.table.keys() {
            self.problems.push(Problem::new(
                key.span,
                format!("{} has no key `{}`", self.what, key.name),
                "unknown key",
                did_you_mean(&key.name, self.known.iter().copied()),
            ));
        }
    }
}

fn wanted(span: Span, expected: &str, found: &str, help: &str) -> Problem {
    Problem::new(span, format!("expected {expected}"), format!("this is a {found}"), help)
}
