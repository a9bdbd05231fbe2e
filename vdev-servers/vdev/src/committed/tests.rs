#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

extern crate std;

use super::*;
use bulkhead_protocol::Bytes;
use proptest::prelude::*;
use std::vec::Vec;

/// Applies patches as the core does.
fn apply(core: &mut Vec<u8>, patch: Option<(u32, &[u8], u32)>) {
    if let Some((offset, bytes, total)) = patch {
        core.resize(total as usize, 0);
        core[offset as usize..offset as usize + bytes.len()].copy_from_slice(bytes);
    }
}

proptest! {
    #[test]
    fn the_core_has_what_was_committed(
        steps in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..40), proptest::option::of((1u64..1 << 58, any::<u64>()))),
            1..20,
        ),
    ) {
        let mut core = Vec::new();
        let mut committed = Committed::empty();
        let mut answers = Answers::NONE;
        for (state, answer) in steps {
            if let Some((sequence, value)) = answer {
                answers.remember(sequence, value);
            }
            apply(&mut core, committed.advance(&mut answers, Bytes::<64>::from_prefix(&state)));
            let (_, restored, bytes) = Committed::<Bytes<64>>::load(&core).unwrap();
            prop_assert_eq!(restored.places, answers.places);
            prop_assert_eq!(&*bulkhead_protocol::decode::<Bytes<64>>(bytes).unwrap(), &state[..]);
        }
    }
}

#[test]
fn nothing_is_sent_when_nothing_changed() {
    let mut committed = Committed::empty();
    let mut answers = Answers::NONE;
    assert!(committed.advance(&mut answers, 7u32).is_some());
    assert_eq!(committed.advance(&mut answers, 7u32), None);
    answers.remember(1, 2);
    assert!(committed.advance(&mut answers, 7u32).is_some(), "an answer is a change");
    assert_eq!(committed.advance(&mut answers, 7u32), None);
}

#[test]
fn a_request_that_comes_again_is_known() {
    let mut answers = Answers::NONE;
    assert_eq!(answers.look_up(0x101), Known::No);
    answers.remember(0x101, 8);
    answers.remember(0x102, 9);
    assert_eq!(answers.look_up(0x101), Known::Answer(8));
    assert_eq!(answers.look_up(0x102), Known::Answer(9));
    assert_eq!(answers.look_up(0x103), Known::No);
    assert_eq!(answers.look_up(1 << 56 | 0x101), Known::No, "another vCPU counts for itself");
    answers.remember(0x17f, 3);
    assert_eq!(answers.look_up(0x17e), Known::Forgotten, "one of many writes");
    answers.remember(0x200, 4);
    assert_eq!(answers.look_up(0x102), Known::Forgotten, "an exit that has ended");
    assert_eq!(answers.look_up(0x201), Known::No);
}

proptest! {
    #[test]
    fn the_difference_covers_every_change(
        old in proptest::collection::vec(any::<u8>(), 0..40),
        changes in proptest::collection::vec((0usize..40, any::<u8>()), 0..4),
    ) {
        let mut new = old.clone();
        for (at, value) in changes {
            if let Some(byte) = new.get_mut(at) {
                *byte = value;
            }
        }
        match difference(&old, &new) {
            None => prop_assert_eq!(old, new),
            Some(range) => {
                prop_assert_eq!(&old[..range.start], &new[..range.start]);
                prop_assert_eq!(&old[range.end..], &new[range.end..]);
                prop_assert_ne!(&old[range.clone()], &new[range]);
            }
        }
    }
}
