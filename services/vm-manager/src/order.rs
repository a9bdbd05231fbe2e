//! What is to be done with a VM, and why.

use bulkhead_protocol::registry::{AfterReset, ResetKind, StateReason, VmRequest};

/// A request with what its row needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What.
    pub request: VmRequest,
    /// Why.
    pub reason: StateReason,
    /// What a reset keeps.
    pub reset: ResetKind,
    /// What follows a reset.
    pub then: AfterReset,
}

impl Order {
    /// An order for this reason; a reset keeps nothing, and nothing follows it.
    #[must_use]
    pub const fn new(request: VmRequest, reason: StateReason) -> Self {
        Self { request, reason, reset: ResetKind::Cold, then: AfterReset::Hold }
    }

    /// A reset, and what follows it.
    #[must_use]
    pub const fn reset(kind: ResetKind, then: AfterReset, reason: StateReason) -> Self {
        Self { request: VmRequest::Reset, reason, reset: kind, then }
    }
}
