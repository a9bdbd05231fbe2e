//! Moves of VMs against a platform that can fail at any step.
#![expect(clippy::expect_used, clippy::arithmetic_side_effects, reason = "a test")]

use super::*;
use crate::deaths::without_marks;
use crate::fake::{CoreVm, Fake, HZ, ask, no_host, power_slot, system, vm_slot};
use crate::recovery::Kept;
use crate::table::tests::REQUESTS;
use VmKind::{PostLaunched, PreLaunched, Service};
use VmState::{Created, Paused, PoweredOff, Started};
use bulkhead_abi::id::VmId;
use bulkhead_protocol::loader::LoadError;
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;

const LINUX: VmNumber = VmNumber(0);

fn linux(kind: VmKind) -> VmManager {
    system(&[crate::fake::plan(0, "linux", kind)])
}

fn registry(config: &VmManager) -> Registry<'_> {
    Registry::new(config, no_host, HZ)
}

fn state(registry: &Registry<'_>, vm: VmNumber) -> (VmState, StateReason) {
    let record = registry.record(vm).expect("the VM exists");
    (record.state, record.reason)
}

#[test]
fn boot_creates_and_starts_and_says_so() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    assert_eq!(
        fake.log,
        ["vm linux: PoweredOff -> Created (Requested)", "vm linux: Created -> Started (Requested)"]
    );
    assert!(fake.is_running(vm_slot(VmId(0))));
    assert_eq!(registry.record(LINUX).map(|record| (record.starts, record.resets)), Some((1, 0)));
    assert_eq!(registry.record(LINUX).and_then(|record| record.loader.entry), Some(0x10_0000));
}

#[test]
fn a_created_vm_has_a_route_for_every_range_the_emulator_and_the_pic() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    ask(&mut registry, &mut fake, LINUX, VmRequest::Create).expect("nothing fails");
    let routes = &fake.vm(vm_slot(VmId(0))).routes;
    assert_eq!(
        *routes,
        [
            (0, 0x20, 0x21, 102),
            (0, 0xa0, 0xa1, 102),
            (0, 0x3f8, 0x3ff, 103),
            (0, 0x600, 0x605, 104),
            (1, 0, 0, 101),
            (2, 0, 0, 102)
        ]
    );
}

#[test]
fn a_create_that_fails_at_any_step_leaves_no_trace() {
    let config = linux(PreLaunched);
    let mut steps = 0;
    loop {
        let mut registry = registry(&config);
        // A server that does not answer once is asked again.
        let mut fake = Fake { failing: steps..steps + 2, ..Fake::default() };
        fake.dirty.insert(103);
        let result = ask(&mut registry, &mut fake, LINUX, VmRequest::Create);
        if result.is_ok() {
            break;
        }
        assert_eq!(*fake.vm(vm_slot(VmId(0))), CoreVm::default(), "step {steps}");
        assert!(fake.dirty.is_empty(), "step {steps}");
        let record = registry.record(LINUX).expect("it exists");
        assert_eq!((record.state, record.generation, record.loader.entry), (PoweredOff, 0, None));
        assert!(matches!(record.reason, StateReason::ServerLost | StateReason::CoreRefused));
        // What failed once does not stand in the way of the next attempt.
        assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Create), Ok(Created));
        steps += 1;
    }
    // Core reset, four servers, six routes, CPUID, images.
    assert_eq!(steps, 13);
}

#[test]
fn a_vm_that_cannot_be_stopped_stays_where_it_is() {
    for request in [VmRequest::Pause, VmRequest::Reset, VmRequest::Shutdown] {
        let config = linux(PreLaunched);
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        registry.boot(&mut fake);
        fake.failing = fake.steps..fake.steps + 1;
        assert!(ask(&mut registry, &mut fake, LINUX, request).is_err());
        assert_eq!(state(&registry, LINUX), (Started, StateReason::Requested));
        assert!(fake.is_running(vm_slot(VmId(0))));
    }
}

#[test]
fn a_pause_for_which_a_server_does_not_come_to_rest_leaves_the_vm_running() {
    let config = linux(PreLaunched);
    for server in 0..4 {
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        registry.boot(&mut fake);
        // The core's stop, then the servers.
        fake.failing = fake.steps + 1 + server..fake.steps + 2 + server;
        let place = u8::try_from(server).expect("there are four");
        assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Pause), Err(Refusal::Server(place)));
        assert_eq!(state(&registry, LINUX), (Started, StateReason::Requested));
        assert!(fake.is_running(vm_slot(VmId(0))));
    }
}

