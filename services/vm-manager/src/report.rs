//! The lines that the manager logs. People and tests read them, so their form is stable.

use bulkhead_protocol::config::{FailurePolicy, ServerKind};
use bulkhead_protocol::registry::{Refusal, StateReason, VmRequest, VmState};
use bulkhead_protocol::supervisor::Cause;
use core::fmt::{Display, Formatter, Result};

/// `vm linux: PoweredOff -> Created (Requested)`
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// The VM's name.
    pub name: &'a str,
    /// Where it was.
    pub from: VmState,
    /// Where it is.
    pub to: VmState,
    /// Why.
    pub reason: StateReason,
}

impl Display for Moved<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "vm {}: {:?} -> {:?} ({:?})", self.name, self.from, self.to, self.reason)
    }
}

/// `vm linux: Vuart is lost (LimitReached): reset-device`
#[derive(Debug, Clone, Copy)]
pub struct Lost<'a> {
    /// The VM's name.
    pub name: &'a str,
    /// Which server.
    pub server: ServerKind,
    /// Why.
    pub cause: Cause,
    /// What is done about it.
    pub remedy: FailurePolicy,
}

impl Display for Lost<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let remedy = match self.remedy {
            FailurePolicy::ResetDevice => "reset-device",
            FailurePolicy::PauseVm => "pause-vm",
            FailurePolicy::ResetVm => "reset-vm",
            _ => "power-off-vm",
        };
        write!(f, "vm {}: {:?} is lost ({:?}): {remedy}", self.name, self.server, self.cause)
    }
}

/// `vm linux: create refused: image refused: WrongKind`
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// The VM's name.
    pub name: &'a str,
    /// What was asked.
    pub request: VmRequest,
    /// Why not.
    pub refusal: Refusal,
}

impl Display for Refused<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "vm {}: {} refused: ", self.name, request_word(self.request))?;
        match self.refusal {
            Refusal::UnknownVm => write!(f, "there is no such VM"),
            Refusal::UnknownDefinition => write!(f, "there is no such definition"),
            Refusal::TooSevere { severity } => write!(f, "its severity is {severity:?}"),
            Refusal::InUse { by } => write!(f, "VM {by} is made of it"),
            Refusal::Exhausted => write!(f, "there are no more numbers"),
            Refusal::WrongState { state, .. } => write!(f, "it is {state:?}"),
            Refusal::WrongKind { kind, .. } => write!(f, "it is {kind:?}"),
            Refusal::NotAllowed { caller, .. } => write!(f, "{caller:?} may not do this"),
            Refusal::NotStill { state } => write!(f, "it is {state:?}"),
            Refusal::Image(error) => write!(f, "image refused: {error:?}"),
            Refusal::Server(place) => write!(f, "server {place} does not answer"),
            Refusal::Core(status) => {
                write!(f, "the core says {:?}", bulkhead_abi::syscall::Status::from_value(u64::from(status)))
            }
        }
    }
}

const fn request_word(request: VmRequest) -> &'static str {
    match request {
        VmRequest::Create => "create",
        VmRequest::Start => "start",
        VmRequest::Pause => "pause",
        VmRequest::Resume => "resume",
        VmRequest::Reset => "reset",
        VmRequest::Shutdown => "shutdown",
        VmRequest::AskShutdown => "ask-shutdown",
        VmRequest::Destroy => "destroy",
    }
}

#[cfg(test)]
mod tests;
