//! The keys of one table, read as the language declares them: each by its kind; what is not declared is unknown.

use super::{did_you_mean, quantity};
use crate::language::{Absent, Key, Kind, Table};
use crate::parse::suggest::nearest;
use crate::problem::Problem;
use crate::rule::form;
use crate::source::{Span, Spanned};
use crate::tree::{self, Value};

/// A table that is being read.
pub(super) struct Fields<'p> {
    entries: tree::Table,
    declared: &'static Table,
    span: Span,
    problems: &'p mut Vec<Problem>,
    is_whole: bool,
}

impl<'p> Fields<'p> {
    /// Starts on a value that should be such a table.
    pub(super) fn open(
        value: Value,
        declared: &'static Table,
        problems: &'p mut Vec<Problem>,
    ) -> Option<Self> {
        let span = value.span;
        match value.kind {
            tree::Kind::Table(entries) => Some(Self::of(entries, span, declared, problems)),
            other => {
                problems.push(wanted(span, "a table", &other, "write `{ key = value }`"));
                None
            }
        }
    }

    /// Starts on the entries of a table. Reports unknown and missing keys.
    pub(super) fn of(
        entries: tree::Table,
        span: Span,
        declared: &'static Table,
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        let mut fields = Self { entries, declared, span, problems, is_whole: true };
        let unknown: Vec<_> = fields
            .entries
            .iter()
            .map(|(key, _)| key)
            .filter(|key| declared.key(&key.value).is_none())
            .map(|key| fields.unknown_key(key))
            .collect();
        fields.problems.extend(unknown);
        for key in declared.all_keys() {
            let stands_in =
                matches!(key.absent, Absent::Unless(other, _) if tree::get(&fields.entries, other).is_some());
            let required = match key.absent {
                Absent::Refused(example) | Absent::Unless(_, example) if !stands_in => Some(example),
                _ => None,
            };
            if let Some(example) = required
                && tree::get(&fields.entries, key.name).is_none()
            {
                fields.is_whole = false;
                fields.problems.push(Problem::new(
                    &form::MISSING_KEY,
                    span,
                    format!("{} has no `{}`", declared.what, key.name),
                    format!("`{}` is missing here", key.name),
                    format!("add for example `{} = {example}`", key.name),
                ));
            }
        }
        fields
    }

    fn unknown_key(&self, key: &Spanned<String>) -> Problem {
        let known = self.declared.all_keys().map(|key| key.name);
        let problem = Problem::new(
            &form::UNKNOWN_KEY,
            key.span,
            format!("{} has no key `{}`", self.declared.what, key.value),
            "unknown key",
            did_you_mean(&key.value, known.clone()),
        );
        match nearest(&key.value, known.filter(|name| tree::get(&self.entries, name).is_none())) {
            Some(name) => problem.replace(key.span, name),
            None => problem,
        }
    }

    /// The keys that are written of those that the table shares with others.
    pub(super) fn shared_keys(&self) -> Vec<Spanned<String>> {
        let shared = self.declared.shares.map_or(&[] as &[Key], |shared| shared.keys);
        let keys = self.entries.iter().map(|(key, _)| key);
        keys.filter(|key| shared.iter().any(|known| known.name == key.value)).cloned().collect()
    }

    /// Where the table is.
    pub(super) const fn span(&self) -> Span {
        self.span
    }

