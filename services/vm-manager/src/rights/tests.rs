//! Every cell of the table of rights, stated a second time.

use super::*;
use Role::{Observer, Operator, ServiceVm};
use VmKind::{PostLaunched, PreLaunched, Service};

const SEVERITIES: [Severity; 4] =
    [Severity::Standard, Severity::Service, Severity::RealTime, Severity::Safety];

/// May this role ask anything that changes a VM of this kind?
const EXPECTED: [(Role, [(VmKind, bool); 3]); 3] = [
    (Observer, [(PreLaunched, false), (Service, false), (PostLaunched, false)]),
    (Operator, [(PreLaunched, true), (Service, true), (PostLaunched, true)]),
    (ServiceVm, [(PreLaunched, false), (Service, false), (PostLaunched, true)]),
];

#[test]
fn every_cell_is_as_stated() {
    for (role, kinds) in EXPECTED {
        for (kind, is_allowed) in kinds {
            for request in VmRequest::ALL {
                let found = check(role, Severity::Safety, kind, Severity::Standard, request);
                assert_eq!(found.is_ok(), is_allowed, "{role:?} {kind:?} {request:?}");
            }
        }
    }
}

#[test]
fn a_refusal_names_those_who_may() {
    for kind in VmKind::ALL {
        for request in VmRequest::ALL {
            for caller in Role::ALL {
                let found = check(caller, Severity::Safety, kind, Severity::Standard, request);
                if let Err(Refusal::NotAllowed { caller: named, may }) = found {
                    assert_eq!(named, caller);
                    for role in Role::ALL {
                        let allowed = check(role, Severity::Safety, kind, Severity::Standard, request);
                        assert_eq!(may.contains(role), allowed.is_ok());
                    }
                }
            }
        }
    }
}

#[test]
fn the_service_vm_reaches_up_to_its_own_severity() {
    for own in SEVERITIES {
        for severity in SEVERITIES {
            let found = check(ServiceVm, own, PostLaunched, severity, VmRequest::Reset);
            let expected = if severity > own { Err(Refusal::TooSevere { severity }) } else { Ok(()) };
            assert_eq!(found, expected);
            assert_eq!(check(Operator, own, PostLaunched, severity, VmRequest::Reset), Ok(()));
        }
    }
}

#[test]
fn a_badge_of_nobody_has_the_fewest_rights() {
    for badge in 0..=u16::MAX {
        let known = Role::ALL.into_iter().find(|role| role.badge() == badge);
        assert_eq!(Role::of_badge(badge), known.unwrap_or(Observer));
    }
}
