//! What is fuzzed: a text is checked, and what is wrong with it is said in both forms. The tests of `bulkhead-schema` run
//! the same function on every manifest of the corpus and on random changes of them.

use bulkhead_schema::{Availability, Library, load_file, render, to_json};

/// Images of a few kinds under short names; a base and a board under others.
struct Parts;

impl Library for Parts {
    fn manifest(&self, name: &str) -> Result<(String, String), String> {
        let text = match name {
            "base" => include_str!("../../schema/tests/refused/files/base.toml"),
            "board" => include_str!("../../schema/tests/kept/files/board.toml"),
            // A file that extends itself, whatever it is called.
            "self" => "extends = \"self\"\n",
            _ => return Err("no such file".into()),
        };
        Ok((name.to_owned(), text.to_owned()))
    }

    fn image(&self, name: &str) -> Availability {
        match name {
            "text" => Availability::Here(vec![b'x'; 100]),
            "absent" => Availability::Absent { reason: "not there".into(), help: "name another".into() },
            _ => Availability::Later,
        }
    }

    fn programs(&self) -> Option<Vec<String>> {
        Some(vec!["probe".into()])
    }
}

/// Checks a text.
///
/// # Panics
/// It is refused without a reason, or the reasons cannot be said.
pub(crate) fn check(text: &str) {
    let loaded = load_file("manifest.toml", text, &Parts);
    if let Err(problems) = loaded.result {
        // One problem of some texts is said: which one, differs from text to text. Saying all would take ten times as long.
        let chosen = problems.get(text.len() % problems.len().max(1)).expect("a refusal has a reason");
        let chosen = core::slice::from_ref(chosen);
        if text.bytes().fold(0_u8, u8::wrapping_add).is_multiple_of(8) {
            assert!(render(chosen, &loaded.sources, false).contains(chosen[0].rule.code));
            assert!(to_json(chosen, &loaded.sources).to_string().contains(chosen[0].rule.code));
        }
    }
}
