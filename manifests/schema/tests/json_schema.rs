//! The JSON schema and the parser agree on the corpus, as far as a JSON schema can say: what it refuses, the parser refuses
//! too, and what the parser refuses for its form, it refuses.

mod corpus;
mod evaluate;
mod library;

use bulkhead_schema::{Json, board_schema, manifest_schema};
use corpus::cases;
use evaluate::{allows, from_toml};

/// Rules about the form that a schema cannot state, or of files that it does not see.
fn is_beyond_a_schema(rule: &str) -> bool {
    // Duplicate keys and syntax are no values; keys that exclude each other are not forbidden one by one.
    ["syntax", "duplicate-key", "conflicting-keys"].contains(&rule)
}

#[test]
fn what_the_parser_takes_the_schema_allows() {
    let schema = manifest_schema();
    for case in cases("kept").into_iter().filter(|case| !case.text.contains("extends =")) {
        assert!(allows(&schema, &from_toml(&case.text).unwrap()), "{}", case.path.display());
    }
}

#[test]
fn what_the_parser_refuses_for_its_form_the_schema_does_not_allow() {
    let schema = manifest_schema();
    let mut compared = 0;
    for case in cases("refused") {
        let own = case.loaded.result.as_ref().unwrap_err().iter();
        // Only problems of this file: bases and boards are other files.
        let own: Vec<_> = own
            .filter(|problem| {
                case.loaded.sources.file(problem.span).is_some_and(|file| file.text == case.text)
            })
            .collect();
        let of_form = own.iter().filter(|problem| problem.rule.code.starts_with("BH01"));
        let is_of_form = of_form.clone().any(|problem| !is_beyond_a_schema(problem.rule.name));
        let is_beyond = of_form.clone().any(|problem| is_beyond_a_schema(problem.rule.name));
        let is_composed = case.text.contains("extends =");
        let Some(value) = from_toml(&case.text) else { continue };
        if is_beyond || is_composed || evaluate::is_beyond_numbers(&case.text) {
            continue;
        }
        assert_eq!(!allows(&schema, &value), is_of_form, "{} ({}): {own:#?}", case.path.display(), case.rule);
        compared += 1;
    }
    assert!(compared >= 150, "only {compared} manifests could be compared");
}

#[test]
fn a_board_that_the_parser_takes_the_board_s_schema_allows() {
    let text = include_str!("kept/files/board.toml");
    let value = from_toml(text).unwrap();
    assert!(allows(&board_schema(), &value));
    let bad = from_toml(&text.replace("00:02.0", "0:2.0")).unwrap();
    assert!(!allows(&board_schema(), &bad));
    assert!(matches!(value, Json::Object(_)));
}