#[test]
fn a_vm_that_can_neither_be_paused_nor_go_on_is_paused() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    fake.failing = fake.steps + 1..usize::MAX;
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Pause), Err(Refusal::Server(0)));
    assert_eq!(state(&registry, LINUX), (Paused, StateReason::ServerLost));
    assert!(!fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn only_a_vm_that_stands_still_has_a_fingerprint_and_each_life_has_the_same() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    let fingerprint = |registry: &Registry<'_>, fake: &mut Fake| {
        registry.record(LINUX).expect("it exists").fingerprint(registry.loader, fake)
    };
    assert_eq!(fingerprint(&registry, &mut fake), Err(Refusal::NotStill { state: PoweredOff }));
    ask(&mut registry, &mut fake, LINUX, VmRequest::Create).expect("nothing fails");
    let first = fingerprint(&registry, &mut fake).expect("it stands still");
    ask(&mut registry, &mut fake, LINUX, VmRequest::Start).expect("nothing fails");
    assert_eq!(fingerprint(&registry, &mut fake), Err(Refusal::NotStill { state: Started }));
    ask(&mut registry, &mut fake, LINUX, VmRequest::Pause).expect("nothing fails");
    let used = fingerprint(&registry, &mut fake).expect("it stands still");
    assert!(used.devices != first.devices && used.vcpus != first.vcpus, "a guest leaves traces");
    ask(&mut registry, &mut fake, LINUX, VmRequest::Reset).expect("nothing fails");
    assert_eq!(fingerprint(&registry, &mut fake), Ok(first));
}

#[test]
fn a_reset_that_fails_at_any_later_step_leaves_the_vm_off_and_clean() {
    let config = linux(PreLaunched);
    let mut failed = 0;
    for step in 1.. {
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        registry.boot(&mut fake);
        // A server that does not answer once is asked again.
        fake.failing = fake.steps + step..fake.steps + step + 2;
        if ask(&mut registry, &mut fake, LINUX, VmRequest::Reset).is_ok() {
            break;
        }
        assert_eq!(*fake.vm(vm_slot(VmId(0))), CoreVm::default(), "step {step}");
        assert!(fake.dirty.is_empty(), "step {step}");
        assert_eq!(state(&registry, LINUX).0, PoweredOff);
        assert_eq!(fake.ended, Some(1), "the last VM went off badly");
        failed += 1;
    }
    assert_eq!(failed, 13);
}

#[test]
fn a_build_whose_undo_fails_too_is_still_not_published() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake { failing: 3..100, ..Fake::default() });
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Create), Err(Refusal::Server(2)));
    assert_eq!(state(&registry, LINUX), (PoweredOff, StateReason::ServerLost));
}

#[test]
fn a_refused_image_is_named() {
    let config = linux(PreLaunched);
    let mut registry = registry(&config);
    let mut fake = Fake { image: Some(LoadError::WrongKind), ..Fake::default() };
    registry.boot(&mut fake);
    assert_eq!(fake.log, ["vm linux: create refused: image refused: WrongKind", "all VMs are off"]);
    assert_eq!(state(&registry, LINUX), (PoweredOff, StateReason::ImageRefused));
    assert_eq!(fake.ended, Some(1));
}

#[test]
fn a_start_that_the_core_refuses_leaves_the_vm_created() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    ask(&mut registry, &mut fake, LINUX, VmRequest::Create).expect("nothing fails");
    fake.failing = fake.steps..fake.steps + 1;
    let refusal = Refusal::Core(u8::try_from(bulkhead_abi::syscall::Status::Exhausted as u32).unwrap_or(0));
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Start), Err(refusal));
    assert_eq!(fake.log.last().map(String::as_str), Some("vm linux: start refused: the core says Exhausted"));
    assert_eq!(state(&registry, LINUX).0, Created);
    assert!(!fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn a_dead_server_cannot_keep_a_vm_from_being_switched_off() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    // The first steps of a shutdown are the core's stop and reset, then come the servers.
    fake.failing = fake.steps + 2..fake.steps + 6;
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::Shutdown), Ok(PoweredOff));
    assert!(!fake.is_running(vm_slot(VmId(0))));
}

