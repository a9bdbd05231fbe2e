//! Two servers of a VM are lost for good, at whatever moments of what somebody asks, and the manager dies in the middle: what
//! follows is what follows if the losses and the request come one after the other, in some order.

use super::*;
use crate::failures::remedy;
use crate::fake::{plan, system};
use bulkhead_protocol::config::FailurePolicy;
use bulkhead_protocol::registry::VmKind::PreLaunched;
use bulkhead_protocol::registry::{AfterReset, ResetKind, StateReason, VmRequest};
use std::collections::BTreeSet;

const RED: VmNumber = VmNumber(0);
/// The 8259A and the serial port of the red VM, by their call slots, which are their tasks.
const SERVERS: [u16; 2] = [102, 103];
const POLICIES: [FailurePolicy; 4] =
    [FailurePolicy::ResetDevice, FailurePolicy::ResetVm, FailurePolicy::PauseVm, FailurePolicy::PowerOffVm];

fn config(policies: [FailurePolicy; 2]) -> VmManager {
    let mut red = plan(0, "red", PreLaunched);
    for server in &mut red.servers {
        if let Some(number) = SERVERS.iter().position(|lost| *lost == server.slot.0) {
            server.on_failure = policies.into_iter().nth(number).unwrap_or(server.on_failure);
        }
    }
    system(&[red, plan(1, "blue", PreLaunched)])
}

/// What is said of a VM: where it is, and which of the two servers it cannot go on without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    state: u8,
    lost: [bool; 2],
}

const OFF: u8 = 0;
const CREATED: u8 = 1;
const STARTED: u8 = 2;
const PAUSED: u8 = 3;

const fn number(state: VmState) -> u8 {
    match state {
        VmState::PoweredOff => OFF,
        VmState::Created => CREATED,
        VmState::Started => STARTED,
        VmState::Paused => PAUSED,
    }
}

const fn is_up(state: u8) -> bool {
    state == STARTED || state == PAUSED
}

impl Said {
    /// The same, but a reset has started these anew.
    fn cured(self, servers: [bool; 2]) -> Self {
        Self { lost: [self.lost[0] && !servers[0], self.lost[1] && !servers[1]], ..self }
    }

    /// These servers are lost together; the strongest of their policies follows.
    fn loses(mut self, servers: [bool; 2], policies: [FailurePolicy; 2]) -> Self {
        use FailurePolicy::{PauseVm, PowerOffVm, ResetDevice, ResetVm};
        let has = |policy| (servers[0] && policies[0] == policy) || (servers[1] && policies[1] == policy);
        let lost = [self.lost[0] || servers[0], self.lost[1] || servers[1]];
        if self.state == OFF || has(PowerOffVm) {
            return Self { state: OFF, lost: [false; 2] };
        }
        if has(PauseVm) {
            self.lost = lost;
            if self.state == STARTED {
                self.state = PAUSED;
            }
        } else if has(ResetVm) && is_up(self.state) {
            self.lost = [false; 2];
            self.state = if self.state == STARTED { STARTED } else { CREATED };
        } else {
            assert!(has(ResetVm) || has(ResetDevice));
        }
        self
    }

    /// What comes of a request, which can be refused.
    fn asked(self, order: Option<Order>) -> Vec<Self> {
        let whole = self.lost == [false; 2];
        let anew = |state| Self { state, lost: [false; 2] };
        let mut then = Vec::from([self]);
        match order {
            None => {}
            Some(order) => match (order.request, self.state) {
                (VmRequest::Pause, STARTED) => then.push(Self { state: PAUSED, ..self }),
                (VmRequest::Resume, PAUSED) | (VmRequest::Start, CREATED) if whole => {
                    then.push(anew(STARTED))
                }
                (VmRequest::Reset, STARTED | PAUSED) if order.then == AfterReset::Start => {
                    then.push(anew(STARTED));
                }
                (VmRequest::Reset, STARTED | PAUSED) => then.push(anew(CREATED)),
                (VmRequest::Shutdown, CREATED..) => then.push(anew(OFF)),
                _ => {}
            },
        }
        then
    }
}

