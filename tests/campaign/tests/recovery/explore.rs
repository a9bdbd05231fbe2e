//! Every order of actions, and what must hold in all of them.

use super::model::{ACTIONS, Action, REQUESTS, World};
use super::rules::Rules;
use std::collections::HashMap;

/// What a search has found.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing wrong in so many states.
    Nothing(usize),
    /// What is wrong, and the way to it.
    Violation(&'static str, Vec<Action>),
}

/// Visits every world that actions can lead to.
pub(crate) fn explore(rules: &Rules) -> Found {
    let first = World::new(rules);
    let mut came_from: HashMap<World, Option<(World, Action)>> = HashMap::from([(first.clone(), None)]);
    let mut open = vec![first];
    while let Some(world) = open.pop() {
        if let Some(problem) = broken(&world, rules) {
            return Found::Violation(problem, way_to(&world, &came_from));
        }
        let mut ended = true;
        for action in ACTIONS {
            let Some(next) = world.after(action, rules) else { continue };
            // A deadline that changes nothing is no way on.
            ended &= next == world;
            if !came_from.contains_key(&next) {
                came_from.insert(next.clone(), Some((world.clone(), action)));
                open.push(next);
            }
        }
        if ended && let Some(problem) = unfinished(&world) {
            return Found::Violation(problem, way_to(&world, &came_from));
        }
    }
    Found::Nothing(came_from.len())
}

/// What no world may be.
fn broken(world: &World, rules: &Rules) -> Option<&'static str> {
    let (_, effects) = world.outcome();
    let times = |request: &u8| effects.iter().filter(|effect| *effect == request).count();
    if world.stale_accepted {
        return Some("a stale reply was accepted");
    }
    if (0..REQUESTS).any(|request| times(&request) > 1) {
        return Some("a request took effect twice");
    }
    if world.answered.iter().any(|request| times(request) != 1) {
        return Some("a request was answered and has no effect");
    }
    let sure = world.failed.iter().filter(|request| !world.unsure.contains(request));
    if rules.atomic && sure.into_iter().any(|request| times(request) != 0) {
        return Some("a request failed and has an effect");
    }
    None
}

/// What no world may be in which nothing can happen any more.
fn unfinished(world: &World) -> Option<&'static str> {
    let (accepted, effects) = world.outcome();
    if world.request < REQUESTS {
        return Some("somebody waits for ever");
    }
    // Bytes of requests that failed may have reached the peer: the error says so. Those of others have, once and in
    // order, unless a reset has thrown them away.
    let in_order = accepted.is_sorted_by(|before, after| before < after);
    let has = |effect: &u8| accepted.contains(effect) || world.dropped.contains(effect);
    if !in_order || !effects.iter().all(has) {
        return Some("the peer has not what took effect");
    }
    None
}

fn way_to(world: &World, came_from: &HashMap<World, Option<(World, Action)>>) -> Vec<Action> {
    let mut way = Vec::new();
    let mut at = world;
    while let Some(Some((before, action))) = came_from.get(at) {
        way.push(*action);
        at = before;
    }
    way.reverse();
    way
}
