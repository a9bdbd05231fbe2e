//! The response-time analysis against the core's own scheduler: random task sets are run by
//! `bulkhead_model::sched::Scheduler` in simulated time, and whatever takes longer than its computed bound is reported.
#![forbid(unsafe_code)]

mod observation;
mod set;
mod simulation;

pub use observation::{Kind, Observation};
pub use set::{Behaviour, TaskSet};

use bulkhead_schema::analysis::{Bound, Calls, of_budget, of_event};

/// Bounds of one actor.
#[derive(Debug, Clone)]
struct Bounds {
    budget: Bound,
    alone: Bound,
    event: Bound,
    request: Bound,
}

/// What a run of many sets found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Sets that were simulated.
    pub sets: u64,
    /// Times that had a bound.
    pub compared: u64,
    /// Times within their bound by less than a tenth of it: the bounds are not far off.
    pub close: u64,
    /// The first that took longer, in words.
    pub late: Option<String>,
}

/// Simulates so many sets from a seed on; ends at the first that takes longer than its bound.
#[must_use]
pub fn run(seed: u64, sets: u64) -> Findings {
    let mut findings = Findings::default();
    for number in seed..seed.saturating_add(sets) {
        let set = TaskSet::random(number);
        findings.sets += 1;
        compare(number, &set, 0, &mut findings);
        if findings.late.is_some() {
            break;
        }
    }
    findings
}

/// Simulates one set. Bounds are taken to be shorter by `shortened` percent, to see that late times are found.
pub fn compare(seed: u64, set: &TaskSet, shortened: u64, findings: &mut Findings) {
    let calls = Calls::new(&set.actors, &set.calls, &[]);
    let bounds: Vec<Bounds> = (0..set.actors.len())
        .map(|actor| Bounds {
            budget: of_budget(&set.actors, actor),
            alone: of_event(&set.actors, actor),
            event: calls.event(actor),
            request: calls.request(actor),
        })
        .collect();
    for Observation { kind, actor, took } in simulation::simulate(seed, set) {
        let own = &bounds[actor];
        let bound = match kind {
            Kind::Budget => &own.budget,
            Kind::Burst => &own.alone,
            Kind::Event => &own.event,
            Kind::Request => &own.request,
        };
        let Some(bound) = bound.within() else { continue };
        let bound = bound - bound * shortened / 100;
        findings.compared += 1;
        findings.close += u64::from(took * 10 > bound * 9);
        if took > bound && findings.late.is_none() {
            findings.late = Some(format!(
                "set {seed}: {kind:?} of actor {actor} took {took} us, its bound is {bound} us\n{set:#?}"
            ));
        }
    }
}