/// All ends to which losses and a request can lead, one after the other.
fn ends(from: Said, order: Option<Order>, lost: [bool; 2], policies: [FailurePolicy; 2]) -> BTreeSet<Said> {
    let mut ends = BTreeSet::new();
    let resets = policies.contains(&FailurePolicy::ResetVm);
    // Which losses come before the request, and which together: the others come behind it.
    let groups = |servers: [bool; 2]| match servers {
        [true, true] => Vec::from([
            Vec::from([[true, true]]),
            Vec::from([[true, false], [false, true]]),
            Vec::from([[false, true], [true, false]]),
        ]),
        [false, false] => Vec::from([Vec::new()]),
        one => Vec::from([Vec::from([one])]),
    };
    for before in [[false, false], [true, false], [false, true], [true, true]] {
        let (before, behind) =
            ([before[0] && lost[0], before[1] && lost[1]], [!before[0] && lost[0], !before[1] && lost[1]]);
        for first in groups(before) {
            let start = first.iter().fold(from, |said, servers| said.loses(*servers, policies));
            for asked in start.asked(order) {
                for second in groups(behind) {
                    let end = second.iter().fold(asked, |said, servers| said.loses(*servers, policies));
                    ends.insert(end);
                    // The loss that comes in a reset is made good by it, and still its policy follows.
                    if order.is_some_and(|order| order.request == VmRequest::Reset) || resets {
                        ends.extend(
                            [[true, false], [false, true], [true; 2]].map(|servers| end.cured(servers)),
                        );
                    }
                }
            }
        }
    }
    ends
}

/// What the manager and the core say of the red VM; and nothing is half done.
fn said(world: &mut World<'_>, what: &str) -> Said {
    let log = world.fake.log.clone();
    let (kept, core) = world.picture(0);
    let kept = kept.expect("it is in the configuration");
    let lost = SERVERS.map(|server| world.fake.dead.contains(&server));
    let known = [1, 2].map(|place| kept.lost.contains(place));
    assert!(world.fake.failures.is_empty(), "{what}: a failure is left: {log:?}");
    assert!(world.fake.is_running(vm_slot(VmId(1))), "{what}: the other VM: {log:?}");
    let built = core.is_loaded && core.routes.len() == 6;
    match kept.state {
        VmState::Started => {
            assert!(core.running && built && lost == [false; 2], "{what}: it runs: {core:?} {log:?}");
        }
        VmState::Paused => assert!(!core.running && built, "{what}: {core:?} {log:?}"),
        VmState::Created => {
            let used = SERVERS
                .iter()
                .any(|server| world.fake.dirty.contains(server) && !world.fake.dead.contains(server));
            assert!(!core.running && built && !core.has_run && !used, "{what}: {core:?} {log:?}");
        }
        VmState::PoweredOff => {
            assert_eq!(core, CoreVm::default(), "{what}: {log:?}");
            return Said { state: OFF, lost: [false; 2] };
        }
    }
    for (known, dead) in known.into_iter().zip(lost) {
        assert!(known || !dead, "{what}: a dead server that nobody knows of: {log:?}");
    }
    Said { state: number(kept.state), lost: known }
}

/// A VM in a state, and what is asked of it there.
fn stories() -> Vec<(Vec<Order>, Option<Order>)> {
    use VmRequest::{Pause, Resume, Shutdown, Start};
    let asked = |request| Order::new(request, StateReason::Requested);
    let reset = |then| Order::reset(ResetKind::Cold, then, StateReason::Requested);
    let (hold, start) = (reset(AfterReset::Hold), reset(AfterReset::Start));
    let mut stories = Vec::new();
    for order in [None, Some(asked(Pause)), Some(asked(Shutdown)), Some(hold), Some(start)] {
        stories.push((Vec::new(), order));
    }
    for order in [None, Some(asked(Resume)), Some(asked(Shutdown)), Some(start)] {
        stories.push((Vec::from([asked(Pause)]), order));
    }
    for order in [None, Some(asked(Start)), Some(asked(Shutdown))] {
        stories.push((Vec::from([hold]), order));
    }
    stories
}

