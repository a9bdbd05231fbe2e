//! Each policy, reached by a server that stays dead.

use super::*;
use crate::fake::{Fake, HZ, ask, no_host, plan, system, vm_slot};
use bulkhead_abi::id::{Generation, Slot, VmId};
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::VmKind::PreLaunched;
use bulkhead_protocol::registry::VmNumber;
use bulkhead_protocol::supervisor::Cause;

const RED: VmNumber = VmNumber(0);
const BLUE: VmNumber = VmNumber(1);
/// The failure bit of the notification word.
const FAILURE: u64 = 1 << 32;
/// The 8259A's place in the list of servers.
const PIC: u8 = 1;

fn config(policy: FailurePolicy) -> VmManager {
    let mut red = plan(0, "red", PreLaunched);
    for server in &mut red.servers {
        server.on_failure = policy;
    }
    system(&[red, plan(1, "blue", PreLaunched)])
}

fn started(config: &VmManager) -> (Registry<'_>, Fake) {
    let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    fake.log.clear();
    (registry, fake)
}

/// See the fake's numbers.
fn pic_slot() -> Slot {
    Slot(102)
}

fn kill_pic(fake: &mut Fake, again: bool) {
    fake.lose(pic_slot().0, again);
}

/// The 8259A of the red VM dies for good.
fn fail(registry: &mut Registry<'_>, fake: &mut Fake, again: bool) {
    kill_pic(fake, again);
    registry.notified(fake, FAILURE);
    assert!(registry.is_unsettled() && !fake.failures.is_empty(), "nothing is settled before the commit");
    registry.committed(fake);
    assert!(!registry.is_unsettled() && fake.failures.is_empty(), "the failure is settled");
}

fn state(registry: &Registry<'_>, vm: VmNumber) -> Option<(VmState, StateReason)> {
    registry.record(vm).map(|record| (record.state, record.reason))
}

#[test]
fn power_off_vm_leaves_the_other_vm_alone() {
    let config = config(FailurePolicy::PowerOffVm);
    let (mut registry, mut fake) = started(&config);
    let blue = state(&registry, BLUE);
    fail(&mut registry, &mut fake, false);
    assert_eq!(
        fake.log,
        ["vm red: Vpic is lost (LimitReached): power-off-vm", "vm red: Started -> PoweredOff (ServerLost)"]
    );
    assert_eq!(state(&registry, RED), Some((VmState::PoweredOff, StateReason::ServerLost)));
    assert!(!fake.is_running(vm_slot(VmId(0))));
    assert!(fake.is_running(vm_slot(VmId(1))));
    assert_eq!(state(&registry, BLUE), blue);
    assert_eq!(fake.ended, None);
}

#[test]
fn a_lost_server_of_the_last_vm_ends_the_machine_badly() {
    let config = config(FailurePolicy::PowerOffVm);
    let (mut registry, mut fake) = started(&config);
    assert!(ask(&mut registry, &mut fake, BLUE, VmRequest::Shutdown).is_ok());
    fail(&mut registry, &mut fake, false);
    assert_eq!(fake.ended, Some(1));
}

#[test]
fn reset_device_goes_on_with_a_fresh_device_under_the_running_guest() {
    let config = config(FailurePolicy::ResetDevice);
    let (mut registry, mut fake) = started(&config);
    assert!(fake.dirty.contains(&pic_slot().0));
    fail(&mut registry, &mut fake, false);
    assert_eq!(fake.log, ["vm red: Vpic is lost (LimitReached): reset-device"]);
    assert_eq!(state(&registry, RED), Some((VmState::Started, StateReason::Requested)));
    assert!(fake.is_running(vm_slot(VmId(0))));
    assert!(!fake.dirty.contains(&pic_slot().0) && fake.dead.is_empty());
    assert_eq!(registry.record(RED).map(|record| record.lost.first()), Some(None));
}

#[test]
fn reset_device_that_does_not_help_ends_in_power_off() {
    let config = config(FailurePolicy::ResetDevice);
    let (mut registry, mut fake) = started(&config);
    fail(&mut registry, &mut fake, false);
    fail(&mut registry, &mut fake, true);
    assert_eq!(state(&registry, RED), Some((VmState::PoweredOff, StateReason::ServerLost)));
}

#[test]
fn a_server_that_cannot_be_started_anew_ends_in_power_off() {
    for policy in [FailurePolicy::ResetDevice, FailurePolicy::ResetVm] {
        let config = config(policy);
        let (mut registry, mut fake) = started(&config);
        fake.beyond_help = true;
        fail(&mut registry, &mut fake, false);
        assert_eq!(state(&registry, RED), Some((VmState::PoweredOff, StateReason::ServerLost)), "{policy:?}");
    }
}

