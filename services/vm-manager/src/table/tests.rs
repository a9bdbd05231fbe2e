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

/// Where a request can leave a VM: where its row leads, and where a failure of either phase leaves it.
fn outcomes(row: &Row) -> std::vec::Vec<VmState> {
    let mut all = std::vec::Vec::from([row.from]);
    if let Next::State(next) = row.next {
        all.push(next);
    }
    // A VM that was stopped and cannot go on is paused.
    if row.from == Started && row.prepare.contains(&Effect::Stop) {
        all.push(Paused);
    }
    if row.on_failure == OnFailure::PowerOff {
        all.push(PoweredOff);
    }
    all
}

#[test]
fn every_state_is_reached_from_every_other_and_the_only_way_out_of_off_is_create() {
    for first in STATES {
        let mut reached = std::vec::Vec::from([first]);
        while let Some(new) =
            TABLE.iter().filter(|row| reached.contains(&row.from)).find_map(|row| match row.next {
                Next::State(next) if !reached.contains(&next) => Some(next),
                _ => None,
            })
        {
            reached.push(new);
        }
        assert!(STATES.iter().all(|state| reached.contains(state)), "from {first:?}: {reached:?}");
    }
    for row in TABLE.iter().filter(|row| row.from == PoweredOff) {
        assert!(matches!(row.request, VmRequest::Create | VmRequest::Destroy), "{row:?}");
    }
}

#[test]
fn whatever_fails_a_vm_is_where_it_was_or_paused_or_off_and_never_half_way() {
    for row in TABLE {
        for state in outcomes(row) {
            let is_next = row.next == Next::State(state);
            let is_rest = matches!(state, Paused | PoweredOff);
            assert!(is_next || state == row.from || is_rest, "{row:?}: {state:?}");
        }
        // Nothing that cannot be taken back comes before the vCPUs of a VM that ran have come to rest.
        let last_prepared = row.prepare.iter().position(|effect| *effect == Effect::Stop);
        assert_eq!(
            last_prepared.is_some(),
            matches!(row.request, VmRequest::Pause | VmRequest::Reset | VmRequest::Shutdown)
        );
    }
}

#[test]
fn a_request_ends_in_a_bounded_number_of_steps() {
    // Each effect is bounded by itself: a call to the core, or one to each of a VM's servers, each with its deadline.
    for row in TABLE {
        assert!(row.prepare.len() + row.commit.len() + UNDO.len() <= 10, "{row:?}");
    }
    // The only effect that leads to other moves is for VMs of another kind, of which none leads further.
    let nested = TABLE.iter().filter(|row| row.prepare.contains(&Effect::EndPostLaunched));
    assert!(nested.clone().all(|row| matches!(row.request, VmRequest::Reset | VmRequest::Shutdown)));
}
