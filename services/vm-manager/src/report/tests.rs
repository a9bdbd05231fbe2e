//! The lines, word by word.

use super::*;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::loader::LoadError;
use bulkhead_protocol::registry::States;
use bulkhead_protocol::registry::VmKind;
use std::format;

#[test]
fn a_move_says_from_where_to_where_and_why() {
    let (from, to) = (VmState::Started, VmState::PoweredOff);
    let line = Moved { name: "linux", from, to, reason: StateReason::GuestPowerOff };
    assert_eq!(format!("{line}"), "vm linux: Started -> PoweredOff (GuestPowerOff)");
}

#[test]
fn a_refusal_says_what_and_why() {
    let line = |request, refusal| format!("{}", Refused { name: "linux", request, refusal });
    let cases = [
        (VmRequest::Create, Refusal::Image(LoadError::WrongKind), "create refused: image refused: WrongKind"),
        (VmRequest::Reset, Refusal::Server(3), "reset refused: server 3 does not answer"),
        (
            VmRequest::Start,
            Refusal::WrongState {
                state: VmState::PoweredOff,
                request: VmRequest::Start,
                from: States::default(),
            },
            "start refused: it is PoweredOff",
        ),
        (
            VmRequest::Destroy,
            Refusal::WrongKind { kind: VmKind::Service, request: VmRequest::Destroy },
            "destroy refused: it is Service",
        ),
        (VmRequest::Pause, Refusal::Core(11), "pause refused: the core says WrongState"),
    ];
    for (request, refusal, text) in cases {
        assert_eq!(line(request, refusal), format!("vm linux: {text}"));
    }
}

#[test]
fn every_status_of_the_core_has_a_number_that_a_refusal_can_carry() {
    assert!((Status::Exhausted as u32) < 256);
}
