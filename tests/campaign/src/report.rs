//! What came of a campaign, by kind and server.

use crate::case::{Case, Played, Verdict};
use crate::fault::{FaultKind, Promise, Server};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Failing cases that a report names.
const NAMED: usize = 20;

/// What came of one kind of fault in one server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Faults that hit.
    pub injected: u64,
    /// Nothing of any other server changed with it, and the core went on.
    pub contained: u64,
    /// The guest has seen the same as without the fault.
    pub recovered: u64,
    /// The core or the server noticed: a life ended, or a committed state was refused.
    pub noticed: u64,
    /// What the guest saw of it.
    pub effects: BTreeMap<String, u64>,
    /// Turns of the scheduler from a death to the end of the server's next event, and how often it took so many.
    pub turns: BTreeMap<u64, u64>,
}

/// A campaign's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was asked for.
    pub plan: Plan,
    /// Faults that hit.
    pub injected: u64,
    /// Cases whose guest never came to where the fault waited.
    pub missed: u64,
    /// Lives that ended.
    pub deaths: u64,
    /// By kind and server.
    pub faults: BTreeMap<FaultKind, BTreeMap<Server, Outcomes>>,
    /// Several faults close together.
    pub storms: Outcomes,
    /// Cases that break a promise, to be played again: the first ones.
    pub failures: Vec<String>,
    /// How many there are.
    pub failed: u64,
}

impl Outcomes {
    fn count(&mut self, played: &Played, faults: u64) {
        let first = played.injections.first().map(|injection| injection.kind);
        let same = played.verdict == Verdict::Same;
        // The death that has a wrong commit read back is part of the experiment.
        let ordered = first == Some(FaultKind::FlipCommit);
        let noticed = if ordered { played.unrestorable } else { played.noticed };
        self.injected += faults;
        self.contained += if played.spilled || played.panicked { 0 } else { faults };
        self.recovered += if same { faults } else { 0 };
        self.noticed += if noticed { faults } else { 0 };
        let effect = match (&played.verdict, noticed) {
            _ if played.unrestorable => "state refused, the VM's policy decides",
            (Verdict::Same, true) => "pause",
            (Verdict::Same, false) => "none",
            (Verdict::Stuck, _) => "stuck",
            (_, true) => "noticed, different",
            (_, false) => "silent wrong answer",
        };
        *self.effects.entry(effect.to_owned()).or_default() += faults;
        if let Some(turns) = played.recovery {
            *self.turns.entry(turns).or_default() += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.injected += other.injected;
        self.contained += other.contained;
        self.recovered += other.recovered;
        self.noticed += other.noticed;
        other
            .effects
            .into_iter()
            .for_each(|(effect, count)| *self.effects.entry(effect).or_default() += count);
        other.turns.into_iter().for_each(|(turns, count)| *self.turns.entry(turns).or_default() += count);
    }
}

impl Report {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            injected: 0,
            missed: 0,
            deaths: 0,
            faults: BTreeMap::new(),
            storms: Outcomes::default(),
            failures: Vec::new(),
            failed: 0,
        }
    }

    pub(crate) fn count(&mut self, case: Case, played: &Played) {
        let Some(first) = played.injections.first() else { return };
        if played.verdict == Verdict::Missed {
            self.missed += 1;
            return;
        }
        let storm = played.injections.len() > 1 && first.kind != FaultKind::FlipCommit;
        let faults = if storm { played.injections.len() as u64 } else { 1 };
        self.injected += faults;
        self.deaths += u64::from(played.deaths);
        let outcomes = if storm {
            &mut self.storms
        } else {
            self.faults.entry(first.kind).or_default().entry(first.server).or_default()
        };
        outcomes.count(played, faults);
        if !played.holds() {
            self.failed += 1;
            let spilled = if played.spilled { ", spilled" } else { "" };
            let verdict = &played.verdict;
            self.failures.push(format!("{case}: {} in {}{spilled}: {verdict}", first.kind, first.server));
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.injected += other.injected;
        self.missed += other.missed;
        self.deaths += other.deaths;
        for (kind, servers) in other.faults {
            for (server, outcomes) in servers {
                self.faults.entry(kind).or_default().entry(server).or_default().add(outcomes);
            }
        }
        self.storms.add(other.storms);
        self.failures.extend(other.failures);
        self.failed += other.failed;
    }

    pub(crate) fn finish(&mut self) {
        self.failures.sort();
        self.failures.truncate(NAMED);
    }

    /// The outcomes of a kind in all servers.
    #[must_use]
    pub fn of_kind(&self, kind: FaultKind) -> Outcomes {
        let mut all = Outcomes::default();
        self.faults.get(&kind).into_iter().flat_map(BTreeMap::values).for_each(|one| all.add(one.clone()));
        all
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:22} {:>9} {:>9} {:>9} {:>9}", "fault", "injected", "contained", "same", "noticed")?;
        let kinds = self.faults.keys().map(|kind| (kind.to_string(), self.of_kind(*kind), kind.promise()));
        let storms = ("several at once".to_owned(), self.storms.clone(), Promise::Exact);
        for (name, all, promise) in kinds.chain([storms]) {
            let Outcomes { injected, contained, recovered, noticed, effects, turns } = all;
            write!(f, "{name:22} {injected:9} {contained:9} {recovered:9} {noticed:9}")?;
            if let Some((longest, _)) = turns.last_key_value() {
                write!(f, "  up to {longest} turns")?;
            }
            if promise != Promise::Exact {
                write!(f, "  {effects:?}")?;
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "{} faults, {} deaths, {} cases broke a promise",
            self.injected, self.deaths, self.failed
        )?;
        self.failures.iter().try_for_each(|failure| writeln!(f, "  {failure}"))
    }
}
