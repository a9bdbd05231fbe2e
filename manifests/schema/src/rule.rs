//! What a manifest can be refused for. Each rule has a code that never changes and a page in the book.

pub(crate) mod composition;
pub(crate) mod form;
pub(crate) mod names;
mod page;

pub use page::page;

/// One reason for refusing manifests.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `BH` and four digits; the first two are the chapter.
    pub code: &'static str,
    /// Its name: what the manifest has that it must not have.
    pub name: &'static str,
    /// The rule in a sentence.
    pub says: &'static str,
    /// Why there is such a rule.
    pub why: &'static str,
}

/// Chapters: the first two digits of the codes and what their rules are about.
pub const CHAPTERS: [(&str, &str); 10] = [
    ("BH01", "Form"),
    ("BH02", "Files"),
    ("BH03", "Names"),
    ("BH04", "CPUs and time"),
    ("BH05", "Memory and images"),
    ("BH06", "Ports and interrupts"),
    ("BH07", "Calls"),
    ("BH08", "Faults"),
    ("BH09", "Limits"),
    ("BH10", "Faults on purpose"),
];

/// All rules in the order of their codes.
#[must_use]
pub fn rules() -> Vec<&'static Rule> {
    let mut rules: Vec<_> = [form::RULES, composition::RULES, names::RULES, crate::check::RULES]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    rules.sort_by_key(|rule| rule.code);
    rules
}
