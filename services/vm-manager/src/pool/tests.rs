//! Definitions that take turns, and what one leaves to the next: nothing.
#![expect(clippy::expect_used, clippy::arithmetic_side_effects, reason = "a test")]

use super::*;
use crate::deaths::without_marks;
use crate::fake::{CoreVm, Fake, HZ, ask, in_pool_of, no_host, plan, system, vm_slot};
use bulkhead_abi::vm::VmEvents;
use bulkhead_protocol::config::{EndPolicy, VmManager};
use bulkhead_protocol::registry::VmKind::{PostLaunched, Service};
use bulkhead_protocol::registry::{Refusal, StateReason, VmNumber, VmRequest, VmState};
use proptest::prelude::*;
use std::vec::Vec;

/// Places in the list of VMs.
const DEBIAN: u8 = 1;
const TINY: u8 = 2;
const OTHER: u8 = 3;
/// The VM of the core that `debian` and `tiny` share.
const LAB: VmId = VmId(1);

/// A service VM, two definitions that share a pool, and one with all for itself.
fn config() -> VmManager {
    let debian = plan(LAB.0, "debian", PostLaunched);
    let mut tiny = in_pool_of(&debian, "tiny");
    tiny.on_reset = EndPolicy::PowerOff;
    system(&[plan(0, "boss", Service), debian, tiny, plan(2, "other", PostLaunched)])
}

fn booted(config: &VmManager) -> (Registry<'_>, Fake) {
    let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
    registry.boot(&mut fake);
    (registry, fake)
}

fn started(registry: &mut Registry<'_>, fake: &mut Fake, definition: u8) -> VmNumber {
    let vm = registry.make(fake, definition).expect("its pool is free");
    ask(registry, fake, vm, VmRequest::Start).expect("it is created");
    vm
}

fn gone(registry: &mut Registry<'_>, fake: &mut Fake, vm: VmNumber) {
    ask(registry, fake, vm, VmRequest::Shutdown).expect("it runs");
    ask(registry, fake, vm, VmRequest::Destroy).expect("it is off");
}

#[test]
fn whoever_comes_second_is_told_who_has_the_pool() {
    let config = config();
    let (mut registry, mut fake) = booted(&config);
    let debian = started(&mut registry, &mut fake, DEBIAN);
    let steps = fake.steps;
    assert_eq!(registry.make(&mut fake, TINY), Err(Refusal::InUse { by: debian }));
    assert_eq!(registry.make(&mut fake, DEBIAN), Err(Refusal::InUse { by: debian }));
    assert_eq!(fake.steps, steps, "a refusal touches nothing");
    assert!(registry.make(&mut fake, OTHER).is_ok(), "another's memory is not theirs");
    ask(&mut registry, &mut fake, debian, VmRequest::Shutdown).expect("it runs");
    assert_eq!(registry.make(&mut fake, TINY), Err(Refusal::InUse { by: debian }), "off is not gone");
    ask(&mut registry, &mut fake, debian, VmRequest::Destroy).expect("it is off");
    let tiny = registry.make(&mut fake, TINY).expect("the pool is free");
    assert_eq!(fake.vm(vm_slot(LAB)).definition, TINY, "its own images are loaded");
    assert_eq!(registry.record(tiny).map(|record| record.name), Some("tiny"));
}

#[test]
fn definitions_say_what_they_share_and_who_has_it() {
    let config = config();
    let (mut registry, mut fake) = booted(&config);
    let tiny = registry.make(&mut fake, TINY).expect("its pool is free");
    let lines = registry.definitions(0);
    let lines: Vec<_> =
        lines.items.iter().map(|line| (line.name.as_str(), line.place, line.in_use)).collect();
    assert_eq!(lines, [("debian", LAB, Some(tiny)), ("tiny", LAB, Some(tiny)), ("other", VmId(2), None)]);
}

#[test]
fn a_create_that_fails_leaves_the_pool_to_the_others() {
    for step in 0..12 {
        let config = config();
        let (mut registry, mut fake) = booted(&config);
        fake.failing = fake.steps + step..fake.steps + step + 1;
        let made = registry.make(&mut fake, DEBIAN);
        fake.failing = 0..0;
        if made.is_err() {
            assert_eq!(*fake.vm(vm_slot(LAB)), CoreVm::default(), "step {step}");
            assert!(registry.make(&mut fake, TINY).is_ok());
        }
    }
}

#[test]
fn what_the_core_says_of_a_pool_is_about_the_vm_that_holds_it() {
    let config = config();
    let (mut registry, mut fake) = booted(&config);
    let debian = started(&mut registry, &mut fake, DEBIAN);
    gone(&mut registry, &mut fake, debian);
    let tiny = started(&mut registry, &mut fake, TINY);
    fake.vm(vm_slot(LAB)).events = VmEvents::TRIPLE_FAULT.bits();
    registry.notified(&mut fake, 1 << (2 * LAB.0));
    // By its own policy: `debian` would restart.
    let state = registry.record(tiny).map(|record| (record.state, record.reason));
    assert_eq!(state, Some((VmState::PoweredOff, StateReason::TripleFault)));
}

