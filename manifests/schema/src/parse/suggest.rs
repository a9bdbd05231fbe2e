//! The known word that somebody most likely meant.

/// The known word nearest to `word`, if one is near enough to be worth a suggestion.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (word.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A sentence that suggests the nearest known word, or lists all of them.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => {
            let known: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
            if known.is_empty() {
                "there is none to choose from".into()
            } else {
                format!("known: {}", known.join(", "))
            }
        }
    }
}

/// Levenshtein distance.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance, nearest};

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        assert_eq!(nearest("memroy", ["memory", "kernel"]), Some("memory"));
        assert_eq!(nearest("vcpu", ["vcpus", "cpu"]), Some("vcpus"));
    }

    #[test]
    fn a_word_from_elsewhere_lists_what_is_known() {
        assert_eq!(did_you_mean("zzzzzz", ["memory", "kernel"]), "known: `memory`, `kernel`");
    }

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
