//! No text makes the checker panic.

#[path = "../../fuzz/src/target.rs"]
mod target;

use proptest::prelude::*;

const GOOD: &str = include_str!("../../smp-linux.toml");

fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "[[vm]]",
        "[system]",
        "[[task]]",
        "[service.console]",
        "name",
        "memory",
        "boot",
        "cpu",
        "vcpus",
        "calls",
        "=",
        "\"a\"",
        "\"2 MiB\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ".",
        "0",
        "-1",
        "99999999999999999999",
        "true",
        "1.5",
        "\n",
        "\"",
        "protocol",
        "\"linux\"",
        "kernel",
        "\u{1f980}",
        "\r\n",
        "priority",
        "server",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".*") {
        target::check(&text);
    }

    #[test]
    fn any_row_of_words_of_the_language_is_parsed_or_refused(text in words()) {
        target::check(&text);
    }

    #[test]
    fn a_good_manifest_with_one_change_is_parsed_or_refused(at in 0..GOOD.len(), cut in 0_usize..8, put in ".{0,4}") {
        let mut text = GOOD.to_owned();
        let end = (at + cut).min(text.len());
        text.replace_range(at..end, &put);
        target::check(&text);
    }

    #[test]
    fn quantities_of_any_size_are_parsed_or_refused(number in any::<u64>(), unit in "[KMG]iB|B|us|ms|s") {
        target::check(&GOOD.replace("192 MiB", &format!("{number} {unit}")).replace("150 ms", &format!("{number} {unit}")));
    }
}

/// Every manifest of the corpus, whole and cut off at many places: what a fuzzer would start from.
#[test]
fn the_corpus_and_its_beginnings_are_parsed_or_refused() {
    let mut inputs = 0;
    for folder in ["refused", "kept"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else { continue };
            for at in (0..=text.len().min(400)).rev().step_by(23) {
                if let Some(beginning) = text.get(..at) {
                    target::check(beginning);
                    inputs += 1;
                }
            }
        }
    }
    assert!(inputs > 2_000, "only {inputs} inputs");
}
