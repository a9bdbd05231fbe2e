//! Moves of VMs against a platform that can fail at any step.
#![expect(clippy::expect_used, clippy::arithmetic_side_effects, reason = "a test")]

use super::*;
use crate::fake::{CoreVm, Fake, HZ, no_host, power_slot, system, vm_slot};
use crate::table::tests::REQUESTS;
use VmKind::{PostLaunched, PreLaunched, Service};
use VmState::{Created, PoweredOff, Started};
use bulkhead_protocol::loader::LoadError;
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;

const LINUX: VmId = VmId(0);

fn linux(kind: VmKind) -> VmManager {
    system(&[crate::fake::plan(0, "linux", kind)])
}

fn registry(config: &VmManager) -> Registry<'_> {
    Registry::new(config, no_host, HZ)
}

fn state(registry: &Registry<'_>, vm: VmId) -> (VmState, StateReason) {
    let summary = registry.query(vm).expect("the VM exists");
    (summary.state, summary.reason)
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
    assert!(fake.is_running(vm_slot(LINUX)));
    let summary = registry.query(LINUX).expect("it exists");
    assert_eq!((summary.starts, summary.resets), (1, 0));
    assert_eq!(registry.record(LINUX).and_then(|record| record.loader.entry), Some(0x10_0000));
}

#[test]
fn a_created_vm_has_a_route_for_every_range_the_emulator_and_the_pic() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.request(&mut fake, LINUX, VmRequest::Create).expect("nothing fails");
    let routes = &fake.vm(vm_slot(LINUX)).routes;
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
        let mut fake = Fake { failing: steps..steps + 1, ..Fake::default() };
        fake.dirty.insert(103);
        let result = registry.request(&mut fake, LINUX, VmRequest::Create);
        if result.is_ok() {
            break;
        }
        assert_eq!(*fake.vm(vm_slot(LINUX)), CoreVm::default(), "step {steps}");
        assert!(fake.dirty.is_empty(), "step {steps}");
        let record = registry.record(LINUX).expect("it exists");
        assert_eq!((record.state, record.generation, record.loader.entry), (PoweredOff, 0, None));
        assert!(matches!(record.reason, StateReason::ServerLost | StateReason::CoreRefused));
        // What failed once does not stand in the way of the next attempt.
        assert_eq!(registry.request(&mut fake, LINUX, VmRequest::Create), Ok(Created));
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
        assert!(registry.request(&mut fake, LINUX, request).is_err());
        assert_eq!(state(&registry, LINUX), (Started, StateReason::Requested));
        assert!(fake.is_running(vm_slot(LINUX)));
    }
}

#[test]
fn a_reset_that_fails_at_any_later_step_leaves_the_vm_off_and_clean() {
    let config = linux(PreLaunched);
    let mut failed = 0;
    for step in 1.. {
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        registry.boot(&mut fake);
        fake.failing = fake.steps + step..fake.steps + step + 1;
        if registry.request(&mut fake, LINUX, VmRequest::Reset).is_ok() {
            break;
        }
        assert_eq!(*fake.vm(vm_slot(LINUX)), CoreVm::default(), "step {step}");
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
    assert_eq!(registry.request(&mut fake, LINUX, VmRequest::Create), Err(Refusal::Server(2)));
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
    registry.request(&mut fake, LINUX, VmRequest::Create).expect("nothing fails");
    fake.failing = fake.steps..fake.steps + 1;
    let refusal = Refusal::Core(u8::try_from(bulkhead_abi::syscall::Status::Exhausted as u32).unwrap_or(0));
    assert_eq!(registry.request(&mut fake, LINUX, VmRequest::Start), Err(refusal));
    assert_eq!(fake.log.last().map(String::as_str), Some("vm linux: start refused: the core says Exhausted"));
    assert_eq!(state(&registry, LINUX).0, Created);
    assert!(!fake.is_running(vm_slot(LINUX)));
}

#[test]
fn a_dead_server_cannot_keep_a_vm_from_being_switched_off() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    // The first steps of a shutdown are the core's stop and reset, then come the servers.
    fake.failing = fake.steps + 2..fake.steps + 6;
    assert_eq!(registry.request(&mut fake, LINUX, VmRequest::Shutdown), Ok(PoweredOff));
    assert!(!fake.is_running(vm_slot(LINUX)));
}

