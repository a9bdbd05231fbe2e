//! The manager's second life.

use super::*;
use crate::fake::{Fake, HZ, ask, no_host, plan, power_slot, system, vm_slot};
use bulkhead_abi::id::VmId;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched};
use bulkhead_protocol::registry::VmNumber;
use bulkhead_protocol::registry::VmRequest;

const LINUX: VmNumber = VmNumber(0);

fn config() -> VmManager {
    system(&[plan(0, "linux", PreLaunched), plan(1, "guest", PostLaunched), plan(2, "gone", PostLaunched)])
}

fn fresh(config: &VmManager) -> Registry<'_> {
    Registry::new(config, no_host, HZ)
}

fn first_life<'p>(config: &'p VmManager, fake: &mut Fake) -> Registry<'p> {
    let mut registry = fresh(config);
    registry.boot(fake);
    assert_eq!(registry.make(fake, 1), Ok(VmNumber(3)));
    let gone = VmNumber(4);
    assert_eq!(registry.make(fake, 2), Ok(gone));
    assert!(ask(&mut registry, fake, gone, VmRequest::Shutdown).is_ok());
    assert!(ask(&mut registry, fake, gone, VmRequest::Destroy).is_ok());
    registry
}

#[test]
fn the_registry_comes_back_from_its_commit_while_vms_run() {
    let (config, mut fake) = (config(), Fake::default());
    let first = first_life(&config, &mut fake);
    let mut bytes = [0; Kept::POSTCARD_MAX_SIZE];
    let length = bulkhead_protocol::encode(&first.kept(), &mut bytes).unwrap_or(0);
    let kept = bulkhead_protocol::decode::<Kept>(bytes.get(..length).unwrap_or(&[]));
    let mut second = fresh(&config);
    second.recover(&mut fake, kept.ok().as_ref());
    assert_eq!(second.kept(), first.kept());
    assert_eq!(second.list(0), first.list(0));
    assert_eq!(second.make(&mut fake, 2), Ok(VmNumber(5)), "numbers go on");
    assert!(fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn without_a_commit_what_runs_is_left_running() {
    let (config, mut fake) = (config(), Fake::default());
    let _ = first_life(&config, &mut fake);
    let mut second = fresh(&config);
    second.recover(&mut fake, None);
    let steps = fake.steps;
    second.boot(&mut fake);
    assert_eq!(fake.steps, steps, "boot finds nothing to do");
    assert_eq!(second.record(LINUX).map(|record| record.state), Some(VmState::Started));
}

#[test]
fn without_a_commit_and_a_running_vm_the_system_boots() {
    let (config, mut fake) = (config(), Fake::default());
    let mut second = fresh(&config);
    second.recover(&mut fake, None);
    second.boot(&mut fake);
    assert!(fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn the_machine_goes_off_although_the_manager_died_before_it() {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    let mut fake = Fake::default();
    let mut first = fresh(&config);
    first.boot(&mut fake);
    assert!(ask(&mut first, &mut fake, LINUX, VmRequest::Shutdown).is_ok());
    let kept = first.kept();
    fake.ended = None;
    let mut second = fresh(&config);
    second.recover(&mut fake, Some(&kept));
    assert_eq!(fake.ended, Some(0));
}

#[test]
fn a_guest_that_ended_while_the_manager_was_dead_is_looked_after() {
    let (config, mut fake) = (config(), Fake::default());
    let kept = first_life(&config, &mut fake).kept();
    fake.vm(vm_slot(VmId(0))).running = false;
    fake.vm(vm_slot(VmId(0))).events = VmEvents::ENTRY_REFUSED.bits();
    let mut second = fresh(&config);
    second.recover(&mut fake, Some(&kept));
    let record = second.record(LINUX).map(|record| (record.state, record.reason));
    assert_eq!(record, Some((VmState::PoweredOff, StateReason::EntryRefused)));
}

#[test]
fn a_vm_that_was_only_stopped_runs_on() {
    let (config, mut fake) = (config(), Fake::default());
    let kept = first_life(&config, &mut fake).kept();
    fake.vm(vm_slot(VmId(0))).running = false;
    let mut second = fresh(&config);
    second.recover(&mut fake, Some(&kept));
    assert_eq!(second.kept(), kept);
    assert!(fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn a_vm_that_was_paused_stays_paused() {
    let (config, mut fake) = (config(), Fake::default());
    let mut first = first_life(&config, &mut fake);
    assert!(ask(&mut first, &mut fake, LINUX, VmRequest::Pause).is_ok());
    let mut second = fresh(&config);
    second.recover(&mut fake, Some(&first.kept()));
    assert_eq!(second.kept(), first.kept());
    assert!(!fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn without_a_commit_a_vm_that_was_switched_off_stays_off_for_its_reason() {
    let (config, mut fake) = (config(), Fake::default());
    let mut first = first_life(&config, &mut fake);
    fake.power.insert(power_slot(VmId(0)).0, PowerRequest::PowerOff);
    first.notified(&mut fake, 2);
    fake.ended = None;
    let mut second = fresh(&config);
    second.recover(&mut fake, None);
    second.boot(&mut fake);
    let record = second.record(LINUX).map(|record| (record.state, record.reason));
    assert_eq!(record, Some((VmState::PoweredOff, StateReason::GuestPowerOff)));
    assert_eq!(fake.ended, Some(0), "it was the last that matters");
}

#[test]
fn without_a_commit_a_vm_that_stands_still_is_paused() {
    let (config, mut fake) = (config(), Fake::default());
    let mut first = first_life(&config, &mut fake);
    assert!(ask(&mut first, &mut fake, LINUX, VmRequest::Pause).is_ok());
    let mut second = fresh(&config);
    second.recover(&mut fake, None);
    second.boot(&mut fake);
    assert_eq!(second.record(LINUX).map(|record| record.state), Some(VmState::Paused));
    assert_eq!(ask(&mut second, &mut fake, LINUX, VmRequest::Resume), Ok(VmState::Started));
}

#[test]
fn without_a_commit_post_launched_vms_run_on_under_their_numbers() {
    let (config, mut fake) = (config(), Fake::default());
    let mut first = first_life(&config, &mut fake);
    let guest = VmNumber(3);
    assert_eq!(ask(&mut first, &mut fake, guest, VmRequest::Start), Ok(VmState::Started));
    let mut second = fresh(&config);
    second.recover(&mut fake, None);
    second.boot(&mut fake);
    assert_eq!(second.record(guest).map(|record| record.state), Some(VmState::Started));
    assert!(fake.is_running(vm_slot(VmId(1))));
    assert_eq!(second.make(&mut fake, 2), Ok(VmNumber(5)), "no number is used again");
}

#[test]
fn without_a_commit_a_boot_that_was_interrupted_begins_again() {
    let config = system(&[plan(0, "linux", PreLaunched)]);
    for steps in 0..20 {
        let mut fake = Fake { failing: steps..usize::MAX, ..Fake::default() };
        fresh(&config).boot(&mut fake);
        (fake.failing, fake.ended) = (0..0, None);
        let mut second = fresh(&config);
        second.recover(&mut fake, None);
        assert_eq!(fake.ended, None, "the system has not booted yet");
        second.boot(&mut fake);
        assert!(fake.is_running(vm_slot(VmId(0))), "{steps} steps");
    }
}
