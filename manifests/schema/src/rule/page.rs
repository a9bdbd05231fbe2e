//! A rule's page in the book.

use super::Rule;
use std::fmt::Write as _;

/// The page: the rule, why it is there, a manifest that breaks it with what the checker says, and one that keeps it.
#[must_use]
pub fn page(rule: &Rule, bad: &str, said: &str, good: &str) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "# {}: {}\n\n{}\n\n{}\n\n## Refused\n\n```toml\n{}\n```\n\n```text\n{}\n```\n\n## Accepted\n\n```toml\n{}\n```\n",
        rule.code,
        rule.name,
        rule.says,
        rule.why,
        bad.trim_end(),
        said.trim_end(),
        good.trim_end(),
    );
    text
}
