//! The word that somebody may have meant.

/// Letters of a word that are looked at.
const LETTERS: usize = 24;
/// Letters that may be wrong.
const WRONG: usize = 2;

/// The nearest of these words, if it is near enough to be meant.
pub(crate) fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let most = WRONG.min(word.len().saturating_sub(1));
    let ranked = words.filter(|known| !word.is_empty() && known.len() <= LETTERS);
    let ranked = ranked.map(|known| {
        let wrong = if known.starts_with(word) { 0 } else { distance(word, known) };
        (wrong, known)
    });
    ranked.filter(|(wrong, _)| *wrong <= most).min_by_key(|(wrong, _)| *wrong).map(|(_, known)| known)
}

/// Letters to insert, to delete, to replace or to swap with their neighbour (optimal string alignment).
fn distance(word: &str, known: &str) -> usize {
    let (word, known) = (word.as_bytes(), known.as_bytes());
    if word.len() > LETTERS {
        return usize::MAX;
    }
    let mut two_ago = [0usize; LETTERS + 1];
    let mut last = [0usize; LETTERS + 1];
    (0..).zip(&mut last).for_each(|(index, cell)| *cell = index);
    for (row, letter) in word.iter().enumerate() {
        let mut next = [0usize; LETTERS + 1];
        let mut left = row.saturating_add(1);
        put(&mut next, 0, left);
        for (column, other) in known.iter().enumerate() {
            let at = column.saturating_add(1);
            let replaced = get(&last, column).saturating_add(usize::from(letter != other));
            let mut best = replaced.min(left.saturating_add(1)).min(get(&last, at).saturating_add(1));
            let before =
                |text: &[u8], index: usize| index.checked_sub(1).and_then(|at| text.get(at).copied());
            if before(word, row) == Some(*other) && before(known, column) == Some(*letter) {
                best = best.min(get(&two_ago, column.saturating_sub(1)).saturating_add(1));
            }
            put(&mut next, at, best);
            left = best;
        }
        two_ago = last;
        last = next;
    }
    get(&last, known.len())
}

fn get(row: &[usize], index: usize) -> usize {
    row.get(index).copied().unwrap_or(usize::MAX)
}

fn put(row: &mut [usize], index: usize, value: usize) {
    if let Some(cell) = row.get_mut(index) {
        *cell = value;
    }
}
