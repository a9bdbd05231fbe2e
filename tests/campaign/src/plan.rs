//! A campaign: what to inject, how much of it, and its run on all CPUs.

use crate::case::{CASES, Case, Reference};
use crate::fault::{FaultKind, Server};
use crate::guest::Manners;
use crate::report::Report;
use crate::sabotage::{Death, Refused};
use crate::trace::OpTrace;
use serde::{Deserialize, Serialize};
use std::sync::Once;
use std::thread;

/// Groups between two looks at the number of faults. Fixed, so that a report does not depend on the number of CPUs.
const ROUND: u64 = 32;

/// A rule that the modelled core breaks on purpose: what a campaign must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A signal that was under way at a death does not come again.
    ForgetsSignals,
    /// The commit of a server that dies in it happens, its reply does not.
    CommitsHalf,
    /// Lines are set, whoever owns them.
    TakesAnyLine,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Everything follows from it.
    pub seed: u64,
    /// Faults to inject at least.
    pub faults: u64,
    /// Kinds of fault.
    pub kinds: Vec<FaultKind>,
    /// Servers to inject them into.
    pub servers: Vec<Server>,
    /// Steps of each guest.
    pub steps: u64,
    /// Virtual time that a restart takes. With 0 time stands still meanwhile, and all that the guest sees is compared;
    /// else the guest keeps to what loses no bytes, and the streams are compared.
    pub restart_nanos: u64,
    /// What is wrong with the core; `None` for a campaign that shall hold.
    pub flaw: Option<Flaw>,
}

impl Plan {
    /// All kinds, all servers.
    #[must_use]
    pub fn all(seed: u64, faults: u64) -> Self {
        let (kinds, servers) = (FaultKind::ALL.to_vec(), Server::ALL.to_vec());
        Self { seed, faults, kinds, servers, steps: 40, restart_nanos: 0, flaw: None }
    }

    pub(crate) fn manners(&self) -> Manners {
        if self.restart_nanos == 0 { Manners::Wild } else { Manners::Orderly }
    }

    /// What can be injected where.
    pub(crate) fn pairs(&self) -> Vec<(FaultKind, Server)> {
        let pairs = self.kinds.iter().flat_map(|kind| self.servers.iter().map(|server| (*kind, *server)));
        pairs.filter(|(kind, server)| kind.fits(*server)).collect()
    }
}

/// What the guest of a group sees without faults.
#[must_use]
pub fn reference(plan: &Plan, group: u64) -> Vec<OpTrace> {
    keep_quiet();
    Reference::new(plan, group).into_traces()
}

/// Runs a campaign.
///
/// # Panics
/// A thread of the campaign panicked: a bug of the bench.
#[must_use]
pub fn run(plan: &Plan) -> Report {
    keep_quiet();
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let mut report = Report::new(plan);
    let mut first = 0;
    while report.injected < plan.faults && !plan.pairs().is_empty() {
        let parts = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|worker| {
                    scope.spawn(move || {
                        let mut part = Report::new(plan);
                        let groups = (first..first + ROUND).filter(|group| group % threads == worker);
                        groups.for_each(|group| run_group(plan, group, &mut part));
                        part
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join()).collect::<Vec<_>>()
        });
        for part in parts {
            match part {
                Ok(part) => report.add(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        first += ROUND;
    }
    report.finish();
    report
}

fn run_group(plan: &Plan, group: u64, report: &mut Report) {
    let reference = Reference::new(plan, group);
    for number in 0..CASES {
        let case = Case { group, number };
        report.count(case, &reference.play(plan, case));
    }
}

/// Deaths that were ordered are no news.
pub(crate) fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.payload().is::<Death>() && !panic.payload().is::<Refused>() {
                loud(panic);
            }
        }));
    });
}
