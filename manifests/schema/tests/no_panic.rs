//! No text makes the checker panic.

mod library;

use bulkhead_schema::{load_file, render, to_json};
use library::TestLibrary;
use proptest::prelude::*;

const GOOD: &str = include_str!("../../smp-linux.toml");

/// Loads and renders: either may trip over odd spans.
fn survives(text: &str) {
    let loaded = load_file("random.toml", text, &TestLibrary::default());
    if let Err(problems) = loaded.result {
        assert!(!problems.is_empty());
        let _ = render(&problems, &loaded.sources, false);
        let _ = to_json(&problems, &loaded.sources).to_string();
    }
}

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
        survives(&text);
    }

    #[test]
    fn any_row_of_words_of_the_language_is_parsed_or_refused(text in words()) {
        survives(&text);
    }

    #[test]
    fn a_good_manifest_with_one_change_is_parsed_or_refused(at in 0..GOOD.len(), cut in 0_usize..8, put in ".{0,4}") {
        let mut text = GOOD.to_owned();
        let end = (at + cut).min(text.len());
        text.replace_range(at..end, &put);
        survives(&text);
    }

    #[test]
    fn quantities_of_any_size_are_parsed_or_refused(number in any::<u64>(), unit in "[KMG]iB|B|us|ms|s") {
        survives(&GOOD.replace("192 MiB", &format!("{number} {unit}")).replace("150 ms", &format!("{number} {unit}")));
    }
}