/// One story: the losses at these moments from the request on, the manager's death at that one.
fn tell<'p>(
    config: &'p VmManager,
    (before, order): &(Vec<Order>, Option<Order>),
    deaths: &[(usize, u16)],
    manager: Option<usize>,
) -> World<'p> {
    let mut world = World::booted(config);
    for order in before {
        let _ = world.happens(Event::Request(RED, *order));
    }
    for (moment, server) in deaths {
        let at = world.fake.moments + moment;
        world.fake.deaths.entry(at).or_default().push(*server);
    }
    if let Some(moment) = manager {
        world.dies_in(moment);
    }
    if let Some(order) = order {
        let _ = world.happens(Event::Request(RED, *order));
    }
    // Those whose moment did not come: their loss comes last.
    let late: Vec<u16> = core::mem::take(&mut world.fake.deaths).into_values().flatten().collect();
    for server in late {
        world.fake.lose(server, false);
    }
    world.happens(Event::Signal(FAILURE));
    world
}

/// Where a story begins.
fn start_of(config: &VmManager, story: &(Vec<Order>, Option<Order>)) -> Said {
    said(&mut tell(config, &(story.0.clone(), None), &[], None), "before")
}

#[test]
fn two_losses_and_a_request_lead_where_they_lead_one_after_the_other() {
    for policies in POLICIES.into_iter().flat_map(|first| POLICIES.map(|second| [first, second])) {
        let config = config(policies);
        for story in stories() {
            let allowed = ends(start_of(&config, &story), story.1, [true; 2], policies);
            let span = tell(&config, &story, &[], None).fake.moments - World::booted(&config).fake.moments;
            for (first, second) in (0..=span).flat_map(|first| (0..=span).map(move |second| (first, second)))
            {
                let deaths = [(first, SERVERS[0]), (second, SERVERS[1])];
                let what = std::format!("{policies:?}, {story:?}, {deaths:?}");
                let mut world = tell(&config, &story, &deaths, None);
                let end = said(&mut world, &what);
                assert!(allowed.contains(&end), "{what}: {end:?}, not of {allowed:?}: {:?}", world.fake.log);
            }
        }
    }
}

#[test]
fn so_they_do_if_the_manager_dies_meanwhile() {
    for policies in POLICIES.into_iter().flat_map(|first| POLICIES.map(|second| [first, second])) {
        let config = config(policies);
        for story in stories() {
            let allowed = ends(start_of(&config, &story), story.1, [true; 2], policies);
            let span = tell(&config, &story, &[], None).fake.moments - World::booted(&config).fake.moments;
            for (first, second) in
                (0..=span).step_by(3).flat_map(|first| [(first, first), (first, first + 4)])
            {
                let deaths = [(first, SERVERS[0]), (second, SERVERS[1])];
                for manager in 0.. {
                    let what = std::format!("{policies:?}, {story:?}, {deaths:?}, manager at {manager}");
                    let mut world = tell(&config, &story, &deaths, Some(manager));
                    let end = said(&mut world, &what);
                    assert!(
                        allowed.contains(&end),
                        "{what}: {end:?}, not of {allowed:?}: {:?}",
                        world.fake.log
                    );
                    if world.lives == 1 {
                        break;
                    }
                }
            }
        }
    }
}

/// A device that its policy resets is reset, however often the manager dies between the server's new start and that.
#[test]
fn a_policy_that_was_interrupted_is_carried_out_to_its_end() {
    for policy in POLICIES {
        let config = config([policy; 2]);
        let story = (Vec::new(), None);
        let whole = tell(&config, &story, &[(0, SERVERS[0])], None);
        let resets = |world: &World<'_>| {
            world.registry.record(RED).map(|record| (record.resets, record.starts, record.reason))
        };
        for manager in 0.. {
            let world = tell(&config, &story, &[(0, SERVERS[0])], Some(manager));
            assert_eq!(world.fake.dirty, whole.fake.dirty, "{policy:?}, {manager}: {:?}", world.fake.log);
            assert_eq!(resets(&world), resets(&whole), "{policy:?}, {manager}: {:?}", world.fake.log);
            if world.lives == 1 {
                break;
            }
        }
    }
    // The test's own numbers for policies are the manager's.
    assert_eq!(remedy(FailurePolicy::ResetVm, true), FailurePolicy::PowerOffVm);
}
