//! The texts that a system comes from, and places in them.
//!
//! All files of a system share one row of numbers, as if they stood one behind the other: a [`Span`] says where
//! something is, and in which file, wherever composition has moved it.

use core::ops::Range;

/// Bytes of some file, counted over all files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
}

impl Span {
    /// From the first byte to behind the last.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// A value and where it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    #[must_use]
    pub const fn with_span(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// One file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path as a person would give it.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// The folder from which the first file names it; empty for the same folder.
    pub folder: String,
    base: usize,
}

/// All files of a system, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// A system of one file.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Self {
        let mut sources = Self::default();
        sources.add(path.into(), text.into(), String::new());
        sources
    }

    /// Adds a file; its number. Between two files is one number that belongs to neither.
    pub(crate) fn add(&mut self, path: String, text: String, folder: String) -> usize {
        let base = self.files.last().map_or(0, |last| last.base + last.text.len() + 1);
        self.files.push(Source { path, text, folder, base });
        self.files.len() - 1
    }

    /// All files.
    #[must_use]
    pub fn files(&self) -> &[Source] {
        &self.files
    }

    /// The file that holds this place; `None` if there is no file at all.
    #[must_use]
    pub fn file(&self, span: Span) -> Option<&Source> {
        let behind = self.files.partition_point(|file| file.base <= span.start);
        self.files.get(behind.saturating_sub(1))
    }

    /// What is at this place.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span).map_or("", |file| file.text.get(file.within(span)).unwrap_or(""))
    }

    /// One text that stands for all files: that of the only file, or all of them one behind the other.
    #[must_use]
    pub fn whole(&self) -> String {
        let texts: Vec<_> = self.files.iter().map(|file| file.text.as_str()).collect();
        texts.join("\n")
    }
}

impl Source {
    /// The number of its first byte.
    pub(crate) const fn base(&self) -> usize {
        self.base
    }

    /// The place as a range of this file's text, cut to the text and to whole characters.
    #[must_use]
    pub fn within(&self, span: Span) -> Range<usize> {
        let boundary = |at: usize| {
            let mut at = at.saturating_sub(self.base).min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(span.start);
        start..boundary(span.end).max(start)
    }

    /// Line and column (both from 1, columns in characters) of a byte of this file's text.
    #[must_use]
    pub fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}
