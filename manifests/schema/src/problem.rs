//! What is wrong with a manifest, where, and what to do about it.

mod json;
mod text;

pub use json::to_json;
pub use text::render;

use crate::rule::Rule;
use crate::source::{Sources, Span};

/// One reason for refusing a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// Bytes that the problem is about.
    pub span: Span,
    /// What is wrong, in a sentence.
    pub title: String,
    /// What is wrong with these bytes, in a few words.
    pub label: String,
    /// What to do.
    pub help: String,
    /// Other places that have to do with it.
    pub related: Vec<(Span, String)>,
    /// The smallest change that would help, where it is known: these bytes give way to this text.
    pub replacement: Option<(Span, String)>,
}

impl Problem {
    pub(crate) fn new(
        rule: &'static Rule,
        span: Span,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            span,
            title: title.into(),
            label: label.into(),
            help: help.into(),
            related: Vec::new(),
            replacement: None,
        }
    }

    pub(crate) fn with_related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    pub(crate) fn replace(mut self, span: Span, text: impl Into<String>) -> Self {
        self.replacement = Some((span, text.into()));
        self
    }

    /// Line and column (both from 1, columns in characters) of the problem in its file.
    #[must_use]
    pub fn position(&self, sources: &Sources) -> (usize, usize) {
        sources.file(self.span).map_or((1, 1), |file| file.position(file.within(self.span).start))
    }
}
