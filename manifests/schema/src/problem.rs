//! What is wrong with a manifest, where, and what to do about it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use toml_span::Span;

/// One reason for refusing a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the manifest that the problem is about.
    pub span: Span,
    /// What is wrong, in a sentence.
    pub title: String,
    /// What is wrong with these bytes, in a few words.
    pub label: String,
    /// What to do.
    pub help: String,
    /// Another place that has to do with it.
    pub related: Option<(Span, String)>,
}

impl Problem {
    pub(crate) fn new(
        span: Span,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { span, title: title.into(), label: label.into(), help: help.into(), related: None }
    }

    pub(crate) fn with_related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }

    /// Line (from 1) and column (from 1, in characters) of the problem in the manifest's text.
    #[must_use]
    pub fn position(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// The problems as text for people: file, line, column, the line itself, the reason, and what to do.
#[must_use]
pub fn render(problems: &[Problem], path: &str, text: &str, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut rendered = String::new();
    for problem in problems {
        let mut snippet = Snippet::source(text).path(path).annotation(
            AnnotationKind::Primary.span(within(problem.span, text)).label(problem.label.as_str()),
        );
        if let Some((span, label)) = &problem.related {
            snippet =
                snippet.annotation(AnnotationKind::Context.span(within(*span, text)).label(label.as_str()));
        }
        let group = Level::ERROR.primary_title(problem.title.as_str()).element(snippet);
        let report = [group.element(Level::HELP.message(problem.help.as_str()))];
        rendered.push_str(&renderer.render(&report));
        rendered.push_str("\n\n");
    }
    rendered
}

/// The span cut to the text and to whole characters: the renderer insists on both.
fn within(span: Span, text: &str) -> core::ops::Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(span.start);
    start..boundary(span.end.max(start))
}
