//! Texts that must be of some form: names, words, patterns.

use super::did_you_mean;
use crate::language::Kind;
use crate::parse::suggest::nearest;
use crate::problem::Problem;
use crate::rule::form;
use crate::source::Spanned;
use bulkhead_abi::limits::MAX_NAME;

/// Whether this can be the name of a system, a VM or a task.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < MAX_NAME
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What is wrong with a text of this kind.
pub(super) fn problem(text: &Spanned<String>, kind: &Kind) -> Option<Problem> {
    match kind {
        Kind::Name => (!is_name(&text.value)).then(|| bad_name(text)),
        Kind::Words(words) => unknown_word(text, &words()),
        Kind::Form(form) => (!(form.fits)(&text.value)).then(|| {
            Problem::new(
                &form::BAD_FORM,
                text.span,
                format!("`{}` has not the form that is needed here", text.value),
                format!("expected {}", form.what),
                "write lower-case hexadecimal digits in exactly this form",
            )
        }),
        _ => None,
    }
}

fn bad_name(text: &Spanned<String>) -> Problem {
    let problem = Problem::new(
        &form::BAD_NAME,
        text.span,
        format!("`{}` cannot be a name", text.value),
        "not a name",
        format!("use lower-case letters, digits and hyphens, {} at the most", MAX_NAME - 1),
    );
    let proper: String = text.value.to_lowercase().replace(['_', ' ', '.'], "-");
    if is_name(&proper) { problem.replace(text.span, format!("\"{proper}\"")) } else { problem }
}

fn unknown_word(text: &Spanned<String>, words: &[&'static str]) -> Option<Problem> {
    if words.contains(&text.value.as_str()) {
        return None;
    }
    let problem = Problem::new(
        &form::UNKNOWN_WORD,
        text.span,
        format!("`{}` is not known here", text.value),
        "unknown word",
        did_you_mean(&text.value, words.iter().copied()),
    );
    Some(match nearest(&text.value, words.iter().copied()) {
        Some(word) => problem.replace(text.span, format!("\"{word}\"")),
        None => problem,
    })
}
