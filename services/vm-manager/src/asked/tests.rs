//! Guests that are asked, in time and not.

use super::*;
use crate::fake::{Fake, HZ, no_host, plan, power_slot, system, vm_slot};
use bulkhead_abi::id::VmId;
use bulkhead_protocol::config::{EndPolicy, VmManager};
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched};
use std::string::String;

const LINUX: VmNumber = VmNumber(0);
const OTHER: VmNumber = VmNumber(1);
const POWER: u64 = 2;
const SECOND: u64 = 1_000_000_000;

fn started(config: &VmManager) -> (Registry<'_>, Fake) {
    let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    fake.log.clear();
    (registry, fake)
}

fn state(registry: &Registry<'_>, vm: VmNumber) -> Option<(VmState, StateReason)> {
    registry.record(vm).map(|record| (record.state, record.reason))
}

#[test]
fn a_guest_that_does_not_answer_is_switched_off_when_its_time_is_over() {
    let config = system(&[plan(0, "linux", PreLaunched), plan(1, "other", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    fake.now = 5 * SECOND;
    assert_eq!(registry.ask_shutdown(&mut fake, LINUX, 3000), Ok(VmState::Started));
    assert_eq!((fake.pressed, registry.deadline()), (1, Some(8 * SECOND)));
    fake.now = 8 * SECOND - 1;
    registry.time_passed(&mut fake);
    assert_eq!(state(&registry, LINUX).map(|state| state.0), Some(VmState::Started));
    fake.now = 8 * SECOND;
    registry.time_passed(&mut fake);
    assert_eq!(state(&registry, LINUX), Some((VmState::PoweredOff, StateReason::DeadlinePassed)));
    assert_eq!(state(&registry, OTHER).map(|state| state.0), Some(VmState::Started));
    assert_eq!(registry.deadline(), None);
}

#[test]
fn a_guest_that_ends_itself_in_time_is_off_whatever_its_policy() {
    let mut linux = plan(0, "linux", PreLaunched);
    linux.on_power_off = EndPolicy::Restart;
    let config = system(&[linux, plan(1, "other", PreLaunched)]);
    for request in [PowerRequest::PowerOff, PowerRequest::WarmReset] {
        let (mut registry, mut fake) = started(&config);
        assert_eq!(registry.ask_shutdown(&mut fake, LINUX, 3000), Ok(VmState::Started));
        fake.power.insert(power_slot(VmId(0)).0, request);
        registry.notified(&mut fake, POWER);
        assert_eq!(state(&registry, LINUX).map(|state| state.0), Some(VmState::PoweredOff));
        assert_eq!(registry.deadline(), None);
    }
}

#[test]
fn without_a_deadline_a_guest_has_all_the_time_that_it_wants() {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    assert_eq!(registry.ask_shutdown(&mut fake, LINUX, 0), Ok(VmState::Started));
    assert_eq!(registry.deadline(), None);
    fake.now = u64::MAX - 1;
    registry.time_passed(&mut fake);
    assert_eq!(state(&registry, LINUX).map(|state| state.0), Some(VmState::Started));
}

/// Who was asked for good has no more time than the others when the platform goes off.
#[test]
fn nobody_keeps_the_platform_on_by_having_been_asked_before() {
    let config = system(&[plan(0, "linux", PreLaunched), plan(1, "guest", PostLaunched)]);
    let (mut registry, mut fake) = started(&config);
    assert_eq!(registry.make(&mut fake, 1), Ok(VmNumber(2)));
    let order = |request| Order::new(request, StateReason::Requested);
    assert!(registry.request(&mut fake, VmNumber(2), order(VmRequest::Start)).is_ok());
    assert!(registry.ask_shutdown(&mut fake, VmNumber(2), 0).is_ok());
    fake.now = SECOND;
    assert!(registry.request(&mut fake, LINUX, order(VmRequest::Shutdown)).is_ok());
    assert_eq!(registry.deadline(), Some(11 * SECOND));
    fake.now = 11 * SECOND;
    registry.time_passed(&mut fake);
    assert_eq!(fake.ended, Some(0));
}

#[test]
fn a_reset_takes_the_asking_back() {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    assert!(registry.ask_shutdown(&mut fake, LINUX, 1000).is_ok());
    assert!(registry.request(&mut fake, LINUX, Order::new(VmRequest::Reset, StateReason::Requested)).is_ok());
    assert_eq!(registry.deadline(), None);
}

#[test]
fn a_guest_that_cannot_be_asked_has_no_deadline() {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    fake.failing = fake.steps..fake.steps + 1;
    assert!(matches!(registry.ask_shutdown(&mut fake, LINUX, 1000), Err(Refusal::Server(_))));
    assert_eq!(registry.deadline(), None);
}

/// The last VM that matters goes off while two post-launched ones are there: one runs, one was only created.
#[test]
fn the_platform_goes_off_after_the_others_were_asked() {
    let config = system(&[
        plan(0, "linux", PreLaunched),
        plan(1, "guest", PostLaunched),
        plan(2, "idle", PostLaunched),
    ]);
    for answers in [true, false] {
        let (mut registry, mut fake) = started(&config);
        let guest = registry.make(&mut fake, 1);
        assert_eq!((guest, registry.make(&mut fake, 2)), (Ok(VmNumber(3)), Ok(VmNumber(4))));
        let start = Order::new(VmRequest::Start, StateReason::Requested);
        assert!(registry.request(&mut fake, VmNumber(3), start).is_ok());
        fake.log.clear();
        let shutdown = Order::new(VmRequest::Shutdown, StateReason::Requested);
        assert!(registry.request(&mut fake, LINUX, shutdown).is_ok());
        assert_eq!((fake.pressed, fake.ended), (1, None));
        assert!(fake.is_running(vm_slot(VmId(1))));
        assert_eq!(
            fake.log,
            [
                "vm linux: Started -> PoweredOff (Requested)",
                "vm guest: power button pressed",
                "vm idle: Created -> PoweredOff (PlatformOff)"
            ]
        );
        if answers {
            fake.power.insert(power_slot(VmId(1)).0, PowerRequest::PowerOff);
            registry.notified(&mut fake, POWER << 2);
        } else {
            fake.now = 10 * SECOND;
            registry.time_passed(&mut fake);
        }
        assert_eq!(fake.log.last().map(String::as_str), Some("all VMs are off"));
        assert_eq!(fake.ended, Some(0), "answers: {answers}");
    }
}
