//! Every manifest in `refused/` is refused by the rule that it is named after, in the words of the snapshot beside it.

mod blessed;
mod corpus;
mod library;

use bulkhead_schema::{Problem, load_file, render, rules, to_json};
use corpus::{Case, cases};
use library::TestLibrary;

/// Names of manifests that break several rules.
const SEVERAL: &str = "several";

fn problems(case: &Case) -> &[Problem] {
    match &case.loaded.result {
        Err(problems) => problems,
        Ok(_) => panic!("{} is accepted", case.path.display()),
    }
}

#[test]
fn every_refusal_is_by_the_rule_that_the_manifest_is_named_after() {
    let mut failures = Vec::new();
    for case in cases("refused") {
        let broken: Vec<_> = match &case.loaded.result {
            Err(problems) => problems.iter().map(|problem| problem.rule.name).collect(),
            Ok(_) => Vec::new(),
        };
        let is_several = case.rule == SEVERAL && broken.len() > 1;
        if !is_several && (broken.is_empty() || broken.iter().any(|rule| *rule != case.rule)) {
            failures.push(format!("{}: {broken:?}", case.path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_refusal_says_the_same_as_ever() {
    let differences: Vec<_> = cases("refused")
        .iter()
        .filter_map(|case| {
            let said = render(problems(case), &case.loaded.sources, false);
            blessed::difference(&case.path.with_extension("txt"), &said)
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_refusal_says_what_to_do() {
    for case in cases("refused") {
        for problem in problems(&case) {
            assert!(
                !problem.help.is_empty() && !problem.label.is_empty(),
                "{}: {problem:?}",
                case.path.display()
            );
        }
    }
}

#[test]
fn every_rule_is_broken_by_some_manifest_and_kept_by_another() {
    let (refused, kept) = (cases("refused"), cases("kept"));
    for rule in rules() {
        assert!(refused.iter().any(|case| case.rule == rule.name), "nothing breaks {}", rule.name);
        assert!(kept.iter().any(|case| case.rule == rule.name), "nothing keeps {}", rule.name);
    }
    for case in refused.iter().chain(&kept) {
        let is_known = rules().iter().any(|rule| rule.name == case.rule) || case.rule == SEVERAL;
        assert!(is_known, "{} is named after no rule", case.path.display());
    }
    assert!(refused.len() >= 150, "only {} manifests are refused", refused.len());
}

#[test]
fn what_keeps_a_rule_is_accepted() {
    for case in cases("kept") {
        if let Err(problems) = &case.loaded.result {
            panic!("{}:\n{}", case.path.display(), render(problems, &case.loaded.sources, false));
        }
    }
}

/// The text with the bytes replaced as a problem suggests.
fn changed(case: &Case, problem: &Problem) -> Option<String> {
    let (span, text) = problem.replacement.as_ref()?;
    let file = case.loaded.sources.file(*span)?;
    let mut changed = file.text.clone();
    changed.replace_range(file.within(*span), text);
    // Only a change of the manifest itself can be tried.
    (file.text == case.text).then_some(changed)
}

#[test]
fn a_suggested_change_ends_the_problem() {
    let mut tried = 0;
    for case in cases("refused") {
        for problem in problems(&case) {
            let Some(text) = changed(&case, problem) else { continue };
            let again = load_file("changed.toml", &text, &corpus::library(&case.path)).result;
            let left = again.err().unwrap_or_default();
            let is_gone = left.iter().all(|other| other.rule != problem.rule || other.title != problem.title);
            assert!(is_gone, "{}: {:?} does not help", case.path.display(), problem.replacement);
            tried += 1;
        }
    }
    assert!(tried >= 40, "only {tried} suggestions");
}

#[test]
fn tools_get_the_place_in_bytes_lines_and_columns() {
    let loaded = load_file("a.toml", "[[vm]]\nname = \"a\"\nmemroy = \"2 MiB\"\n", &TestLibrary::default());
    let problems = loaded.result.unwrap_err();
    let text = to_json(&problems, &loaded.sources).to_string();
    let place = "\"start\": {\n        \"byte\": 18,\n        \"line\": 3,\n        \"column\": 1\n      }";
    for part in ["\"code\": \"BH0103\"", "\"file\": \"a.toml\"", place, "\"text\": \"memory\""] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}
