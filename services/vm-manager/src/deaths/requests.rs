//! Somebody asks for something, and the manager dies while it does that: it has happened as a whole, or not at all.

use super::*;
use crate::fake::{in_pool_of, plan, system};
use bulkhead_protocol::registry::VmKind::{PostLaunched, PreLaunched};
use bulkhead_protocol::registry::{AfterReset, ResetKind, StateReason, VmRequest};

const LINUX: VmNumber = VmNumber(0);

const fn asked(request: VmRequest) -> Order {
    Order::new(request, StateReason::Requested)
}

const fn reset(kind: ResetKind, then: AfterReset) -> Order {
    Order::reset(kind, then, StateReason::Requested)
}

#[test]
fn a_request_has_happened_as_a_whole_or_not_at_all() {
    use VmRequest::{Create, Pause, Resume, Shutdown, Start};
    let config = system(&[plan(0, "linux", PreLaunched), plan(1, "other", PreLaunched)]);
    let (cold, warm) = (ResetKind::Cold, ResetKind::Warm);
    let resets = [cold, warm].map(|kind| [AfterReset::Hold, AfterReset::Start].map(|then| reset(kind, then)));
    let [[a, b], [c, d]] = resets;
    // How the VM came to where it is, and what is asked.
    let mut stories: Vec<(Vec<Order>, Order)> = Vec::new();
    for order in [asked(Pause), asked(Shutdown), a, b, c, d] {
        stories.push((Vec::new(), order));
    }
    for order in [asked(Resume), asked(Shutdown), a, b, c, d] {
        stories.push((Vec::from([asked(Pause)]), order));
    }
    for order in [asked(Start), asked(Shutdown)] {
        stories.push((Vec::from([a]), order));
    }
    stories.push((Vec::from([asked(Shutdown)]), asked(Create)));
    stories.push((Vec::from([asked(Shutdown), asked(Create)]), asked(Start)));
    // What comes behind a reset that was whole is not taken for a part of it.
    stories.push((Vec::from([b]), asked(Pause)));
    stories.push((Vec::from([b, asked(Pause)]), asked(Resume)));
    for (before, order) in stories {
        let begin = || {
            let mut world = World::booted(&config);
            for order in &before {
                let _ = world.happens(Event::Request(LINUX, *order));
            }
            world
        };
        let not_happened = begin().pictures();
        let mut whole = begin();
        let result = whole.happens(Event::Request(LINUX, order));
        assert!(matches!(result, Some(Ok(_))), "{before:?}, {order:?}: {result:?}");
        let happened = whole.pictures();
        let mut seen = [false; 2];
        at_every_moment(|death| {
            let mut world = begin();
            death(&mut world);
            let _ = world.happens(Event::Request(LINUX, order));
            let now = world.pictures();
            let is = [now == not_happened, now == happened];
            assert_ne!(is, [false; 2], "{before:?}, {order:?}: {now:?} {:?}", world.fake.log);
            seen = [seen[0] | is[0], seen[1] | is[1]];
            world.lives
        });
        assert!(seen[1], "{before:?}, {order:?}");
    }
}

#[test]
fn a_vm_that_was_being_made_is_taken_back_or_was_never_begun() {
    let config = system(&[plan(0, "linux", PreLaunched), plan(1, "guest", PostLaunched)]);
    let before = World::booted(&config).pictures();
    at_every_moment(|death| {
        let mut world = World::booted(&config);
        death(&mut world);
        let result = world.happens(Event::Make(1));
        if result.is_none() {
            assert_eq!(world.pictures(), before, "{:?}", world.fake.log);
            // The number may be used: nobody has heard of it.
            assert!(matches!(world.happens(Event::Make(1)), Some(Ok(_))));
        }
        world.lives
    });
}

/// Of two definitions that share a pool, the one that has it is dealt with, and the other has nothing to do with that.
#[test]
fn what_happens_in_a_pool_is_its_holders_matter() {
    let lab = plan(1, "debian", PostLaunched);
    let tiny = in_pool_of(&lab, "tiny");
    let config = system(&[plan(0, "linux", PreLaunched), lab, tiny]);
    let story = |death: &mut dyn FnMut(&mut World<'_>), what: VmRequest| {
        let mut world = World::booted(&config);
        world.happens(Event::Make(1));
        let (debian, tiny) = (VmNumber(3), VmNumber(4));
        for request in [VmRequest::Shutdown, VmRequest::Destroy] {
            world.happens(Event::Request(debian, asked(request)));
        }
        world.happens(Event::Make(2));
        world.happens(Event::Request(tiny, asked(VmRequest::Start)));
        death(&mut world);
        let order =
            if what == VmRequest::Reset { reset(ResetKind::Cold, AfterReset::Start) } else { asked(what) };
        world.happens(Event::Request(tiny, order));
        world
    };
    for what in [VmRequest::Reset, VmRequest::Shutdown] {
        let not_happened = story(&mut |_| (), VmRequest::Start).pictures();
        let happened = story(&mut |_| (), what).pictures();
        at_every_moment(|death| {
            let mut world = story(death, what);
            let now = world.pictures();
            assert!(now == not_happened || now == happened, "{what:?}: {now:?}, {:?}", world.fake.log);
            assert!(world.fake.vm(vm_slot(VmId(1))).definition != 1, "{what:?}");
            world.lives
        });
    }
}
