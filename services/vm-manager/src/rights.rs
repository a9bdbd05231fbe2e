//! Who may do what to which VM, as data.
//!
//! What is not in the table is refused, with the roles that may. Queries are open to all callers: whoever has a slot
//! to the registry was given it by the manifest. What guests end themselves, and the policies for that, are not
//! requests and need no right.

use bulkhead_protocol::registry::{Refusal, Role, Roles, Severity, VmKind, VmRequest};

/// What callers of one role may ask of VMs of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// Who.
    pub role: Role,
    /// Of whom.
    pub kind: VmKind,
    /// What. `Create` includes making a VM of this kind from a definition.
    pub requests: &'static [VmRequest],
}

/// The table. A service VM's own life is not in it: like every guest it ends itself by its devices.
pub const RIGHTS: &[Right] = &[
    Right { role: Role::Operator, kind: VmKind::PreLaunched, requests: &VmRequest::ALL },
    Right { role: Role::Operator, kind: VmKind::Service, requests: &VmRequest::ALL },
    Right { role: Role::Operator, kind: VmKind::PostLaunched, requests: &VmRequest::ALL },
    Right { role: Role::ServiceVm, kind: VmKind::PostLaunched, requests: &VmRequest::ALL },
];

/// The roles that may ask this of VMs of this kind.
#[must_use]
pub fn roles(kind: VmKind, request: VmRequest) -> Roles {
    let rights = RIGHTS.iter().filter(|right| right.kind == kind && right.requests.contains(&request));
    rights.fold(Roles::default(), |roles, right| roles.with(right.role))
}

/// May a caller of this role ask this of a VM? `own` is the severity of the service VM, for which
/// [`Role::ServiceVm`] speaks.
///
/// # Errors
/// Who may instead, or that the VM is above the caller.
pub fn check(
    caller: Role,
    own: Severity,
    kind: VmKind,
    severity: Severity,
    request: VmRequest,
) -> Result<(), Refusal> {
    let may = roles(kind, request);
    if !may.contains(caller) {
        return Err(Refusal::NotAllowed { caller, may });
    }
    if caller == Role::ServiceVm && severity > own {
        return Err(Refusal::TooSevere { severity });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