    /// Where to report problems.
    pub(super) const fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }

    /// Everything that must be written is there and could be read.
    pub(super) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// A value that must be there, or what stands for it in a table that is refused anyway.
    pub(super) fn or<T>(&mut self, value: Option<T>, stand_in: T) -> T {
        self.is_whole &= value.is_some();
        value.unwrap_or(stand_in)
    }

    /// The value of a key and its declaration.
    fn take(&mut self, name: &str) -> Option<(&'static Key, Value)> {
        let key = self.declared.key(name);
        debug_assert!(key.is_some(), "{} declares no `{name}`", self.declared.what);
        Some((key?, tree::take(&mut self.entries, name)?.1))
    }

    /// The value of a key that is a table of its own.
    pub(super) fn inner(&mut self, name: &str) -> Option<(&'static Table, Value)> {
        match self.take(name)? {
            (Key { kind: Kind::Table(inner), .. }, value) => Some((inner, value)),
            _ => None,
        }
    }

    /// All keys that are tables of their own, with their names.
    pub(super) fn all_inner(&mut self) -> Vec<(Spanned<String>, &'static Table, Value)> {
        let entries = core::mem::take(&mut self.entries);
        let declared = self.declared;
        let table = |name: &str| match declared.key(name) {
            Some(Key { kind: Kind::Table(inner), .. }) => Some(*inner),
            _ => None,
        };
        let inner = entries.into_iter().filter_map(|(name, value)| {
            let table = table(&name.value)?;
            Some((name, table, value))
        });
        inner.collect()
    }

    /// A text, of whatever form is declared.
    pub(super) fn text(&mut self, name: &str) -> Option<Spanned<String>> {
        let (key, value) = self.take(name)?;
        self.as_text(value, &key.kind)
    }

    /// A number that fits its type.
    pub(super) fn number<T: TryFrom<u64>>(&mut self, name: &str) -> Option<Spanned<T>> {
        let (key, value) = self.take(name)?;
        self.as_number(value, &key.kind)
    }

    /// The numbers of a list.
    pub(super) fn numbers<T: TryFrom<u64>>(&mut self, name: &str) -> Vec<Spanned<T>> {
        let (kind, values) = self.list(name);
        values.into_iter().filter_map(|value| self.as_number(value, kind)).collect()
    }

    /// A yes or no.
    pub(super) fn flag(&mut self, name: &str) -> Option<Spanned<bool>> {
        let (_, value) = self.take(name)?;
        match value.kind {
            tree::Kind::Flag(flag) => Some(Spanned::with_span(flag, value.span)),
            other => {
                self.problems.push(wanted(
                    value.span,
                    "`true` or `false`",
                    &other,
                    "write it without quotes",
                ));
                None
            }
        }
    }

    /// Bytes, written with their unit.
    pub(super) fn size(&mut self, name: &str) -> Option<Spanned<u64>> {
        let (_, value) = self.take(name)?;
        let size = quantity::read_size(name, value, self.problems);
        self.is_whole &= size.is_some();
        size
    }

    /// Microseconds, written with their unit.
    pub(super) fn time(&mut self, name: &str) -> Option<Spanned<u32>> {
        let (_, value) = self.take(name)?;
        quantity::read_time(name, value, self.problems)
    }

    /// One of a few words, which the declaration knows too.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, words: &[(&'static str, T)]) -> Option<Spanned<T>> {
        let word = self.text(name)?;
        meaning(&word, words)
    }

    /// Some of a few words.
    pub(super) fn choices<T: Copy>(&mut self, name: &str, words: &[(&'static str, T)]) -> Vec<Spanned<T>> {
        let texts = self.texts(name).unwrap_or_default();
        texts.iter().filter_map(|word| meaning(word, words)).collect()
    }

    /// A range of numbers.
    pub(super) fn range(&mut self, name: &str) -> Option<Spanned<(u64, u64)>> {
        let (key, value) = self.take(name)?;
        self.as_range(value, &key.kind)
    }

    /// A list of ranges.
    pub(super) fn ranges(&mut self, name: &str) -> Vec<Spanned<(u64, u64)>> {
        let (kind, values) = self.list(name);
        values.into_iter().filter_map(|value| self.as_range(value, kind)).collect()
    }

    /// A list of texts; `None` if the key is not there. One text stands for a list of one where that is declared.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<Spanned<String>>> {
        tree::get(&self.entries, name)?;
        let (kind, values) = self.list(name);
        Some(values.into_iter().filter_map(|value| self.as_text(value, kind)).collect())
    }

    /// The values of a list and their kind; a missing list is empty.
    fn list(&mut self, name: &str) -> (&'static Kind, Vec<Value>) {
        const NOTHING: &Kind = &Kind::Text;
        let Some((key, value)) = self.take(name) else { return (NOTHING, Vec::new()) };
        match (&key.kind, value.kind) {
            (Kind::List(kind) | Kind::OneOrMore(kind), tree::Kind::List(values)) => (kind, values),
            (Kind::OneOrMore(kind), one) => (kind, vec![Value { span: value.span, kind: one }]),
            (Kind::List(kind), other) => {
                let help = match (kind, &other) {
                    (Kind::Table(_), tree::Kind::Table(_)) => format!("write `[[{name}]]` with two brackets"),
                    _ => "write `[a, b]`".into(),
                };
                self.problems.push(wanted(value.span, "a list", &other, &help));
                (NOTHING, Vec::new())
            }
            _ => (NOTHING, Vec::new()),
        }
    }

    /// The tables of a list.
    pub(super) fn tables(&mut self, name: &str) -> Vec<(&'static Table, Value)> {
        let (kind, values) = self.list(name);
        match kind {
            Kind::Table(table) | Kind::TextOr(table) => {
                values.into_iter().map(|value| (*table, value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The tables of a table whose keys are names of the author's choice.
    pub(super) fn named(&mut self, name: &str) -> Vec<(Spanned<String>, &'static Table, Value)> {
        let Some((Key { kind: Kind::Named(table), .. }, value)) = self.take(name) else { return Vec::new() };
        match value.kind {
            tree::Kind::Table(entries) => {
                entries.into_iter().map(|(key, value)| (key, *table, value)).collect()
            }
            other => {
                self.problems.push(wanted(value.span, "a table", &other, "write `{ name = { … } }`"));
                Vec::new()
            }
        }
    }

    fn as_text(&mut self, value: Value, kind: &Kind) -> Option<Spanned<String>> {
        let text = match value.kind {
            tree::Kind::Text(text) => Spanned::with_span(text, value.span),
            other => {
                self.problems.push(wanted(value.span, "a text in quotes", &other, "put it in quotes"));
                return None;
            }
        };
        let problem = super::text::problem(&text, kind);
        let is_good = problem.is_none();
        self.problems.extend(problem);
        is_good.then_some(text)
    }

    fn as_number<T: TryFrom<u64>>(&mut self, value: Value, kind: &Kind) -> Option<Spanned<T>> {
        let span = value.span;
        let number = match value.kind {
            tree::Kind::Number(number) => number,
            other => {
                let help = "write it without quotes, unit and fraction";
                self.problems.push(wanted(span, "a whole number", &other, help));
                return None;
            }
        };
        let (least, most) =
            if let Kind::Number(least, most) = kind { (*least, *most) } else { (0, u64::MAX) };
        let fitting = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
        let fitting = fitting.and_then(|number| T::try_from(number).ok());
        if fitting.is_none() {
            self.problems.push(Problem::new(
                &form::NUMBER_OUT_OF_RANGE,
                span,
                format!("{number} is out of range"),
                "no such number here",
                if most >= u64::from(u32::MAX) {
                    format!("write a number from {least} up")
                } else {
                    format!("write a number from {least} to {most}")
                },
            ));
        }
        fitting.map(|number| Spanned::with_span(number, span))
    }

    fn as_range(&mut self, value: Value, kind: &Kind) -> Option<Spanned<(u64, u64)>> {
        let most = if let Kind::Range(most) = kind { *most } else { u64::MAX };
        let text = self.as_text(value, &Kind::Text)?;
        let range = quantity::range(&text.value, most);
        if range.is_none() {
            self.problems.push(Problem::new(
                &form::NO_RANGE,
                text.span,
                format!("`{}` is no range", text.value),
                format!("expected first and last number, {most:#x} at the most"),
                "write for example \"0x2f8-0x2ff\" or \"0x80\"",
            ));
        }
        range.map(|range| Spanned::with_span(range, text.span))
    }
}

fn meaning<T: Copy>(word: &Spanned<String>, words: &[(&'static str, T)]) -> Option<Spanned<T>> {
    let known = words.iter().find(|(known, _)| *known == word.value);
    known.map(|(_, value)| Spanned::with_span(*value, word.span))
}

pub(crate) fn wanted(span: Span, expected: &str, found: &tree::Kind, help: &str) -> Problem {
    let title = format!("expected {expected}");
    Problem::new(&form::WRONG_TYPE, span, title, format!("this is a {}", found.name()), help)
}