#[test]
fn reset_vm_starts_the_vm_from_its_images_again() {
    let config = config(FailurePolicy::ResetVm);
    let (mut registry, mut fake) = started(&config);
    fail(&mut registry, &mut fake, false);
    assert_eq!(
        fake.log,
        [
            "vm red: Vpic is lost (LimitReached): reset-vm",
            "vm red: Started -> Created (ServerLost)",
            "vm red: Created -> Started (ServerLost)"
        ]
    );
    assert!(fake.is_running(vm_slot(VmId(0))) && fake.dead.is_empty());
    assert_eq!(registry.record(RED).map(|record| record.resets), Some(1));
    fail(&mut registry, &mut fake, true);
    assert_eq!(state(&registry, RED), Some((VmState::PoweredOff, StateReason::ServerLost)));
}

#[test]
fn pause_vm_holds_the_vm_until_it_is_reset() {
    let config = config(FailurePolicy::PauseVm);
    let (mut registry, mut fake) = started(&config);
    fail(&mut registry, &mut fake, true);
    assert_eq!(state(&registry, RED), Some((VmState::Paused, StateReason::ServerLost)));
    assert!(!fake.is_running(vm_slot(VmId(0))));
    assert_eq!(ask(&mut registry, &mut fake, RED, VmRequest::Resume), Err(Refusal::Server(PIC)));
    assert_eq!(ask(&mut registry, &mut fake, RED, VmRequest::Reset), Ok(VmState::Created));
    assert_eq!(ask(&mut registry, &mut fake, RED, VmRequest::Start), Ok(VmState::Started));
}

#[test]
fn pause_vm_holds_the_vm_also_if_two_of_its_servers_are_lost() {
    let config = config(FailurePolicy::PauseVm);
    let (mut registry, mut fake) = started(&config);
    let other = Slot(pic_slot().0 + 1);
    fake.dead.insert(other.0);
    fail(&mut registry, &mut fake, false);
    assert_eq!(state(&registry, RED), Some((VmState::Paused, StateReason::ServerLost)));
    assert!(!fake.is_running(vm_slot(VmId(0))));
    assert_eq!(state(&registry, BLUE).map(|(state, _)| state), Some(VmState::Started));
    // A reset starts both anew.
    assert_eq!(ask(&mut registry, &mut fake, RED, VmRequest::Reset), Ok(VmState::Created));
    assert_eq!(ask(&mut registry, &mut fake, RED, VmRequest::Start), Ok(VmState::Started));
}

#[test]
fn a_server_that_fails_while_its_vm_is_off_is_started_anew_with_the_vm() {
    let config = config(FailurePolicy::PowerOffVm);
    let (mut registry, mut fake) = started(&config);
    assert!(ask(&mut registry, &mut fake, RED, VmRequest::Shutdown).is_ok());
    fail(&mut registry, &mut fake, false);
    assert_eq!(state(&registry, RED), Some((VmState::PoweredOff, StateReason::Requested)));
    assert_eq!(ask(&mut registry, &mut fake, RED, VmRequest::Create), Ok(VmState::Created));
    assert!(fake.dead.is_empty());
}

#[test]
fn the_manager_s_next_life_carries_out_what_the_last_one_did_not() {
    let config = config(FailurePolicy::PauseVm);
    let (first, mut fake) = started(&config);
    let kept = first.kept();
    kill_pic(&mut fake, false);
    let mut second = Registry::new(&config, no_host, HZ);
    second.recover(&mut fake, Some(&kept));
    assert_eq!(state(&second, RED), Some((VmState::Paused, StateReason::ServerLost)));
    let kept = second.kept();
    let mut third = Registry::new(&config, no_host, HZ);
    third.recover(&mut fake, Some(&kept));
    let resumed = ask(&mut third, &mut fake, RED, VmRequest::Resume);
    assert_eq!(resumed, Err(Refusal::Server(PIC)), "what is lost is remembered");
}

#[test]
fn every_policy_can_be_carried_out_twice() {
    use FailurePolicy::{PauseVm, PowerOffVm, ResetDevice, ResetVm};
    for policy in [ResetDevice, PauseVm, ResetVm, PowerOffVm] {
        let config = config(policy);
        let (mut registry, mut fake) = started(&config);
        fail(&mut registry, &mut fake, false);
        let after = state(&registry, RED);
        let task = TaskId(pic_slot().0);
        let failure =
            Failure { task, life: Generation(7), cause: Cause::LimitReached, again: false, revived: true };
        fake.failures.push(Failure { revived: !fake.dead.contains(&task.0), ..failure });
        registry.notified(&mut fake, FAILURE);
        assert_eq!(state(&registry, RED), after, "{policy:?}");
        assert!(fake.is_running(vm_slot(VmId(1))));
    }
}

#[test]
fn a_task_of_no_vm_is_settled_and_changes_nothing() {
    let config = config(FailurePolicy::PowerOffVm);
    let (mut registry, mut fake) = started(&config);
    let kept = registry.kept();
    fake.lose(999, false);
    registry.notified(&mut fake, FAILURE);
    registry.committed(&mut fake);
    assert!(fake.failures.is_empty());
    assert_eq!(registry.kept(), kept);
}
