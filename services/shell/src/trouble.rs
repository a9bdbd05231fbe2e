//! Why there is no answer, in words.

use bulkhead_abi::syscall::Status;
use bulkhead_protocol::CallError;
use bulkhead_protocol::registry::{Refusal, VmKind, VmRequest, VmState};
use core::fmt::{self, Display, Formatter};

/// Somebody who was called did not answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoAnswer<'a> {
    /// Who.
    pub(crate) who: &'a str,
    /// How.
    pub(crate) error: CallError,
}

impl Display for NoAnswer<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let who = self.who;
        match self.error {
            CallError::PeerDied(_) => {
                write!(
                    f,
                    "{who} died while it worked on this, which may or may not have happened; look, then ask again"
                )
            }
            CallError::PeerDead => write!(f, "{who} is dead; see `tasks`"),
            CallError::DeadlinePassed => write!(f, "{who} did not answer in time"),
            CallError::Refused => write!(f, "{who} does not understand this request"),
            CallError::BadReply => write!(f, "the answer of {who} makes no sense"),
            CallError::Core(status) => write!(f, "{who} cannot be asked: {}", Refused(status)),
        }
    }
}

/// The core refused something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused(pub(crate) Status);

impl Display for Refused {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "the core says {:?}", self.0)
    }
}

/// The VM manager refused something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WhyNot(pub(crate) Refusal);

impl Display for WhyNot {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Refusal::UnknownVm => f.write_str("there is no such VM now"),
            Refusal::UnknownDefinition => f.write_str("there is no such definition"),
            Refusal::WrongState { state, request, from } => {
                write!(f, "it is {}; {} is for a VM that is ", state_name(state), request_name(request))?;
                let mut states =
                    VmState::ALL.into_iter().filter(|state| from.contains(*state)).map(state_name);
                f.write_str(states.next().unwrap_or("nowhere"))?;
                states.try_for_each(|state| write!(f, " or {state}"))
            }
            Refusal::WrongKind { kind, request } => {
                write!(f, "a {} VM takes no {}", kind_name(kind), request_name(request))
            }
            Refusal::NotAllowed { .. } => f.write_str("the shell may not do this"),
            Refusal::TooSevere { severity } => {
                write!(f, "its severity is {severity:?}: the shell may not touch it")
            }
            Refusal::InUse { by } => write!(f, "what it is made of is in use by VM number {by}"),
            Refusal::Exhausted => f.write_str("no number is left for another VM in this boot"),
            Refusal::NotStill { state } => {
                write!(f, "it is {}; this is for a VM that was created and does not run", state_name(state))
            }
            Refusal::Image(error) => write!(f, "its image was refused: {error:?}"),
            Refusal::Server(place) => write!(f, "its device server {place} did not answer"),
            Refusal::Core(status) => write!(f, "{}", Refused(Status::from_value(u64::from(status)))),
        }
    }
}

const fn request_name(request: VmRequest) -> &'static str {
    match request {
        VmRequest::Create => "create",
        VmRequest::Start => "start",
        VmRequest::Pause => "pause",
        VmRequest::Resume => "resume",
        VmRequest::Reset => "reset",
        VmRequest::Shutdown | VmRequest::AskShutdown => "shutdown",
        VmRequest::Destroy => "destroy",
    }
}

/// A state as a word.
pub(crate) const fn state_name(state: VmState) -> &'static str {
    match state {
        VmState::PoweredOff => "off",
        VmState::Created => "created",
        VmState::Started => "started",
        VmState::Paused => "paused",
    }
}

/// A kind as a word.
pub(crate) const fn kind_name(kind: VmKind) -> &'static str {
    match kind {
        VmKind::PreLaunched => "pre-launched",
        VmKind::Service => "service",
        VmKind::PostLaunched => "post-launched",
    }
}