#[test]
fn a_second_life_is_like_the_first() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    let mut lives = Vec::new();
    for _ in 0..2 {
        ask(&mut registry, &mut fake, LINUX, VmRequest::Create).expect("nothing fails");
        lives.push((fake.vm(vm_slot(VmId(0))).clone(), fake.dirty.clone()));
        ask(&mut registry, &mut fake, LINUX, VmRequest::Start).expect("nothing fails");
        ask(&mut registry, &mut fake, LINUX, VmRequest::Reset).expect("nothing fails");
        lives.push((fake.vm(vm_slot(VmId(0))).clone(), fake.dirty.clone()));
        ask(&mut registry, &mut fake, LINUX, VmRequest::Shutdown).expect("nothing fails");
    }
    assert!(lives.windows(2).all(|pair| pair.first() == pair.last()), "{lives:?}");
    assert_eq!(registry.record(LINUX).map(|record| record.generation), Some(2));
}

#[test]
fn the_machine_ends_well_when_the_last_vm_is_asked_off() {
    let config =
        system(&[crate::fake::plan(0, "linux", PreLaunched), crate::fake::plan(1, "other", PreLaunched)]);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    ask(&mut registry, &mut fake, LINUX, VmRequest::Shutdown).expect("it runs");
    assert_eq!(fake.ended, None);
    ask(&mut registry, &mut fake, VmNumber(1), VmRequest::Shutdown).expect("it runs");
    assert_eq!(fake.ended, Some(0));
}

#[test]
fn a_system_of_post_launched_vms_waits_for_them() {
    let config = linux(PostLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    assert_eq!((fake.ended, fake.steps), (None, 0));
    fake.image = Some(LoadError::Truncated);
    assert_eq!(registry.make(&mut fake, 0), Err(Refusal::Image(LoadError::Truncated)));
    fake.image = None;
    let vm = registry.make(&mut fake, 0).expect("nothing fails");
    ask(&mut registry, &mut fake, vm, VmRequest::Shutdown).expect("it is created");
    assert_eq!(fake.ended, None, "the machine is for whoever makes VMs");
}

#[test]
fn a_vm_that_cannot_be_made_leaves_no_trace() {
    let config = linux(PostLaunched);
    let mut steps = 0;
    loop {
        let (mut registry, mut fake) =
            (registry(&config), Fake { failing: steps..steps + 2, ..Fake::default() });
        fake.dirty.insert(103);
        let before = Kept { next: registry.kept().next + 1, ..registry.kept() };
        if registry.make(&mut fake, 0).is_ok() {
            break;
        }
        assert_eq!(without_marks(registry.kept()), without_marks(before), "step {steps}");
        assert_eq!(*fake.vm(vm_slot(VmId(0))), CoreVm::default(), "step {steps}");
        assert!(fake.dirty.is_empty(), "step {steps}");
        assert_eq!(registry.list(0).total, 0);
        assert!(registry.make(&mut fake, 0).is_ok(), "the definition is free again");
        steps += 1;
    }
    assert_eq!(steps, 13);
}

#[test]
fn vms_start_after_those_that_they_name_or_not_at_all() {
    let mut second = crate::fake::plan(1, "second", PreLaunched);
    second.after.push(0).expect("there is room");
    let config = system(&[crate::fake::plan(0, "first", PreLaunched), second]);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    assert_eq!(state(&registry, VmNumber(1)).0, Started);
    let (mut registry, mut fake) =
        (Registry::new(&config, no_host, HZ), Fake { failing: 0..1, ..Fake::default() });
    registry.boot(&mut fake);
    assert_eq!(state(&registry, VmNumber(1)), (PoweredOff, StateReason::DependencyMissing));
    assert_eq!(
        fake.log.iter().map(String::as_str).collect::<Vec<_>>(),
        [
            "vm first: create refused: the core says Exhausted",
            "vm second: stays off: first has not started",
            "all VMs are off"
        ]
    );
    assert_eq!(fake.ended, Some(1));
}

#[test]
fn a_service_vm_takes_its_post_launched_vms_down_first() {
    for request in [VmRequest::Shutdown, VmRequest::Reset] {
        let config =
            system(&[crate::fake::plan(0, "service", Service), crate::fake::plan(1, "guest", PostLaunched)]);
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        registry.boot(&mut fake);
        let guest = registry.make(&mut fake, 1).expect("it is free");
        ask(&mut registry, &mut fake, guest, VmRequest::Start).expect("it is created");
        fake.log.clear();
        ask(&mut registry, &mut fake, LINUX, request).expect("it runs");
        assert_eq!(fake.log.first().map(String::as_str), Some("vm guest: Started -> PoweredOff (Requested)"));
        assert!(fake.log.get(1).is_some_and(|line| line.starts_with("vm service: Started -> ")));
    }
}

#[test]
fn asking_presses_the_button_and_moves_nothing() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    assert_eq!(ask(&mut registry, &mut fake, LINUX, VmRequest::AskShutdown), Ok(Started));
    assert_eq!(fake.pressed, 1);
    assert!(fake.is_running(vm_slot(VmId(0))));
    assert_ne!(power_slot(VmId(0)), vm_slot(VmId(0)));
}

