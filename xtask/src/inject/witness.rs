//! What the guests must have written: the witness its numbered stream and its rounds, the neighbour the same hash again
//! and again.

/// Characters of a line of the stream behind its number.
const TEXT: u32 = 48;

/// Follows the witness's records.
#[derive(Debug, Default)]
pub(super) struct Witness {
    next_line: u32,
    /// Rounds that are over.
    pub(super) rounds: u32,
    /// Bytes of the stream that came as they must.
    pub(super) bytes: u64,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// What must come next, or the end.
    AsExpected,
    /// A round is over.
    Round,
    /// Something is lost, doubled or wrong.
    Miss(String),
}

impl Witness {
    /// The guest begins anew: so do its numbers.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { bytes: self.bytes, ..Self::default() };
    }

    pub(super) fn hear(&mut self, record: &str) -> Said {
        let (mark, text) = record.split_at_checked(1).unwrap_or(("", record));
        match mark {
            "~" => self.line(text),
            "=" if text == "end" => Said::AsExpected,
            "=" => self.round(text),
            "!" => Said::Miss(miss(text)),
            _ => Said::Miss(format!("the stream holds {:?}", shortened(record))),
        }
    }

    fn line(&mut self, text: &str) -> Said {
        let number = text.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(number) = number else {
            return Said::Miss(format!("a line of the stream reads {:?}", shortened(text)));
        };
        let expected = std::mem::replace(&mut self.next_line, number.wrapping_add(1));
        if number != expected {
            return Said::Miss(format!("line {number} of the stream came instead of {expected}"));
        }
        if text != line(number) {
            return Said::Miss(format!("line {number} of the stream reads {:?}", shortened(text)));
        }
        // With its first character, its semicolon and its line end.
        self.bytes += text.len() as u64 + 4;
        Said::AsExpected
    }

    fn round(&mut self, text: &str) -> Said {
        let number = text.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.rounds += 1;
        match number {
            Some(number) if number == self.rounds => Said::Round,
            _ => {
                let miss = format!("the end of round {} reads {:?}", self.rounds, shortened(text));
                self.rounds = number.unwrap_or(self.rounds);
                Said::Miss(miss)
            }
        }
    }
}

/// Line of the stream with this number: `00000002 otydin…`. Character j of line n is 'a' + (7 n + 5 j) mod 26.
fn line(number: u32) -> String {
    let first = number.wrapping_mul(7);
    let letters = (0..TEXT).map(|place| {
        let letter = first.wrapping_add(5 * place) % 26;
        char::from(b'a' + u8::try_from(letter).unwrap_or(0))
    });
    format!("{number:08x} {}", letters.collect::<String>())
}

/// `ROUND DEVICE STEP EXPECTED FOUND` in words.
fn miss(text: &str) -> String {
    let words: Vec<_> = text.split(' ').collect();
    match words.as_slice() {
        [_, device, step, "00004e51", _] => format!("{device}, step {step}: a register has changed"),
        [_, device, step, expected, found] => {
            format!("{device}, step {step}: {found} instead of {expected}")
        }
        _ => shortened(text),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// Follows the neighbour's records: `#PASS HASH`.
#[derive(Debug, Default)]
pub(super) struct Neighbour {
    hash: Option<String>,
    /// Passes over its memory.
    pub(super) passes: u32,
}

impl Neighbour {
    /// What is wrong with a record.
    pub(super) fn hear(&mut self, record: &str) -> Option<String> {
        let parts = record.strip_prefix('#').and_then(|text| text.split_once(' '));
        let number = parts.and_then(|(number, _)| u32::from_str_radix(number, 16).ok());
        let (Some((_, hash)), Some(number)) = (parts, number) else {
            return Some(format!("the neighbour says {:?}", shortened(record)));
        };
        let expected = std::mem::replace(&mut self.passes, number.wrapping_add(1));
        let first = self.hash.get_or_insert_with(|| hash.to_owned());
        if number != expected {
            return Some(format!("pass {number} of the neighbour came instead of {expected}"));
        }
        (first != hash).then(|| format!("the neighbour's memory has changed: {hash} instead of {first}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Neighbour, Said, Witness};

    #[test]
    fn the_stream_is_followed_byte_by_byte() {
        let mut witness = Witness::default();
        let first = "~00000000 afkpuzejotydinsxchmrwbglqvafkpuzejotydinsxchmrwb";
        assert_eq!(witness.hear(first), Said::AsExpected);
        assert!(matches!(witness.hear(first), Said::Miss(_)));
        assert!(matches!(witness.hear("~00000001 hmrw"), Said::Miss(_)));
        let third = "~00000002 otydinsxchmrwbglqvafkpuzejotydinsxchmrwbglqvafkp";
        assert_eq!(witness.hear(third), Said::AsExpected);
        assert_eq!(witness.bytes, 2 * 61);
        assert!(matches!(witness.hear("rwb"), Said::Miss(_)));
    }

    #[test]
    fn rounds_come_in_order_and_misses_are_named() {
        let mut witness = Witness::default();
        assert_eq!(witness.hear("=00000001 00000000"), Said::Round);
        assert!(matches!(witness.hear("=00000003 00000000"), Said::Miss(_)));
        let miss = witness.hear("!00000004 vrtc 00000002 00000001 00000003");
        assert_eq!(miss, Said::Miss("vrtc, step 00000002: 00000003 instead of 00000001".into()));
    }

    #[test]
    fn a_neighbour_whose_hash_changes_is_found_out() {
        let mut neighbour = Neighbour::default();
        assert_eq!(neighbour.hear("#00000000 12345678"), None);
        assert_eq!(neighbour.hear("#00000001 12345678"), None);
        assert!(neighbour.hear("#00000002 12345679").is_some());
        assert!(neighbour.hear("#00000004 12345678").is_some());
    }
}
