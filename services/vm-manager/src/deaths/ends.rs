//! A guest ends itself, and the manager dies while it sees to that: what follows, and the reason for it, are the same.

use super::*;
use crate::fake::{plan, power_slot, system};
use bulkhead_abi::vm::VmEvents;
use bulkhead_protocol::config::EndPolicy;
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::registry::StateReason;
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched, Service};

/// VM 0's event bit and its power device's.
const EVENT: u64 = 1;
const POWER: u64 = 2;

#[derive(Debug, Clone, Copy)]
struct End {
    power: Option<PowerRequest>,
    events: VmEvents,
    reason: StateReason,
}

const ENDS: [End; 9] = {
    use PowerRequest::{ColdReset, PowerOff, WarmReset};
    const fn end(power: Option<PowerRequest>, events: VmEvents, reason: StateReason) -> End {
        End { power, events, reason }
    }
    [
        end(Some(PowerOff), VmEvents::empty(), StateReason::GuestPowerOff),
        // A guest that has written S5 often halts for ever.
        end(Some(PowerOff), VmEvents::HALTED_FOR_EVER, StateReason::GuestPowerOff),
        end(Some(ColdReset), VmEvents::empty(), StateReason::GuestReset),
        end(Some(WarmReset), VmEvents::HALTED_FOR_EVER, StateReason::GuestReset),
        end(None, VmEvents::TRIPLE_FAULT, StateReason::TripleFault),
        end(None, VmEvents::HALTED_FOR_EVER, StateReason::HaltedForEver),
        end(None, VmEvents::ENTRY_REFUSED, StateReason::EntryRefused),
        end(None, VmEvents::UNHANDLED_EXIT, StateReason::UnhandledExit),
        end(None, VmEvents::STOPPED_BY_SERVER, StateReason::UnhandledExit),
    ]
};

/// Guest 0 has come to this end.
fn ends(world: &mut World<'_>, end: End) {
    world.fake.vm(vm_slot(VmId(0))).events = end.events.bits();
    if let Some(power) = end.power {
        world.fake.power.insert(power_slot(VmId(0)).0, power);
    }
    let from_power = if end.power.is_some() { POWER } else { 0 };
    let from_core = if end.events.is_empty() { 0 } else { EVENT };
    world.happens(Event::Signal(from_power | from_core));
}

fn configs() -> Vec<VmManager> {
    let mut configs = Vec::new();
    for (on_power_off, on_reset) in
        [(EndPolicy::PowerOff, EndPolicy::Restart), (EndPolicy::Restart, EndPolicy::PowerOff)]
    {
        let mut linux = plan(0, "linux", PreLaunched);
        (linux.on_power_off, linux.on_reset) = (on_power_off, on_reset);
        configs.push(system(&[linux.clone()]));
        configs.push(system(&[linux, plan(1, "other", PreLaunched)]));
    }
    configs
}

#[test]
fn how_a_guest_ended_is_told_truly_at_whatever_moment_the_manager_dies() {
    let mut told = 0;
    for config in configs() {
        for end in ENDS {
            let mut whole = World::booted(&config);
            ends(&mut whole, end);
            let (expected, ended, loaded) = (whole.pictures(), whole.fake.ended, whole.fake.loads.pop());
            let reason = expected.first().and_then(|(kept, _)| *kept).map(|kept| kept.reason);
            assert_eq!(reason, Some(end.reason), "{end:?}");
            told += at_every_moment(|death| {
                let mut world = World::booted(&config);
                death(&mut world);
                ends(&mut world, end);
                assert_eq!(world.pictures(), expected, "{end:?}: {:?}", world.fake.log);
                assert_eq!(world.fake.ended, ended, "{end:?}");
                assert_eq!(world.fake.loads.pop(), loaded, "{end:?}: what a reset keeps");
                world.lives
            });
        }
    }
    assert!(told > 300, "{told}");
}

#[test]
fn a_second_death_in_recovery_changes_nothing_either() {
    for config in configs() {
        for end in ENDS {
            let mut whole = World::booted(&config);
            ends(&mut whole, end);
            let (expected, ended) = (whole.pictures(), whole.fake.ended);
            for second in 1.. {
                let mut deaths = 0;
                at_every_moment(|death| {
                    let mut world = World::booted(&config);
                    death(&mut world);
                    world.fake.manager_dies_again = Some(second);
                    ends(&mut world, end);
                    assert_eq!(world.pictures(), expected, "{end:?}, {second}: {:?}", world.fake.log);
                    assert_eq!(world.fake.ended, ended, "{end:?}");
                    deaths = deaths.max(world.lives);
                    world.lives
                });
                if deaths < 3 {
                    break;
                }
            }
        }
    }
}

/// The service VM's end waits for that of the guest that it launched.
#[test]
fn the_end_of_a_service_vm_is_told_truly_too() {
    let config = system(&[plan(0, "boss", Service), plan(1, "guest", PostLaunched)]);
    let story = |death: &mut dyn FnMut(&mut World<'_>), end: End| {
        let mut world = World::booted(&config);
        world.happens(Event::Make(1));
        let start = Order::new(bulkhead_protocol::registry::VmRequest::Start, StateReason::Requested);
        world.happens(Event::Request(VmNumber(2), start));
        death(&mut world);
        ends(&mut world, end);
        world.fake.power.insert(power_slot(VmId(1)).0, PowerRequest::PowerOff);
        world.happens(Event::Signal(POWER << 2));
        // Deadlines of what was asked depend on when it was.
        (world.pictures(), world.fake.ended, world.lives)
    };
    for end in ENDS {
        let (expected, ended, _) = story(&mut |_| (), end);
        at_every_moment(|death| {
            let (pictures, really, lives) = story(death, end);
            assert_eq!(pictures, expected, "{end:?}");
            assert_eq!(really, ended, "{end:?}");
            lives
        });
    }
}
