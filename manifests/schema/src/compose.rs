//! From files to one tree: a manifest on top of those that it extends, and the board that it is for.

mod merge;
mod remove;

use crate::board::Board;
use crate::library::Library;
use crate::parse;
use crate::problem::Problem;
use crate::rule::composition::{ABSENT_FILE, EXTENDS_ITSELF};
use crate::source::{Sources, Span};
use crate::tree::{self, Kind, Table, Value};

/// Files in a row that extend each other.
const LONGEST_CHAIN: usize = 16;

/// What the files come to.
pub(crate) struct Composed {
    pub(crate) sources: Sources,
    pub(crate) entries: Table,
    pub(crate) board: Option<(Board, Span)>,
    pub(crate) problems: Vec<Problem>,
}

/// A file under way: its path from the first file's folder.
struct Composition<'l> {
    at_hand: &'l dyn Library,
    sources: Sources,
    problems: Vec<Problem>,
}

/// Reads the file of this text and all that it names.
pub(crate) fn compose(path: &str, text: &str, library: &dyn Library) -> Composed {
    let mut composition = Composition { at_hand: library, sources: Sources::default(), problems: Vec::new() };
    let mut chain = Vec::new();
    let mut entries = composition.read(path.into(), text.into(), String::new(), &mut chain);
    let board = tree::take(&mut entries, "board").and_then(|(_, value)| composition.read_board(&value));
    let Composition { sources, problems, .. } = composition;
    Composed { sources, entries, board, problems }
}

impl Composition<'_> {
    /// A file on top of what it extends. `chain` holds the names of the files that extend this one.
    fn read(&mut self, path: String, text: String, folder: String, chain: &mut Vec<String>) -> Table {
        let file = self.sources.add(path, text, folder);
        let mut own = self.parse(file);
        self.anchor(&mut own);
        let removals = tree::take(&mut own, "remove");
        let base = tree::take(&mut own, "extends").and_then(|(_, value)| self.read_base(&value, chain));
        let mut entries = base.unwrap_or_default();
        if let Some((_, removals)) = removals {
            remove::remove(&mut entries, removals, &mut self.problems);
        }
        merge::merge(&mut entries, own);
        entries
    }

    fn parse(&mut self, file: usize) -> Table {
        let source = self.sources.files().get(file);
        source.map_or_else(Table::new, |source| tree::read(source, &mut self.problems))
    }

    fn read_base(&mut self, value: &Value, chain: &mut Vec<String>) -> Option<Table> {
        let name = self.file_name(value, "extends")?;
        if chain.contains(&name) || chain.len() >= LONGEST_CHAIN {
            let cycle: Vec<_> = chain.iter().map(String::as_str).collect();
            self.problems.push(Problem::new(
                &EXTENDS_ITSELF,
                value.span,
                format!("`{name}` extends itself"),
                format!("by way of {}", cycle.join(", ")),
                "start from a manifest that extends nothing",
            ));
            return None;
        }
        let (path, text) = self.open(&name, value.span)?;
        // The first file has no name of its own in the chain: that it is reached again is seen one round later.
        chain.push(name.clone());
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let entries = self.read(path, text, folder, chain);
        chain.pop();
        Some(entries)
    }

    fn read_board(&mut self, value: &Value) -> Option<(Board, Span)> {
        let name = self.file_name(value, "board")?;
        let (path, text) = self.open(&name, value.span)?;
        let file = self.sources.add(path, text, String::new());
        let before = self.problems.len();
        let entries = self.parse(file);
        let start = self.sources.files().get(file).map_or(0, crate::source::Source::base);
        let mut board = parse::parse_board(entries, Span::new(start, start), &mut self.problems);
        board.is_whole = self.problems.len() == before;
        Some((board, value.span))
    }

    fn open(&mut self, name: &str, span: Span) -> Option<(String, String)> {
        self.at_hand
            .manifest(name)
            .map_err(|reason| {
                self.problems.push(Problem::new(
                    &ABSENT_FILE,
                    span,
                    format!("`{name}` cannot be read"),
                    reason,
                    "give a path from the folder of this file",
                ));
            })
            .ok()
    }

    /// The path of a file as the first file's folder sees it.
    fn file_name(&mut self, value: &Value, key: &str) -> Option<String> {
        let Kind::Text(name) = &value.kind else {
            let help = "write a path in quotes";
            self.problems.push(parse::wanted(
                value.span,
                &format!("`{key}` to be a path"),
                &value.kind,
                help,
            ));
            return None;
        };
        let folder = self.sources.file(value.span).map_or("", |source| source.folder.as_str());
        Some(from_folder(folder, name))
    }

    /// Images that another folder's file names by path count from that folder.
    fn anchor(&self, own: &mut Table) {
        let Some((_, Value { kind: Kind::List(vms), .. })) =
            own.iter_mut().find(|(key, _)| key.value == "vm")
        else {
            return;
        };
        let boots = vms.iter_mut().filter_map(|vm| match &mut vm.kind {
            Kind::Table(vm) => vm.iter_mut().find(|(key, _)| key.value == "boot"),
            _ => None,
        });
        for (_, boot) in boots {
            let Kind::Table(boot) = &mut boot.kind else { continue };
            for (key, value) in boot {
                let is_image = matches!(key.value.as_str(), "kernel" | "ramdisk");
                if let (true, Kind::Text(name)) = (is_image, &mut value.kind)
                    && !name.contains(':')
                {
                    let folder = self.sources.file(value.span).map_or("", |source| source.folder.as_str());
                    *name = from_folder(folder, name);
                }
            }
        }
    }
}

/// `name` from `folder`, without the steps that lead back.
fn from_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() || name.starts_with('/') {
        return name.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in name.split('/') {
        match (part, parts.last()) {
            (".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::from_folder;

    #[test]
    fn paths_count_from_the_folder_of_the_file_that_names_them() {
        assert_eq!(from_folder("", "a.toml"), "a.toml");
        assert_eq!(from_folder("base", "a.toml"), "base/a.toml");
        assert_eq!(from_folder("base", "../a.toml"), "a.toml");
        assert_eq!(from_folder("..", "../a.toml"), "../../a.toml");
        assert_eq!(from_folder("base", "/a.toml"), "/a.toml");
    }
}
