//! The book's pages about the language are what the language is.

mod blessed;
mod corpus;
mod library;

use bulkhead_schema::{CHAPTERS, board_schema, manifest_schema, reference, render, rule_page, rules};
use corpus::{Case, cases};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src")
}

fn assert_blessed(differences: impl IntoIterator<Item = Option<String>>) {
    let differences: Vec<_> = differences.into_iter().flatten().collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The manifest that shows a rule: the one that is named after it alone, or the first.
fn example<'c>(cases: &'c [Case], rule: &str) -> &'c Case {
    let mut of_rule = cases.iter().filter(|case| case.rule == rule);
    let plain = of_rule.clone().find(|case| case.path.file_stem().is_some_and(|stem| stem == rule));
    plain.or_else(|| of_rule.next()).unwrap()
}

#[test]
fn the_reference_lists_the_keys_that_the_parser_knows() {
    assert_blessed([blessed::difference(&book().join("manifest-keys.md"), &reference())]);
}

#[test]
fn the_schemas_in_the_repository_are_those_of_the_parser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../editor");
    let line = |json: bulkhead_schema::Json| format!("{json}\n");
    assert_blessed([
        blessed::difference(&folder.join("manifest.schema.json"), &line(manifest_schema())),
        blessed::difference(&folder.join("board.schema.json"), &line(board_schema())),
    ]);
}

#[test]
fn every_rule_has_its_page() {
    let (refused, kept) = (cases("refused"), cases("kept"));
    assert_blessed(rules().into_iter().map(|rule| {
        let bad = example(&refused, rule.name);
        let problems = bad.loaded.result.as_ref().unwrap_err();
        let said = render(problems, &bad.loaded.sources, false);
        let good = example(&kept, rule.name);
        let page = rule_page(rule, &bad.text, &said, &good.text);
        blessed::difference(&book().join(format!("rules/{}.md", rule.code)), &page)
    }));
}

#[test]
fn the_list_of_rules_is_complete() {
    let mut text = String::from(
        "# Rules\n\nWhat `cargo xtask check` refuses a manifest for. A code never changes its meaning. Generated from the \
         checker.\n",
    );
    for (prefix, chapter) in CHAPTERS {
        let _ = write!(text, "\n## {chapter}\n\n| Code | Name | Rule |\n|---|---|---|\n");
        for rule in rules().into_iter().filter(|rule| rule.code.starts_with(prefix)) {
            let says = rule.says.replace("](../", "](");
            let _ = writeln!(text, "| [{0}](rules/{0}.md) | `{1}` | {says} |", rule.code, rule.name);
        }
    }
    assert_blessed([blessed::difference(&book().join("rules.md"), &text)]);
}

#[test]
fn every_page_of_a_rule_is_in_the_book_and_is_that_of_a_rule() {
    let summary = fs::read_to_string(book().join("SUMMARY.md")).unwrap();
    for rule in rules() {
        let entry = format!("  - [{0}: {1}](rules/{0}.md)", rule.code, rule.name);
        assert!(summary.lines().any(|line| line == entry), "SUMMARY.md has no line\n{entry}");
    }
    for entry in fs::read_dir(book().join("rules")).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(rules().iter().any(|rule| rule.code == code), "{} is no rule's page", path.display());
    }
}

#[test]
fn codes_and_names_are_unique_and_in_their_chapters() {
    let rules = rules();
    for pair in rules.windows(2) {
        assert!(pair[0].code < pair[1].code, "{} is used twice", pair[0].code);
    }
    for rule in &rules {
        assert!(CHAPTERS.iter().any(|(prefix, _)| rule.code.starts_with(prefix)), "{}", rule.code);
        assert_eq!(rules.iter().filter(|other| other.name == rule.name).count(), 1, "{}", rule.name);
    }
}
