//! How often, and after what.

use super::*;
use bulkhead_abi::id::Generation;
use bulkhead_abi::syscall::Status;
use std::vec::Vec;

fn attempts(answers: &[Result<u8, CallError>]) -> (Result<u8, CallError>, Vec<u32>) {
    let mut pauses = Vec::new();
    let mut answers = answers.iter().copied();
    let result = with_retry(
        &mut pauses,
        |_| answers.next().unwrap_or(Err(CallError::PeerDead)),
        |pauses, pause| pauses.push(pause),
    );
    (result, pauses)
}

#[test]
fn a_server_that_comes_back_is_not_noticed() {
    let died = Err(CallError::PeerDied(Generation(1)));
    assert_eq!(attempts(&[died, Err(CallError::PeerDead), Ok(7)]), (Ok(7), [1_000, 2_000].to_vec()));
}

#[test]
fn a_server_that_stays_dead_is_given_up() {
    let (result, pauses) = attempts(&[]);
    assert_eq!(result, Err(CallError::PeerDead));
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000]);
}

#[test]
fn a_server_that_hangs_is_not_asked_for_ever() {
    let late = Err(CallError::DeadlinePassed);
    assert_eq!(attempts(&[late, Err(CallError::PeerDead), Ok(7)]), (Ok(7), [1_000, 2_000].to_vec()));
    assert_eq!(attempts(&[late, late, Ok(7)]), (Ok(7), [1_000, 2_000].to_vec()));
    assert_eq!(attempts(&[late, late, late, Ok(7)]), (late, [1_000, 2_000].to_vec()));
}

#[test]
fn other_failures_are_not_tried_again() {
    for error in [CallError::BadReply, CallError::Refused, CallError::Core(Status::BadSlot)] {
        assert_eq!(attempts(&[Err(error), Ok(1)]), (Err(error), Vec::new()));
    }
}
