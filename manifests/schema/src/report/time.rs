//! Schedules in words.

use super::{ActorReport, Cpu, Time, duration};
use crate::analysis::{Actor, Analysis, Bound, Outlook, Who, Why};
use crate::system::System;

/// Who runs on a CPU and what each can count on.
pub(super) fn cpu(system: &System, analysis: &Analysis, cpu: u16) -> Cpu {
    let actors = analysis.on_cpu(cpu).map(|(actor, outlook)| actor_report(system, analysis, actor, outlook));
    Cpu { cpu, promised_ppm: analysis.promised_ppm(cpu), actors: actors.collect() }
}

fn actor_report(system: &System, analysis: &Analysis, actor: &Actor, outlook: &Outlook) -> ActorReport {
    let answers = match (actor.who, &outlook.event) {
        (Who::Vcpu { vm, .. }, _) => slowest(system, analysis, vm),
        (Who::Task(_), Some(event)) => event.clone(),
        (Who::Task(_), None) => Bound::Unbounded(Why::NoBudget),
    };
    ActorReport {
        name: actor.name.clone(),
        priority: actor.priority,
        budget_us: actor.budget.map_or(0, |budget| budget.budget_us),
        period_us: actor.budget.map_or(0, |budget| budget.period_us),
        gets_budget: in_words(analysis, &outlook.budget),
        answers: in_words(analysis, &answers),
    }
}

/// The longest that a vCPU may wait for one of its devices.
fn slowest(system: &System, analysis: &Analysis, vm: usize) -> Bound {
    let bounds = system.vms[vm].servers.iter().map(|(_, server)| analysis.requests[*server].clone());
    bounds.reduce(longer).unwrap_or(Bound::Within(0))
}

fn longer(a: Bound, b: Bound) -> Bound {
    match (&a, &b) {
        (Bound::Within(first), Bound::Within(second)) if first >= second => a,
        (Bound::Within(_), _) => b,
        _ => a,
    }
}

/// A bound, or why there is none.
pub(super) fn in_words(analysis: &Analysis, bound: &Bound) -> Time {
    let words = match bound {
        Bound::Within(time) => duration(*time),
        Bound::Beyond(time) => format!("longer than {}: more is promised than there is", duration(*time)),
        Bound::Unbounded(Why::NoBudget) => "no bound: it has no budget".into(),
        Bound::Unbounded(Why::Server(server)) => {
            format!("no bound: {} has no budget", analysis.actors[*server].name)
        }
        Bound::Unbounded(Why::Before(before)) => {
            let names: Vec<_> = before.iter().map(|actor| analysis.actors[*actor].name.as_str()).collect();
            match names.as_slice() {
                [] => "no bound".into(),
                [one] => format!("no bound: {one} comes first and has no budget"),
                [first, second] => format!("no bound: {first} and {second} come first and have no budget"),
                [first, second, rest @ ..] => format!(
                    "no bound: {first}, {second} and {} more come first and have no budget",
                    rest.len()
                ),
            }
        }
    };
    Time { within_us: bound.within(), words }
}
