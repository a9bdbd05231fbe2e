//! The committed state as the core has it: what a device remembers, and what it has answered.
//!
//! Layout: the answers to the bus requests of each vCPU's last exit ([`Answers`]), fixed-width, then the device's state
//! as postcard encodes it.

use bulkhead_abi::limits::MAX_COMMITTED;
use bulkhead_protocol::bus;
use serde::Serialize;

/// vCPUs whose last exit is remembered. vCPUs that share a place overwrite each other's.
const PLACES: usize = 8;
/// Values that are remembered of an exit.
const VALUES: usize = bus::ACCESSES_OF_A_READING_EXIT;
/// Bytes of a place: sequence number of the last access, values.
const PLACE: usize = 8 + 8 * VALUES;
/// Bytes of all answers.
pub(crate) const ANSWERS: usize = PLACES * PLACE;

/// The answers to the bus requests of each vCPU's last exit. A request that comes again, because the instruction
/// emulator died after this device had committed, gets the same answer and has no second effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    places: [Place; PLACES],
    changed: bool,
}

/// The last exit of a vCPU that led here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    /// Sequence number of its last access.
    last: u64,
    /// What its first accesses read, by their number in the exit. Nobody asks here for one that went elsewhere.
    values: [u64; VALUES],
}

/// What is known of a bus request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is new.
    No,
    /// It has happened: this was the answer.
    Answer(u64),
    /// It has happened; its answer is forgotten.
    Forgotten,
}

impl Answers {
    /// Nobody has asked yet. Sequence numbers start above 0.
    pub const NONE: Self = Self { places: [Place { last: 0, values: [0; VALUES] }; PLACES], changed: true };

    /// What is known of the request with this number: vCPU in bits 63:56, exit in bits 55:8, access in bits 7:0.
    pub(crate) fn look_up(&self, sequence: u64) -> Known {
        let Some(place) = self.places.get(Self::place(sequence)) else { return Known::No };
        if place.last >> 56 != sequence >> 56 || place.last < sequence {
            return Known::No;
        }
        let same_exit = place.last >> 8 == sequence >> 8;
        let value = place.values.get(Self::access(sequence)).filter(|_| same_exit);
        value.map_or(Known::Forgotten, |value| Known::Answer(*value))
    }

    /// Remembers an answer.
    pub(crate) fn remember(&mut self, sequence: u64, answer: u64) {
        let Some(place) = self.places.get_mut(Self::place(sequence)) else { return };
        if place.last >> 8 != sequence >> 8 {
            place.values = [0; VALUES];
        }
        place.last = sequence;
        if let Some(value) = place.values.get_mut(Self::access(sequence)) {
            *value = answer;
        }
        self.changed = true;
    }

    fn place(sequence: u64) -> usize {
        usize::try_from(sequence >> 56).unwrap_or(0) % PLACES
    }

    fn access(sequence: u64) -> usize {
        usize::try_from(sequence & 0xff).unwrap_or(usize::MAX)
    }

    fn write(&self, into: &mut [u8]) {
        for (place, to) in self.places.iter().zip(into.chunks_exact_mut(PLACE)) {
            let words = core::iter::once(&place.last).chain(&place.values);
            for (word, to) in words.zip(to.chunks_exact_mut(8)) {
                to.copy_from_slice(&word.to_le_bytes());
            }
        }
    }

    fn read(from: &[u8]) -> Self {
        let mut answers = Self { changed: false, ..Self::NONE };
        for (place, bytes) in answers.places.iter_mut().zip(from.chunks_exact(PLACE)) {
            let words = core::iter::once(&mut place.last).chain(&mut place.values);
            for (word, bytes) in words.zip(bytes.chunks_exact(8)) {
                *word = bytes.try_into().map_or(0, u64::from_le_bytes);
            }
        }
        answers
    }
}

/// What the core has, to send only what changed.
#[derive(Debug)]
pub struct Committed<S> {
    /// The device's state in it, unless an earlier life has committed it. Most events leave it as it is, and it is
    /// compared much faster than encoded.
    state: Option<S>,
    /// Both in the core's layout. The current one is what the core has; in the other, the answers may be old.
    buffers: [[u8; MAX_COMMITTED]; 2],
    current: usize,
    /// Valid bytes of the current one.
    length: usize,
}

impl<S: Serialize + PartialEq> Committed<S> {
    /// Nothing was committed yet.
    #[must_use]
    pub const fn empty() -> Self {
        Self { state: None, buffers: [[0; MAX_COMMITTED]; 2], current: 0, length: 0 }
    }

    /// Has the core nothing yet?
    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What an earlier life left, and what is in it; `None` if it is too short or too long.
    pub(crate) fn load(bytes: &[u8]) -> Option<(Self, Answers, &[u8])> {
        let mut committed = Self::empty();
        let [first, _] = &mut committed.buffers;
        first.get_mut(..bytes.len())?.copy_from_slice(bytes);
        committed.length = bytes.len();
        let (answers, state) = bytes.split_at_checked(ANSWERS)?;
        Some((committed, Answers::read(answers), state))
    }

    /// The patch that leads to this state: where, what, and the whole length. `None` if nothing changed.
    pub fn advance(&mut self, answers: &mut Answers, state: S) -> Option<(u32, &[u8], u32)> {
        if !answers.changed && self.state.as_ref() == Some(&state) {
            return None;
        }
        let [first, second] = &mut self.buffers;
        let (old, new) = if self.current == 0 { (&*first, second) } else { (&*second, first) };
        let (head, tail) = new.split_at_mut_checked(ANSWERS)?;
        let length = bulkhead_protocol::encode(&state, tail)?;
        self.state = Some(state);
        let whole = self.length != 0 && self.length == length.saturating_add(ANSWERS);
        let changed = if core::mem::take(&mut answers.changed) || !whole {
            // Rare: a bus request, another length, or the first commit. Everything goes.
            answers.write(head);
            0..length.saturating_add(ANSWERS)
        } else {
            let range = difference(old.get(ANSWERS..self.length)?, tail.get(..length)?)?;
            range.start.saturating_add(ANSWERS)..range.end.saturating_add(ANSWERS)
        };
        self.current ^= 1;
        self.length = length.saturating_add(ANSWERS);
        let total = u32::try_from(self.length).ok()?;
        Some((u32::try_from(changed.start).ok()?, new.get(changed)?, total))
    }
}

/// Bytes that are compared at once.
const WORD: usize = 8;

/// The smallest run of whole words that holds every difference of two strings of the same length; `None` if they are
/// equal.
fn difference(old: &[u8], new: &[u8]) -> Option<core::ops::Range<usize>> {
    let differs = |(old, new): (&[u8], &[u8])| old != new;
    let mut pairs = old.chunks_exact(WORD).zip(new.chunks_exact(WORD));
    let words = old.len() / WORD;
    let rest = words.saturating_mul(WORD);
    let tail_differs = differs((old.get(rest..)?, new.get(rest..)?));
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
    let differ = |(old, new): (&[u8], &[u8])| word(old) != word(new);
    let first = pairs.clone().position(differ);
    let last = if tail_differs { None } else { pairs.rposition(differ) };
    match (first, last, tail_differs) {
        (None, _, false) => None,
        (first, last, _) => {
            let start = first.map_or(rest, |word| word.saturating_mul(WORD));
            let end = last.map_or(old.len(), |word| word.saturating_add(1).saturating_mul(WORD));
            Some(start..end)
        }
    }
}

#[cfg(test)]
mod tests;
