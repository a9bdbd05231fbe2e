//! The whole table against a second statement of it.
#![expect(clippy::panic, reason = "a failed expectation in a test")]

use super::*;
use VmKind::{PostLaunched, PreLaunched, Service};
use VmState::{Created, Paused, PoweredOff, Started};
use std::string::String;

pub(crate) const STATES: [VmState; 4] = [PoweredOff, Created, Started, Paused];
pub(crate) const KINDS: [VmKind; 3] = [PreLaunched, Service, PostLaunched];
pub(crate) const REQUESTS: [VmRequest; 8] = [
    VmRequest::Create,
    VmRequest::Start,
    VmRequest::Pause,
    VmRequest::Resume,
    VmRequest::Reset,
    VmRequest::Shutdown,
    VmRequest::AskShutdown,
    VmRequest::Destroy,
];

/// One letter for each request of [`REQUESTS`] from each state of [`STATES`]: O, C, S, P the next state, G gone,
/// - refused.
const EXPECTED: [&str; 4] = ["C------G", "-S---O--", "--P-COS-", "---SCOP-"];

fn letter(state: VmState, request: VmRequest, kind: VmKind) -> char {
    match plan(state, request, kind) {
        Ok(row) => match row.next {
            Next::State(PoweredOff) => 'O',
            Next::State(Created) => 'C',
            Next::State(Started) => 'S',
            Next::State(Paused) => 'P',
            Next::Gone => 'G',
        },
        Err(_) => '-',
    }
}

#[test]
fn every_combination_leads_where_the_design_says() {
    for (state, expected) in STATES.into_iter().zip(EXPECTED) {
        let found: String =
            REQUESTS.into_iter().map(|request| letter(state, request, PostLaunched)).collect();
        assert_eq!(found, expected, "from {state:?}");
    }
}

#[test]
fn other_kinds_differ_in_destroy_only() {
    for kind in [PreLaunched, Service] {
        for (state, expected) in STATES.into_iter().zip(EXPECTED) {
            let found: String = REQUESTS.into_iter().map(|request| letter(state, request, kind)).collect();
            assert_eq!(found, expected.replace('G', "-"), "{kind:?} from {state:?}");
        }
    }
}

#[test]
fn a_refusal_says_from_where_and_why() {
    for state in STATES {
        for request in REQUESTS {
            for kind in KINDS {
                match plan(state, request, kind) {
                    Ok(row) => assert_eq!((row.from, row.request), (state, request)),
                    Err(Refusal::WrongKind { kind: named, request: asked }) => {
                        assert_eq!((named, asked), (kind, VmRequest::Destroy));
                        assert_ne!(kind, PostLaunched);
                    }
                    Err(Refusal::WrongState { state: named, request: asked, from }) => {
                        assert_eq!((named, asked), (state, request));
                        for other in STATES {
                            assert_eq!(from.contains(other), plan(other, request, kind).is_ok());
                        }
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    }
}

#[test]
fn no_combination_has_two_rows() {
    for (at, row) in TABLE.iter().enumerate() {
        for later in TABLE.iter().skip(at + 1) {
            assert_ne!((row.from, row.request), (later.from, later.request));
        }
    }
}

#[test]
fn a_vm_that_is_moved_away_from_started_is_stopped_first() {
    for row in TABLE.iter().filter(|row| row.from == Started && row.next != Next::State(Started)) {
        let first = row.prepare.iter().find(|effect| **effect != Effect::EndPostLaunched);
        assert_eq!(first, Some(&Effect::Stop), "{row:?}");
    }
}

#[test]
fn only_rows_to_started_let_the_vcpus_run_and_as_their_last_step() {
    for row in TABLE {
        let runs = row.commit.iter().position(|effect| *effect == Effect::Run);
        let starts = row.next == Next::State(Started) && row.from != Started;
        assert_eq!(runs, starts.then_some(row.commit.len().wrapping_sub(1)), "{row:?}");
        assert!(!row.prepare.contains(&Effect::Run), "{row:?}");
    }
}

#[test]
fn what_takes_a_vm_apart_never_leaves_it_half_built() {
    for row in TABLE {
        let takes_apart = row.commit.contains(&Effect::ResetCore);
        assert_eq!(row.on_failure == OnFailure::PowerOff, takes_apart, "{row:?}");
    }
}
