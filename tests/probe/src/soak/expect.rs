//! What a request must lead to: the registry's table, stated a second time.

use bulkhead_protocol::registry::{
    AfterReset, Client, Refusal, ResetKind, ShutdownMode, VmNumber, VmRequest, VmState,
};
use bulkhead_protocol::{CallError, Transport};

/// Where a VM is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// It was not made, or was destroyed.
    Nowhere,
    /// In its life.
    State(VmState),
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A VM from its definition.
    Make,
    /// Build it again.
    Create,
    /// Let it run.
    Start,
    /// Hold it.
    Pause,
    /// Let it go on.
    Resume,
    /// As new.
    Reset,
    /// As new, and run.
    ResetAndStart,
    /// As a PC whose reset button was pressed.
    WarmReset,
    /// Switch it off.
    Shutdown,
    /// Ask the guest, with a deadline.
    AskShutdown,
    /// Forget it.
    Destroy,
    /// Where is it?
    Query,
    /// Nothing: time passes.
    Pass,
}

impl Op {
    /// All, those twice that keep a VM going.
    pub const ALL: [Self; 17] = [
        Self::Make,
        Self::Create,
        Self::Start,
        Self::Start,
        Self::Pause,
        Self::Pause,
        Self::Resume,
        Self::Reset,
        Self::ResetAndStart,
        Self::WarmReset,
        Self::Shutdown,
        Self::AskShutdown,
        Self::Destroy,
        Self::Query,
        Self::Pass,
        Self::Pass,
        Self::Pass,
    ];

    const fn request(self) -> Option<VmRequest> {
        Some(match self {
            Self::Create => VmRequest::Create,
            Self::Start => VmRequest::Start,
            Self::Pause => VmRequest::Pause,
            Self::Resume => VmRequest::Resume,
            Self::Reset | Self::ResetAndStart | Self::WarmReset => VmRequest::Reset,
            Self::Shutdown => VmRequest::Shutdown,
            Self::AskShutdown => VmRequest::AskShutdown,
            Self::Destroy => VmRequest::Destroy,
            Self::Make | Self::Query | Self::Pass => return None,
        })
    }

    /// Asks for it; where the VM is then, and its number.
    pub(super) fn ask<T: Transport>(
        self,
        client: &mut Client<T>,
        definition: u8,
        vm: VmNumber,
        deadline_ms: u32,
    ) -> Result<Result<(At, VmNumber), Refusal>, CallError> {
        let state = |answer: Result<VmState, Refusal>| answer.map(|state| (At::State(state), vm));
        Ok(match self {
            Self::Make => client.make(definition)?.map(|vm| (At::State(VmState::Created), vm)),
            Self::Create => state(client.create(vm)?),
            Self::Start => state(client.start(vm)?),
            Self::Pause => state(client.pause(vm)?),
            Self::Resume => state(client.resume(vm)?),
            Self::Reset => state(client.reset(vm, ResetKind::Cold, AfterReset::Hold)?),
            Self::ResetAndStart => state(client.reset(vm, ResetKind::Cold, AfterReset::Start)?),
            Self::WarmReset => state(client.reset(vm, ResetKind::Warm, AfterReset::Start)?),
            Self::Shutdown => state(client.shutdown(vm, ShutdownMode::Forced)?),
            Self::AskShutdown => state(client.shutdown(vm, ShutdownMode::Asked { deadline_ms })?),
            Self::Destroy => client.destroy(vm)?.map(|()| (At::Nowhere, vm)),
            Self::Query => client.query(vm)?.map(|found| (At::State(found.state), vm)),
            Self::Pass => Ok((At::Nowhere, vm)),
        })
    }

    /// Is this how a request is refused that cannot be carried out from here?
    pub(super) fn is_refused_so(self, from: At, vm: VmNumber, refusal: &Refusal) -> bool {
        match (from, self.request(), refusal) {
            (At::Nowhere, _, Refusal::UnknownVm) => true,
            (At::State(_), None, Refusal::InUse { by }) => *by == vm,
            (At::State(at), Some(asked), Refusal::WrongState { state, request, from }) => {
                let all = VmState::ALL.into_iter();
                let says = |state| from.contains(state) == expect(At::State(state), self).is_some();
                *state == at && *request == asked && all.into_iter().all(says)
            }
            _ => false,
        }
    }
}

/// Where a request leads; `None` if it must be refused.
#[must_use]
pub const fn expect(from: At, op: Op) -> Option<At> {
    use VmState::{Created, Paused, PoweredOff, Started};
    let At::State(state) = from else {
        return match op {
            Op::Make => Some(At::State(Created)),
            Op::Pass => Some(At::Nowhere),
            _ => None,
        };
    };
    Some(At::State(match (op, state) {
        (Op::Create, PoweredOff) | (Op::Reset, Started | Paused) => Created,
        (Op::Start, Created) | (Op::Resume, Paused) => Started,
        (Op::ResetAndStart | Op::WarmReset, Started | Paused) => Started,
        (Op::Pause, Started) => Paused,
        (Op::Shutdown, Created | Started | Paused) => PoweredOff,
        (Op::AskShutdown, Started | Paused) | (Op::Query | Op::Pass, _) => state,
        (Op::Destroy, PoweredOff) => return Some(At::Nowhere),
        _ => return None,
    }))
}
