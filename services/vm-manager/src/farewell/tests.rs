//! Service VMs that end themselves, and what becomes of those that they have launched.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use super::*;
use crate::fake::{Fake, HZ, ask, no_host, plan, power_slot, system, vm_slot};
use bulkhead_abi::id::VmId;
use bulkhead_abi::vm::VmEvents;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched, Service};
use bulkhead_protocol::registry::{VmNumber, VmRequest};

const BOSS: VmNumber = VmNumber(1);
const GUEST: VmNumber = VmNumber(4);
const SECOND: u64 = 1_000_000_000;

fn config() -> VmManager {
    let mut guest = plan(2, "guest", PostLaunched);
    guest.shutdown_ms = 5000;
    system(&[plan(0, "safety", PreLaunched), plan(1, "boss", Service), guest, plan(3, "idle", PostLaunched)])
}

/// All are started but the second post-launched one, which is only created.
fn started(config: &VmManager) -> (Registry<'_>, Fake) {
    let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    assert_eq!(registry.make(&mut fake, 2), Ok(GUEST));
    assert_eq!(ask(&mut registry, &mut fake, GUEST, VmRequest::Start), Ok(VmState::Started));
    assert!(registry.make(&mut fake, 3).is_ok());
    fake.log.clear();
    (registry, fake)
}

fn guest_asks(registry: &mut Registry<'_>, fake: &mut Fake, vm: u16, power: PowerRequest) {
    fake.power.insert(power_slot(VmId(vm)).0, power);
    registry.notified(fake, 2 << (2 * vm));
}

fn state(registry: &Registry<'_>, vm: VmNumber) -> Option<(VmState, StateReason)> {
    registry.record(vm).map(|record| (record.state, record.reason))
}

#[test]
fn a_service_vm_that_powers_itself_off_is_off_after_those_that_it_launched() {
    let config = config();
    let (mut registry, mut fake) = started(&config);
    guest_asks(&mut registry, &mut fake, 1, PowerRequest::PowerOff);
    assert_eq!(
        fake.log,
        [
            "vm boss: Started -> Paused (GuestPowerOff)",
            "vm guest: power button pressed",
            "vm idle: Created -> PoweredOff (ServiceVmEnds)"
        ]
    );
    assert!(fake.is_running(vm_slot(VmId(2))), "it has its time to end");
    assert_eq!(registry.deadline(), Some(5 * SECOND));
    guest_asks(&mut registry, &mut fake, 2, PowerRequest::PowerOff);
    assert_eq!(
        fake.log.get(3..).unwrap_or_default(),
        ["vm guest: Started -> PoweredOff (GuestPowerOff)", "vm boss: Paused -> PoweredOff (GuestPowerOff)"]
    );
    assert_eq!((fake.ended, registry.deadline()), (None, None), "a VM that matters is still there");
}

#[test]
fn those_that_do_not_hear_are_switched_off_in_their_time_and_the_service_vm_boots_anew() {
    let config = config();
    let (mut registry, mut fake) = started(&config);
    guest_asks(&mut registry, &mut fake, 1, PowerRequest::ColdReset);
    assert_eq!(state(&registry, BOSS), Some((VmState::Paused, StateReason::GuestReset)));
    fake.now = 5 * SECOND - 1;
    registry.time_passed(&mut fake);
    assert_eq!(state(&registry, BOSS).map(|state| state.0), Some(VmState::Paused));
    fake.now = 5 * SECOND;
    registry.time_passed(&mut fake);
    assert_eq!(state(&registry, GUEST), Some((VmState::PoweredOff, StateReason::DeadlinePassed)));
    assert_eq!(state(&registry, BOSS), Some((VmState::Started, StateReason::GuestReset)));
}

#[test]
fn a_service_vm_that_nobody_waits_for_ends_at_once() {
    let config = config();
    let (mut registry, mut fake) = (Registry::new(&config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    guest_asks(&mut registry, &mut fake, 1, PowerRequest::PowerOff);
    assert_eq!(state(&registry, BOSS), Some((VmState::PoweredOff, StateReason::GuestPowerOff)));
}

/// A guest that was asked is off when it resets itself; that holds when others go first, too.
#[test]
fn what_was_decided_of_the_end_outlives_the_farewell_and_the_manager() {
    let config = config();
    let (mut registry, mut fake) = started(&config);
    assert!(registry.ask_shutdown(&mut fake, BOSS, 1000).is_ok());
    guest_asks(&mut registry, &mut fake, 1, PowerRequest::ColdReset);
    assert_eq!(registry.deadline(), Some(5 * SECOND), "its own time was long enough");
    let kept = registry.kept();
    let mut registry = Registry::new(&config, no_host, HZ);
    registry.recover(&mut fake, Some(&kept));
    assert_eq!(state(&registry, BOSS).map(|state| state.0), Some(VmState::Paused));
    guest_asks(&mut registry, &mut fake, 2, PowerRequest::PowerOff);
    assert_eq!(state(&registry, BOSS), Some((VmState::PoweredOff, StateReason::GuestReset)));
}

#[test]
fn who_switches_the_service_vm_off_does_not_wait() {
    let config = config();
    let (mut registry, mut fake) = started(&config);
    guest_asks(&mut registry, &mut fake, 1, PowerRequest::ColdReset);
    assert_eq!(ask(&mut registry, &mut fake, BOSS, VmRequest::Shutdown), Ok(VmState::PoweredOff));
    assert_eq!(state(&registry, GUEST).map(|state| state.0), Some(VmState::PoweredOff));
    // The end that was put off does not come over its next life.
    assert_eq!(ask(&mut registry, &mut fake, BOSS, VmRequest::Create), Ok(VmState::Created));
    assert_eq!(ask(&mut registry, &mut fake, BOSS, VmRequest::Start), Ok(VmState::Started));
    registry.time_passed(&mut fake);
    assert_eq!(state(&registry, BOSS), Some((VmState::Started, StateReason::Requested)));
}

#[test]
fn the_first_end_counts() {
    let config = config();
    let (mut registry, mut fake) = started(&config);
    guest_asks(&mut registry, &mut fake, 1, PowerRequest::PowerOff);
    fake.vm(vm_slot(VmId(1))).events = VmEvents::TRIPLE_FAULT.bits();
    registry.notified(&mut fake, 1 << 2);
    guest_asks(&mut registry, &mut fake, 2, PowerRequest::PowerOff);
    assert_eq!(state(&registry, BOSS), Some((VmState::PoweredOff, StateReason::GuestPowerOff)));
}
