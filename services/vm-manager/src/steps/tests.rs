//! When a real-time clock is told what time it is.
#![expect(clippy::expect_used, reason = "a test")]

use crate::fake::{Fake, HZ, ask, no_host, plan, system};
use crate::order::Order;
use crate::registry::Registry;
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_protocol::config::{FailurePolicy, ServerKind, ServerPlan, VmManager};
use bulkhead_protocol::registry::VmKind::PreLaunched;
use bulkhead_protocol::registry::{AfterReset, ResetKind, StateReason, VmNumber, VmRequest, VmState};

const CLOCK: Slot = Slot(190);

/// A VM with a real-time clock.
fn with_clock() -> VmManager {
    let mut linux = plan(0, "linux", PreLaunched);
    let clock = ServerPlan {
        kind: ServerKind::Vrtc,
        task: TaskId(CLOCK.0),
        slot: CLOCK,
        ports: heapless::Vec::new(),
        windows: heapless::Vec::new(),
        on_failure: FailurePolicy::PowerOffVm,
    };
    linux.servers.push(clock).expect("it is there");
    system(&[linux, plan(1, "other", PreLaunched)])
}

#[test]
fn a_clock_is_told_the_time_when_its_vm_begins_to_run_and_after_each_cold_reset() {
    let config = with_clock();
    let mut registry = Registry::new(&config, no_host, HZ);
    let mut fake = Fake { time_of_day: Some(1000), ..Fake::default() };
    registry.boot(&mut fake);
    assert_eq!(fake.clocks, [(CLOCK.0, 1000)]);
    fake.time_of_day = Some(2000);
    // What goes on, or has a battery, keeps its time.
    for request in [VmRequest::Pause, VmRequest::Resume] {
        assert!(ask(&mut registry, &mut fake, VmNumber(0), request).is_ok());
    }
    let warm = Order::reset(ResetKind::Warm, AfterReset::Hold, StateReason::Requested);
    assert!(registry.request(&mut fake, VmNumber(0), warm).is_ok());
    assert!(ask(&mut registry, &mut fake, VmNumber(0), VmRequest::Start).is_ok());
    assert_eq!(fake.clocks.len(), 1);
    assert!(ask(&mut registry, &mut fake, VmNumber(0), VmRequest::Reset).is_ok());
    assert_eq!(fake.clocks.len(), 1, "a VM that was only created is like all others");
    assert!(ask(&mut registry, &mut fake, VmNumber(0), VmRequest::Start).is_ok());
    assert_eq!(fake.clocks, [(CLOCK.0, 1000), (CLOCK.0, 2000)]);
}

#[test]
fn a_vm_starts_without_a_clock_that_can_be_read_or_set() {
    let config = with_clock();
    let mut registry = Registry::new(&config, no_host, HZ);
    let mut fake = Fake::default();
    registry.boot(&mut fake);
    let complaint = "vm linux: the machine's clock does not say what time it is";
    assert!(fake.log.iter().any(|line| line == complaint), "{:?}", fake.log);
    assert_eq!(registry.record(VmNumber(0)).expect("it is there").state, VmState::Started);
}

#[test]
fn a_fixed_clock_is_left_alone() {
    let mut config = with_clock();
    config.vms.first_mut().expect("it is there").host_clock = false;
    let mut registry = Registry::new(&config, no_host, HZ);
    let mut fake = Fake { time_of_day: Some(1000), ..Fake::default() };
    registry.boot(&mut fake);
    assert_eq!(
        (fake.clocks.len(), registry.record(VmNumber(0)).expect("it is there").state),
        (0, VmState::Started)
    );
}
