//! What is to be done with a VM, and why.

use bulkhead_protocol::registry::{ResetKind, StateReason, VmRequest};

/// A request with what its row needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// What.
    pub request: VmRequest,
    /// Why.
    pub reason: StateReason,
    /// What a reset keeps.
    pub reset: ResetKind,
}

impl Order {
    /// An order for this reason; a reset keeps nothing.
    #[must_use]
    pub const fn new(request: VmRequest, reason: StateReason) -> Self {
        Self { request, reason, reset: ResetKind::Cold }
    }

    /// A reset.
    #[must_use]
    pub const fn reset(kind: ResetKind, reason: StateReason) -> Self {
        Self { request: VmRequest::Reset, reason, reset: kind }
    }
}
