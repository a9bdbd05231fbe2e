//! Problems for tools. The form is part of the book (`docs/src/checking.md`) and only ever gains members.

use super::Problem;
use crate::json::Json;
use crate::source::{Sources, Span};

/// The problems as a JSON array.
#[must_use]
pub fn to_json(problems: &[Problem], sources: &Sources) -> Json {
    problems.iter().map(|problem| one(problem, sources)).collect()
}

fn one(problem: &Problem, sources: &Sources) -> Json {
    let at = |span: Span| ("at", place(span, sources));
    let related = problem.related.iter();
    let related = related.map(|(span, label)| Json::object([at(*span), ("label", label.as_str().into())]));
    let replacement = problem.replacement.as_ref();
    let replacement =
        replacement.map(|(span, text)| Json::object([at(*span), ("text", text.as_str().into())]));
    Json::object([
        ("code", problem.rule.code.into()),
        ("rule", problem.rule.name.into()),
        ("message", problem.title.as_str().into()),
        at(problem.span),
        ("label", problem.label.as_str().into()),
        ("help", problem.help.as_str().into()),
        ("related", related.collect()),
        ("replacement", replacement.unwrap_or(Json::Null)),
    ])
}

/// File, and both ends as byte in the file, line and column.
fn place(span: Span, sources: &Sources) -> Json {
    let Some(file) = sources.file(span) else { return Json::Null };
    let range = file.within(span);
    let end = |at: usize| {
        let (line, column) = file.position(at);
        Json::object([("byte", at.into()), ("line", line.into()), ("column", column.into())])
    };
    Json::object([("file", file.path.as_str().into()), ("start", end(range.start)), ("end", end(range.end))])
}
