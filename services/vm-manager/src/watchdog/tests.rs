//! Guests that spin, and guests that only look as if they did.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use super::*;
use crate::fake::{Fake, HZ, ask, no_host, plan, system, vm_slot};
use bulkhead_abi::id::VmId;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::VmKind::PreLaunched;
use bulkhead_protocol::registry::VmNumber;

const LINUX: VmNumber = VmNumber(0);
const SECOND: u64 = 1_000_000_000;

fn watched(action: WatchdogAction) -> VmManager {
    let mut linux = plan(0, "linux", PreLaunched);
    linux.watchdog = Some(Watchdog { timeout_ms: 30_000, action });
    system(&[linux, plan(1, "other", PreLaunched)])
}

fn started(config: &VmManager) -> (Registry<'_>, Fake) {
    let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    fake.log.clear();
    (registry, fake)
}

fn deaf(fake: &mut Fake, seconds: u64) {
    fake.vm(vm_slot(VmId(0))).deaf = seconds * HZ;
}

fn look(registry: &mut Registry<'_>, fake: &mut Fake, seconds: u64) {
    fake.now = seconds * SECOND;
    registry.time_passed(fake);
}

fn state(registry: &Registry<'_>) -> Option<(VmState, StateReason)> {
    registry.record(LINUX).map(|record| (record.state, record.reason))
}

#[test]
fn a_guest_that_spins_is_reset_and_started_again() {
    let config = watched(WatchdogAction::Restart);
    let (mut registry, mut fake) = started(&config);
    assert_eq!(registry.deadline(), Some(30 * SECOND));
    deaf(&mut fake, 30);
    look(&mut registry, &mut fake, 30);
    assert_eq!(state(&registry), Some((VmState::Started, StateReason::WatchdogExpired)));
    assert_eq!(
        fake.log,
        [
            "vm linux: a vCPU took no interrupt while it ran for 30000 ms",
            "vm linux: Started -> Created (WatchdogExpired)",
            "vm linux: Created -> Started (WatchdogExpired)"
        ]
    );
    assert_eq!(registry.deadline(), Some(60 * SECOND), "its next life is watched too");
}

#[test]
fn a_guest_that_spins_is_powered_off_or_paused_as_its_watchdog_says() {
    for (action, state_then) in
        [(WatchdogAction::PowerOff, VmState::PoweredOff), (WatchdogAction::Pause, VmState::Paused)]
    {
        let config = watched(action);
        let (mut registry, mut fake) = started(&config);
        deaf(&mut fake, 31);
        look(&mut registry, &mut fake, 31);
        assert_eq!(state(&registry), Some((state_then, StateReason::WatchdogExpired)));
        assert_eq!(registry.deadline(), None);
    }
}

#[test]
fn a_vcpu_that_had_less_time_than_has_passed_is_not_suspected() {
    let config = watched(WatchdogAction::Restart);
    let (mut registry, mut fake) = started(&config);
    deaf(&mut fake, 12);
    look(&mut registry, &mut fake, 30);
    assert_eq!(state(&registry), Some((VmState::Started, StateReason::Requested)));
    assert_eq!(registry.deadline(), Some(48 * SECOND), "18 s are left to it at the least");
    fake.vm(vm_slot(VmId(0))).deaf = 30 * HZ - 1;
    look(&mut registry, &mut fake, 48);
    assert_eq!(registry.deadline(), Some(48 * SECOND + REST_MS * NANOS_PER_MS));
}

#[test]
fn a_vm_that_is_held_is_not_watched() {
    let config = watched(WatchdogAction::Restart);
    let (mut registry, mut fake) = started(&config);
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Pause), Ok(VmState::Paused));
    assert_eq!(registry.deadline(), None);
    fake.now = 100 * SECOND;
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Resume), Ok(VmState::Started));
    assert_eq!(registry.deadline(), Some(130 * SECOND));
}

#[test]
fn a_guest_that_was_asked_to_go_and_spins_is_off() {
    let config = watched(WatchdogAction::Restart);
    let (mut registry, mut fake) = started(&config);
    assert_eq!(registry.ask_shutdown(&mut fake, LINUX, 0), Ok(VmState::Started));
    deaf(&mut fake, 30);
    look(&mut registry, &mut fake, 30);
    assert_eq!(state(&registry), Some((VmState::PoweredOff, StateReason::WatchdogExpired)));
}

#[test]
fn an_end_that_fails_is_not_tried_at_once_again() {
    let config = watched(WatchdogAction::Pause);
    let (mut registry, mut fake) = started(&config);
    deaf(&mut fake, 30);
    fake.failing = fake.steps..usize::MAX;
    look(&mut registry, &mut fake, 30);
    assert_eq!(registry.deadline().filter(|deadline| *deadline <= 30 * SECOND), None);
}

#[test]
fn the_managers_next_life_goes_on_watching() {
    let config = watched(WatchdogAction::Restart);
    let (registry, mut fake) = started(&config);
    let kept = registry.kept();
    let mut registry = Registry::new(&config, no_host, HZ);
    fake.now = 7 * SECOND;
    registry.recover(&mut fake, Some(&kept));
    assert_eq!(registry.deadline(), Some(37 * SECOND));
}
