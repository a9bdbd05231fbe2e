//! The recovery protocol, searched through: every order in which a request, its handling, the call to a peer, commit,
//! reply, deaths, restarts and deadlines can come. And that each rule is needed: without it the search finds what goes
//! wrong.

mod explore;
mod model;
mod rules;

use explore::{Found, explore};
use rules::{Rules, SOUND};

const TASK: Rules = Rules { vcpu: false, ..SOUND };

fn assert_holds(rules: &Rules) {
    match explore(rules) {
        Found::Nothing(states) => {
            println!("{states} states");
            assert!(states > 500, "only {states} states: the model does too little");
        }
        Found::Violation(problem, way) => panic!("{problem}: {way:?}"),
    }
}

fn assert_breaks(rules: &Rules, expected: &[&str]) {
    match explore(rules) {
        Found::Nothing(states) => panic!("nothing found in {states} states, but expected: {expected:?}"),
        Found::Violation(problem, way) => {
            println!("{problem}: {way:?}");
            assert!(expected.contains(&problem), "{problem}, but expected: {expected:?}");
        }
    }
}

const LOST: &str = "the peer has not what took effect";
const TWICE: &str = "a request took effect twice";
const FOR_EVER: &str = "somebody waits for ever";

#[test]
fn an_exit_takes_effect_exactly_once_whatever_dies_when() {
    assert_holds(&SOUND);
}

#[test]
fn a_call_that_is_repeated_takes_effect_exactly_once() {
    assert_holds(&TASK);
}

#[test]
fn a_call_that_is_given_up_has_not_happened() {
    assert_holds(&Rules { gives_up: true, ..TASK });
}

#[test]
fn without_redelivery_a_guest_waits_for_ever() {
    assert_breaks(&Rules { redelivers: false, ..SOUND }, &[FOR_EVER]);
}

#[test]
fn a_commit_apart_from_its_reply_needs_a_memory_of_requests() {
    assert_breaks(&Rules { atomic: false, remembers: false, ..SOUND }, &[TWICE]);
    assert_holds(&Rules { atomic: false, ..SOUND });
}

#[test]
fn without_positions_the_peer_takes_a_byte_twice() {
    assert_breaks(&Rules { has_positions: false, ..SOUND }, &[LOST]);
}

#[test]
fn without_a_look_at_the_life_a_stale_reply_is_accepted() {
    assert_breaks(&Rules { checks_life: false, ..SOUND }, &["a stale reply was accepted"]);
}

#[test]
fn without_a_deadline_for_events_that_have_no_client_a_hang_lasts_for_ever() {
    assert_breaks(&Rules { times_all_events: false, ..SOUND }, &[FOR_EVER]);
}

#[test]
fn a_server_that_is_not_reset_after_an_error_loses_the_next_byte() {
    assert_breaks(&Rules { gives_up: true, resets_after_errors: false, ..TASK }, &[LOST]);
}

#[test]
fn to_send_from_a_position_that_is_not_committed_sends_twice() {
    assert_breaks(&Rules { gives_up: true, commits_positions: false, ..TASK }, &[LOST]);
}

#[test]
fn a_server_that_does_not_expect_its_past_sends_twice() {
    assert_breaks(&Rules { trusts_repeats: false, ..SOUND }, &[LOST]);
}
