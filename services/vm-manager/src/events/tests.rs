//! Ends of guests and what follows.

use super::*;
use crate::fake::{Fake, HZ, ask, no_host, plan, power_slot, system, vm_slot};
use bulkhead_abi::id::VmId;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched, Service};
use bulkhead_protocol::registry::VmNumber;
use std::string::String;

const LINUX: VmNumber = VmNumber(0);
const EVENT: u64 = 1;
const POWER: u64 = 2;

fn started(config: &VmManager) -> (Registry<'_>, Fake) {
    let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    fake.log.clear();
    (registry, fake)
}

fn after_power_request(request: PowerRequest) -> Fake {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    fake.power.insert(power_slot(VmId(0)).0, request);
    registry.notified(&mut fake, POWER);
    fake
}

fn after_events(events: VmEvents) -> Fake {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    fake.vm(vm_slot(VmId(0))).events = events.bits();
    registry.notified(&mut fake, EVENT);
    fake
}

#[test]
fn s5_powers_the_vm_and_with_the_last_one_the_machine_off() {
    let fake = after_power_request(PowerRequest::PowerOff);
    assert_eq!(fake.log, ["vm linux: Started -> PoweredOff (GuestPowerOff)", "all VMs are off"]);
    assert_eq!(fake.ended, Some(0));
}

#[test]
fn a_reset_request_starts_the_vm_again() {
    for request in [PowerRequest::ColdReset, PowerRequest::WarmReset] {
        let fake = after_power_request(request);
        assert_eq!(
            fake.log,
            ["vm linux: Started -> Created (GuestReset)", "vm linux: Created -> Started (GuestReset)"]
        );
        assert_eq!(fake.ended, None);
        assert!(fake.is_running(vm_slot(VmId(0))));
        let kept = if request == PowerRequest::WarmReset { ResetKind::Warm } else { ResetKind::Cold };
        assert_eq!(fake.loads, [ResetKind::Cold, kept]);
    }
}

#[test]
fn a_triple_fault_follows_the_reset_policy() {
    let fake = after_events(VmEvents::TRIPLE_FAULT);
    assert_eq!(
        fake.log,
        [
            "vm linux: TRIPLE_FAULT on vCPU 0 at 0x1000, detail 0x7, after 5 exits",
            "vm linux: Started -> Created (TripleFault)",
            "vm linux: Created -> Started (TripleFault)"
        ]
    );
}

#[test]
fn what_would_only_come_back_ends_the_vm_and_the_machine_badly() {
    for (event, reason) in [
        (VmEvents::UNHANDLED_EXIT, "UnhandledExit"),
        (VmEvents::STOPPED_BY_SERVER, "UnhandledExit"),
        (VmEvents::ENTRY_REFUSED, "EntryRefused"),
    ] {
        let fake = after_events(event);
        let expected = std::format!("vm linux: Started -> PoweredOff ({reason})");
        assert_eq!(fake.log.get(1), Some(&expected));
        assert_eq!(fake.ended, Some(1));
    }
}

#[test]
fn a_guest_that_halts_for_ever_is_off() {
    let fake = after_events(VmEvents::HALTED_FOR_EVER);
    assert_eq!(fake.log.get(1).map(String::as_str), Some("vm linux: Started -> PoweredOff (HaltedForEver)"));
}

#[test]
fn what_the_guest_asked_for_explains_its_end_best() {
    let config = plan(0, "linux", PreLaunched);
    let found = ending(Some(PowerRequest::PowerOff), VmEvents::all(), &config);
    assert_eq!(
        found,
        Some(Ending {
            reason: StateReason::GuestPowerOff,
            policy: EndPolicy::PowerOff,
            reset: ResetKind::Cold
        })
    );
}

#[test]
fn a_notification_without_news_moves_nothing() {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    registry.notified(&mut fake, u64::MAX);
    assert_eq!(fake.log, [""; 0]);
    assert!(fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn unknown_event_bits_move_nothing() {
    let fake = after_events(VmEvents::from_bits_retain(1 << 31));
    assert!(fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn only_the_vm_whose_bit_is_set_is_asked() {
    let config = system(&[plan(0, "linux", PreLaunched), plan(1, "other", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    fake.power.insert(power_slot(VmId(0)).0, PowerRequest::PowerOff);
    registry.notified(&mut fake, POWER << 2);
    assert!(fake.is_running(vm_slot(VmId(0))));
    registry.notified(&mut fake, POWER);
    assert!(!fake.is_running(vm_slot(VmId(0))));
    assert!(fake.is_running(vm_slot(VmId(1))));
}

#[test]
fn news_of_a_vm_that_is_off_is_stale() {
    let config = system(&[plan(0, "linux", PreLaunched), plan(1, "other", PreLaunched)]);
    let (mut registry, mut fake) = started(&config);
    assert!(ask(&mut registry, &mut fake, LINUX, VmRequest::Shutdown).is_ok());
    fake.log.clear();
    fake.power.insert(power_slot(VmId(0)).0, PowerRequest::WarmReset);
    registry.notified(&mut fake, POWER);
    assert_eq!(fake.log, [""; 0]);
    assert!(!fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn a_service_vms_s5_brings_its_post_launched_vms_down_first() {
    let config = system(&[plan(0, "service", Service), plan(1, "guest", PostLaunched)]);
    let (mut registry, mut fake) = started(&config);
    assert!(registry.make(&mut fake, 1).is_ok());
    fake.log.clear();
    fake.power.insert(power_slot(VmId(0)).0, PowerRequest::PowerOff);
    registry.notified(&mut fake, POWER);
    assert_eq!(
        fake.log,
        [
            "vm service: Started -> Paused (GuestPowerOff)",
            "vm guest: Created -> PoweredOff (ServiceVmEnds)",
            "vm service: Paused -> PoweredOff (GuestPowerOff)",
            "all VMs are off"
        ]
    );
}
