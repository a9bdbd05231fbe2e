//! Every manifest in `refused/` is refused, at the line and for the reason that its first lines say.

mod library;

use bulkhead_schema::{load, render};
use library::TestLibrary;
use std::fs;
use std::path::PathBuf;

/// `# line 4: has no key` at the head of a file.
fn expectations(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .map_while(|line| line.strip_prefix("# line "))
        .map(|rest| {
            let (line, reason) = rest.split_once(": ").expect("`# line N: reason`");
            (line.parse().expect("a line number"), reason.to_owned())
        })
        .collect()
}

fn files() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/refused");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_broken_rule_is_reported_at_its_line() {
    let mut failures = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let expected = expectations(&text);
        assert!(!expected.is_empty(), "{name} does not say what is expected");
        let problems = load(&text, &TestLibrary).err().unwrap_or_default();
        for (line, reason) in &expected {
            let is_reported = problems
                .iter()
                .any(|problem| problem.position(&text).0 == *line && problem.title.contains(reason.as_str()));
            if !is_reported {
                failures.push(format!(
                    "{name}: expected line {line}: {reason}\n{}",
                    render(&problems, &name, &text, false)
                ));
            }
        }
        if problems.len() != expected.len() {
            failures.push(format!(
                "{name}: {} problems, expected {}\n{}",
                problems.len(),
                expected.len(),
                render(&problems, &name, &text, false)
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_refusal_says_what_to_do() {
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        for problem in load(&text, &TestLibrary).err().unwrap_or_default() {
            assert!(!problem.help.is_empty() && !problem.label.is_empty(), "{}: {problem:?}", path.display());
        }
    }
}

#[test]
fn a_refusal_shows_file_line_column_reason_and_advice() {
    let text = "[[vm]]\nname = \"a\"\nmemroy = \"2 MiB\"\n";
    let problems = load(text, &TestLibrary).unwrap_err();
    let rendered = render(&problems, "a.toml", text, false);
    for part in ["a.toml:3:1", "memroy = \"2 MiB\"", "unknown key", "did you mean `memory`?"] {
        assert!(rendered.contains(part), "{part} is not in\n{rendered}");
    }
}
