//! Problems for people.

use super::Problem;
use crate::source::{Source, Sources, Span};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

/// The problems as text: code, file, line, column, the line itself, the reason, what to do, and how it would look.
#[must_use]
pub fn render(problems: &[Problem], sources: &Sources, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut rendered = String::new();
    for problem in problems {
        rendered.push_str(&renderer.render(&report(problem, sources)));
        rendered.push_str("\n\n");
    }
    rendered
}

fn report<'a>(problem: &'a Problem, sources: &'a Sources) -> Vec<Group<'a>> {
    let title = Level::ERROR.primary_title(problem.title.as_str()).id(problem.rule.code);
    let mut group = match sources.file(problem.span) {
        Some(file) => title.element(snippet(problem, sources, file)),
        None => title.elements(None::<Snippet<'_, Annotation<'_>>>),
    };
    let is_elsewhere =
        |span: Span| sources.file(span).map(Source::base) != sources.file(problem.span).map(Source::base);
    for (span, label) in problem.related.iter().filter(|(span, _)| is_elsewhere(*span)) {
        if let Some(file) = sources.file(*span) {
            let annotation = AnnotationKind::Context.span(file.within(*span)).label(label.as_str());
            group = group.element(Snippet::source(&*file.text).path(&*file.path).annotation(annotation));
        }
    }
    let help = problem.help.as_str();
    let changed = problem.replacement.as_ref().and_then(|change| Some((sources.file(change.0)?, change)));
    match changed {
        None => vec![group.element(Level::HELP.message(help))],
        Some((file, (span, text))) => {
            let patch = Patch::new(file.within(*span), text.as_str());
            let change = Snippet::source(&*file.text).path(&*file.path).patch(patch);
            vec![group, Level::HELP.secondary_title(help).element(change)]
        }
    }
}

fn snippet<'a>(problem: &'a Problem, sources: &Sources, file: &'a Source) -> Snippet<'a, Annotation<'a>> {
    let primary = AnnotationKind::Primary.span(file.within(problem.span)).label(problem.label.as_str());
    let here = |span: Span| sources.file(span).is_some_and(|other| other.base() == file.base());
    let context = problem
        .related
        .iter()
        .filter(|(span, _)| here(*span))
        .map(|(span, label)| AnnotationKind::Context.span(file.within(*span)).label(label.as_str()));
    Snippet::source(&*file.text).path(&*file.path).annotation(primary).annotations(context)
}