#[test]
fn what_is_held_for_a_pool_counts_once() {
    let config = config();
    let (mut registry, mut fake) = booted(&config);
    let before = registry.account(&mut fake);
    let tiny = started(&mut registry, &mut fake, TINY);
    let during = registry.account(&mut fake);
    assert_eq!((during.vms, during.definitions, during.running), (2, 1, 2));
    assert_eq!(during.routes, 2 * before.routes);
    gone(&mut registry, &mut fake, tiny);
    assert_eq!(registry.account(&mut fake), before);
}

/// The device server with this place in the list of a VM dies for good.
fn fail(registry: &mut Registry<'_>, fake: &mut Fake, place: u16) {
    fake.lose(vm_slot(LAB).0 + 1 + place, false);
    registry.notified(fake, 1 << 32);
    registry.committed(fake);
    assert!(fake.failures.is_empty());
}

#[test]
fn a_lost_server_is_started_anew_for_whoever_comes_next() {
    let config = config();
    // While nobody has the pool, and while another had it.
    for held in [false, true] {
        let (mut registry, mut fake) = booted(&config);
        if held {
            let tiny = started(&mut registry, &mut fake, TINY);
            fail(&mut registry, &mut fake, 1);
            let state = registry.record(tiny).map(|record| (record.state, record.reason));
            assert_eq!(state, Some((VmState::PoweredOff, StateReason::ServerLost)));
            ask(&mut registry, &mut fake, tiny, VmRequest::Destroy).expect("it is off");
        } else {
            fail(&mut registry, &mut fake, 1);
        }
        let debian = if held { DEBIAN } else { TINY };
        let vm = started(&mut registry, &mut fake, debian);
        assert!(fake.dead.is_empty(), "it was revived");
        assert_eq!(registry.record(vm).map(|record| record.lost), Some(LostServers::default()));
        assert!(fake.is_running(vm_slot(LAB)));
    }
}

#[test]
fn the_next_life_of_the_manager_finds_the_pool_with_its_holder() {
    let config = config();
    for definition in [DEBIAN, TINY] {
        let (mut registry, mut fake) = booted(&config);
        let vm = started(&mut registry, &mut fake, definition);
        let kept = registry.kept();
        let mut next = Registry::new(&config, no_host, HZ);
        next.recover(&mut fake, Some(&kept));
        assert_eq!(next.kept(), kept);
        assert!(fake.is_running(vm_slot(LAB)), "nobody took it down for the other definition");
        assert_eq!(next.make(&mut fake, TINY), Err(Refusal::InUse { by: vm }));
    }
}

/// The manager dies at each step of a create in a pool that was used before: the pool is free again, and clean.
#[test]
fn a_create_under_way_gives_the_pool_back() {
    for steps in 0..14 {
        let config = config();
        let (mut registry, mut fake) = booted(&config);
        let debian = started(&mut registry, &mut fake, DEBIAN);
        gone(&mut registry, &mut fake, debian);
        let kept = registry.kept();
        fake.failing = fake.steps + steps..usize::MAX;
        let _ = registry.make(&mut fake, TINY);
        fake.failing = 0..0;
        let mut next = Registry::new(&config, no_host, HZ);
        next.recover(&mut fake, Some(&kept));
        assert_eq!(*fake.vm(vm_slot(LAB)), CoreVm::default(), "{steps} steps");
        assert_eq!(without_marks(next.kept()), without_marks(kept));
        assert!(next.make(&mut fake, DEBIAN).is_ok());
    }
}

proptest! {
    /// Whatever is asked in whatever order, and however often the manager dies: a pool has one holder at the most, only
    /// the holder runs, and what is loaded is the holder's.
    #[test]
    fn a_pool_has_one_holder_at_the_most(
        asked in prop::collection::vec((0u8..3, 0usize..10, 0usize..60), 0..80)
    ) {
        let config = config();
        let (mut registry, mut fake) = booted(&config);
        for (definition, what, failing) in asked {
            fake.failing = fake.steps + failing..fake.steps + failing + 1;
            let definition = definition + DEBIAN;
            let holder = registry.definition(definition).and_then(|record| registry.holder(record.vm));
            let holder = holder.and_then(|record| record.number);
            match (VmRequest::ALL.get(what), holder) {
                (Some(request), Some(vm)) => { let _ = ask(&mut registry, &mut fake, vm, *request); }
                (None, _) if what == 9 => {
                    let kept = registry.kept();
                    fake.failing = 0..0;
                    registry = Registry::new(&config, no_host, HZ);
                    registry.recover(&mut fake, Some(&kept));
                    prop_assert_eq!(without_marks(registry.kept()), without_marks(kept));
                }
                _ => match (registry.make(&mut fake, definition), holder) {
                    (Err(Refusal::InUse { by }), Some(vm)) => prop_assert_eq!(by, vm),
                    (Ok(_), None) | (Err(_), None) => {}
                    (other, holder) => prop_assert!(false, "{:?} with {:?}", other, holder),
                },
            }
            fake.failing = 0..0;
            for pool in [LAB, VmId(2)] {
                let holders: Vec<_> = registry.made().filter(|record| record.vm == pool).collect();
                prop_assert!(holders.len() <= 1);
                let holder = holders.first();
                let runs = holder.is_some_and(|record| record.state == VmState::Started);
                prop_assert_eq!(fake.is_running(vm_slot(pool)), runs);
                if let Some(record) = holder.filter(|record| !record.is_off()) {
                    prop_assert_eq!(fake.vm(vm_slot(pool)).definition, record.definition);
                }
            }
        }
    }
}