#[test]
fn a_second_life_is_like_the_first() {
    let config = linux(PostLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    let mut lives = Vec::new();
    for _ in 0..2 {
        registry.request(&mut fake, LINUX, VmRequest::Create).expect("nothing fails");
        lives.push((fake.vm(vm_slot(LINUX)).clone(), fake.dirty.clone()));
        registry.request(&mut fake, LINUX, VmRequest::Start).expect("nothing fails");
        registry.request(&mut fake, LINUX, VmRequest::Reset).expect("nothing fails");
        lives.push((fake.vm(vm_slot(LINUX)).clone(), fake.dirty.clone()));
        registry.request(&mut fake, LINUX, VmRequest::Shutdown).expect("nothing fails");
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
    registry.request(&mut fake, LINUX, VmRequest::Shutdown).expect("it runs");
    assert_eq!(fake.ended, None);
    registry.request(&mut fake, VmId(1), VmRequest::Shutdown).expect("it runs");
    assert_eq!(fake.ended, Some(0));
}

#[test]
fn a_system_of_post_launched_vms_waits_for_them() {
    let config = linux(PostLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    assert_eq!((fake.ended, fake.steps), (None, 0));
    fake.image = Some(LoadError::Truncated);
    assert_eq!(
        registry.request(&mut fake, LINUX, VmRequest::Create),
        Err(Refusal::Image(LoadError::Truncated))
    );
    assert_eq!(fake.ended, None);
}

#[test]
fn a_service_vm_takes_its_post_launched_vms_down_first() {
    for request in [VmRequest::Shutdown, VmRequest::Reset] {
        let config =
            system(&[crate::fake::plan(0, "service", Service), crate::fake::plan(1, "guest", PostLaunched)]);
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        registry.boot(&mut fake);
        registry.request(&mut fake, VmId(1), VmRequest::Create).expect("it is off");
        registry.request(&mut fake, VmId(1), VmRequest::Start).expect("it is created");
        fake.log.clear();
        registry.request(&mut fake, LINUX, request).expect("it runs");
        assert_eq!(fake.log.first().map(String::as_str), Some("vm guest: Started -> PoweredOff (Requested)"));
        assert!(fake.log.get(1).is_some_and(|line| line.starts_with("vm service: Started -> ")));
    }
}

#[test]
fn asking_presses_the_button_and_moves_nothing() {
    let config = linux(PreLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    registry.boot(&mut fake);
    assert_eq!(registry.request(&mut fake, LINUX, VmRequest::AskShutdown), Ok(Started));
    assert_eq!(fake.pressed, 1);
    assert!(fake.is_running(vm_slot(LINUX)));
    assert_ne!(power_slot(LINUX), vm_slot(LINUX));
}

#[test]
fn a_destroyed_vm_is_unknown_for_ever() {
    let config = linux(PostLaunched);
    let (mut registry, mut fake) = (registry(&config), Fake::default());
    assert_eq!(registry.list(), 1);
    registry.request(&mut fake, LINUX, VmRequest::Destroy).expect("it is off");
    assert_eq!(registry.list(), 0);
    assert_eq!(registry.query(LINUX), Err(Refusal::UnknownVm));
    for request in REQUESTS {
        assert_eq!(registry.request(&mut fake, LINUX, request), Err(Refusal::UnknownVm));
    }
}

proptest! {
    /// Whatever is asked, in whatever order and with whatever failures: each VM is where the table says, the core
    /// agrees, and what was destroyed stays gone.
    #[test]
    fn random_requests_never_leave_the_table(
        asked in prop::collection::vec((0u16..4, 0usize..8, 0usize..40), 0..60)
    ) {
        let config = system(&[
            crate::fake::plan(0, "service", Service),
            crate::fake::plan(1, "guest", PostLaunched),
            crate::fake::plan(2, "rtos", PreLaunched),
        ]);
        let (mut registry, mut fake) = (registry(&config), Fake::default());
        let mut destroyed = false;
        for (vm, request, failing) in asked {
            let vm = VmId(vm);
            let Some(request) = REQUESTS.get(request).copied() else { continue };
            fake.failing = fake.steps + failing..fake.steps + failing + 1;
            let before = registry.query(vm);
            let result = registry.request(&mut fake, vm, request);
            let after = registry.query(vm);
            fake.failing = 0..0;
            match before {
                Err(refusal) => prop_assert_eq!(result, Err(refusal)),
                Ok(before) => match plan(before.state, request, before.kind) {
                    Err(refusal) => {
                        prop_assert_eq!(result, Err(refusal));
                        prop_assert_eq!(after, Ok(before));
                    }
                    Ok(row) => match (result, row.next) {
                        (Ok(_), Next::Gone) => { destroyed = true; prop_assert!(after.is_err()); }
                        (Ok(moved), Next::State(next)) => {
                            prop_assert_eq!(moved, next);
                            prop_assert_eq!(after.map(|after| after.state), Ok(next));
                        }
                        (Err(_), _) => {
                            let state = after.map(|after| after.state);
                            let fell = row.on_failure == OnFailure::PowerOff && state == Ok(PoweredOff);
                            prop_assert!(fell || state == Ok(before.state));
                        }
                    },
                },
            }
            for record in registry.records.iter().flatten() {
                prop_assert_eq!(fake.is_running(vm_slot(record.vm)), record.state == Started);
            }
            prop_assert_eq!(registry.query(VmId(1)).is_err(), destroyed);
        }
    }
}