#[test]
fn a_destroyed_vm_is_unknown_for_ever_and_its_number_is_not_used_again() {
    let config = linux(PostLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let vm = registry.make(&mut fake, 0).expect("it is free");
        ask(&mut registry, &mut fake, vm, VmRequest::Shutdown).expect("it is created");
        ask(&mut registry, &mut fake, vm, VmRequest::Destroy).expect("it is off");
        numbers.push(vm);
        for old in &numbers {
            for request in REQUESTS {
                assert_eq!(ask(&mut registry, &mut fake, *old, request), Err(Refusal::UnknownVm));
            }
        }
    }
    assert!(numbers.windows(2).all(|pair| pair.first() < pair.last()));
    assert_eq!(registry.list(0).total, 0);
}

#[test]
fn when_the_numbers_are_used_up_nothing_is_made() {
    let config = linux(PostLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.next = u32::MAX;
    assert_eq!(registry.make(&mut fake, 0), Err(Refusal::Exhausted));
    assert_eq!((registry.list(0).total, fake.steps), (0, 0));
}

proptest! {
    /// Whatever is asked, in whatever order and with whatever failures: each VM is where the table says, the core
    /// agrees, and what was destroyed stays gone.
    #[test]
    fn random_requests_never_leave_the_table(
        asked in prop::collection::vec((0u32..8, 0usize..9, 0usize..40), 0..80)
    ) {
        let config = system(&[
            crate::fake::plan(0, "service", Service),
            crate::fake::plan(1, "guest", PostLaunched),
            crate::fake::plan(2, "rtos", PreLaunched),
        ]);
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        let mut destroyed = Vec::new();
        for (vm, request, failing) in asked {
            fake.failing = fake.steps + failing..fake.steps + failing + 1;
            let vm = VmNumber(vm);
            let before = registry.record(vm).map(|record| (record.state, record.kind));
            if let Some(request) = REQUESTS.get(request).copied() {
                let result = ask(&mut registry, &mut fake, vm, request);
                fake.failing = 0..0;
                let after = registry.record(vm).map(|record| record.state);
                match before.map(|(state, kind)| (state, plan(state, request, kind))) {
                    None => prop_assert_eq!(result, Err(Refusal::UnknownVm)),
                    Some((state, Err(refusal))) => {
                        prop_assert_eq!(result, Err(refusal));
                        prop_assert_eq!(after, Some(state));
                    }
                    Some((state, Ok(row))) => match (result, row.next) {
                        (Ok(_), Next::Gone) => { destroyed.push(vm); prop_assert!(after.is_none()); }
                        (Ok(moved), Next::State(next)) => {
                            prop_assert_eq!(moved, next);
                            // With the last VM that matters the others go off.
                            prop_assert!(after == Some(next) || fake.ended.is_some());
                        }
                        (Err(_), _) => {
                            let fell = row.on_failure == OnFailure::PowerOff && after == Some(PoweredOff);
                            prop_assert!(fell || after == Some(state));
                        }
                    },
                }
            } else if let Ok(vm) = registry.make(&mut fake, 1) {
                prop_assert!(!destroyed.contains(&vm));
            }
            fake.failing = 0..0;
            for record in &registry.records {
                prop_assert_eq!(fake.is_running(vm_slot(record.vm)), record.state == Started);
            }
            prop_assert!(destroyed.iter().all(|vm| registry.record(*vm).is_none()));
        }
    }
}
