//! The language of manifests, declared once: what the parser accepts, what the reference says and what the JSON schema
//! allows all come from these tables.

mod board;
mod campaign;
mod json_schema;
mod machine;
mod placement;
mod reference;
mod system;
mod task;
mod vm;

pub(crate) use board::BOARD;
pub(crate) use campaign::CAMPAIGN;
pub use json_schema::{board_schema, manifest_schema};
pub(crate) use machine::POOL;
pub(crate) use placement::PLACEMENT;
pub use reference::reference;
pub(crate) use system::MANIFEST;
pub(crate) use task::TASK;
pub(crate) use vm::VM;

/// A table of the language.
#[derive(Debug)]
pub(crate) struct Table {
    /// How messages name it: `a [[vm]]`.
    pub(crate) what: &'static str,
    /// How the reference names it.
    pub(crate) title: &'static str,
    /// What it is for.
    pub(crate) says: &'static str,
    /// Its own keys.
    pub(crate) keys: &'static [Key],
    /// Keys that it shares with others.
    pub(crate) shares: Option<&'static Self>,
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    /// As it is written.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) kind: Kind,
    /// What holds if it is not written.
    pub(crate) absent: Absent,
    /// What it means.
    pub(crate) says: &'static str,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number between these, both included.
    Number(u64, u64),
    /// Any text.
    Text,
    /// A text of some form.
    Form(&'static Form),
    /// Lower-case letters, digits and hyphens.
    Name,
    /// Bytes with their unit.
    Size,
    /// A time with its unit.
    Time,
    /// `0x2f8-0x2ff` or `0x80`; the largest number.
    Range(u64),
    /// One of these words.
    Words(fn() -> Vec<&'static str>),
    /// Any number of such values.
    List(&'static Self),
    /// One such value, or a list of them.
    OneOrMore(&'static Self),
    /// A text or a table.
    TextOr(&'static Table),
    /// A table.
    Table(&'static Table),
    /// A table whose keys are names and whose values are such tables.
    Named(&'static Table),
}

/// A form of texts.
#[derive(Debug)]
pub(crate) struct Form {
    /// As a regular expression.
    pub(crate) pattern: &'static str,
    /// As people say it.
    pub(crate) what: &'static str,
    /// Whether a text has it.
    pub(crate) fits: fn(&str) -> bool,
}

/// What holds if a key is not written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Absent {
    /// It must be written; an example.
    Refused(&'static str),
    /// It must be written unless this other key is; an example.
    Unless(&'static str, &'static str),
    /// What holds instead.
    Means(&'static str),
    /// The same, where it comes from a number of the program.
    Is(fn() -> String),
}

impl Table {
    /// All its keys, its own first.
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = &'static Key> + Clone + use<> {
        self.keys.iter().chain(self.shares.map_or(&[] as &[Key], |shared| shared.keys))
    }

    /// Must the key be written whatever else is? Its example.
    pub(crate) fn required(&self, key: &Key) -> Option<&'static str> {
        match key.absent {
            Absent::Refused(example) => Some(example),
            Absent::Unless(other, example) if self.key(other).is_none() => Some(example),
            _ => None,
        }
    }

    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.all_keys().find(|key| key.name == name)
    }
}

impl Key {
    const fn new(name: &'static str, kind: Kind, absent: Absent, says: &'static str) -> Self {
        Self { name, kind, absent, says }
    }
}

/// The words of a list of words and meanings.
pub(crate) fn words<T>(list: &[(&'static str, T)]) -> Vec<&'static str> {
    list.iter().map(|(word, _)| *word).collect()
}
