//! A campaign's result: sums by kind and server, times, and every miss with the command that replays it.

use super::judge::{Case, Effect, Judged};
use super::orders::is_exact;
use crate::command::InjectOptions;
use bulkhead_abi::inject::InjectKind;
use bulkhead_schema::{Campaign, CampaignPlace};
use jzon::JsonValue;
use std::collections::BTreeMap;
use std::fmt;

/// What came of one kind of fault in one server.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Faults that came.
    pub injected: u64,
    /// All seals, the registry and the neighbour's memory stayed as they were.
    pub contained: u64,
    /// All was well again as promised.
    pub recovered: u64,
    /// What was seen from outside, and how often.
    pub effects: BTreeMap<String, u64>,
    /// Times from the end of a life to the end of the next one's first event.
    pub times: Vec<u64>,
}

/// A fault that broke a promise, or the rest of a boot that no fault explains.
#[derive(Debug, Clone)]
pub struct Miss {
    /// The fault, in words.
    pub fault: String,
    /// What was wrong.
    pub reasons: Vec<String>,
    /// The command that replays its boot.
    pub replay: String,
    /// The promise: false if what happened is allowed to, and is told all the same.
    pub is_broken: bool,
}

/// A campaign's result.
#[derive(Debug, Clone)]
pub struct Report {
    /// The campaign's name.
    pub name: String,
    /// Where it ran.
    pub machine: String,
    /// Its seed.
    pub seed: u64,
    /// Boots, or groups of cases on the host.
    pub runs: u64,
    /// By kind, then server.
    pub cells: BTreeMap<(String, String), Cell>,
    /// Unit of the times.
    pub unit: &'static str,
    /// Every promise that was broken, and every lie that a guest noticed.
    pub misses: Vec<Miss>,
    /// Orders whose time did not come.
    pub waiting: u64,
    /// What the witness has done: rounds, bytes of its stream; passes of the neighbour.
    pub watched: [u64; 3],
    /// How lives of guests ended that nobody watches, and how often.
    pub ends: BTreeMap<String, u64>,
    /// Recovered of 1000 injected, at least.
    pub goal: u32,
    options: InjectOptions,
}

/// Which promise a kind of fault has.
pub(super) fn promise(kind: &str) -> &'static str {
    let known = InjectKind::ALL.iter().copied().find(|known| known.name() == kind);
    match known {
        Some(kind) if is_exact(kind) => "exact",
        Some(_) => "contained",
        // Kinds that only the host's bench has are deaths at boundaries.
        None if kind == "flip-commit" => "contained",
        None => "exact",
    }
}

impl Cell {
    pub(super) fn add(&mut self, other: &Self) {
        self.injected += other.injected;
        self.contained += other.contained;
        self.recovered += other.recovered;
        other
            .effects
            .iter()
            .for_each(|(name, count)| *self.effects.entry(name.clone()).or_default() += count);
        self.times.extend(&other.times);
    }

    /// Median, 99th percentile and maximum of the times.
    #[must_use]
    pub fn percentiles(&self) -> Option<[u64; 3]> {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = |share: usize| times.get((times.len().max(1) - 1) * share / 100).copied();
        Some([at(50)?, at(99)?, at(100)?])
    }
}

impl Report {
    pub(super) fn new(campaign: &Campaign, options: &InjectOptions) -> Self {
        let (machine, unit) = match campaign.place {
            CampaignPlace::Host => ("host", "turns"),
            CampaignPlace::Emulator => (options.emulator.name(), "ticks"),
        };
        Self {
            name: campaign.name.clone(),
            machine: machine.into(),
            seed: campaign.seed,
            runs: 0,
            cells: BTreeMap::new(),
            unit,
            misses: Vec::new(),
            waiting: 0,
            watched: [0; 3],
            ends: BTreeMap::new(),
            goal: campaign.goal,
            options: options.clone(),
        }
    }

    pub(super) fn add(&mut self, run: u32, judged: Judged) {
        self.runs += 1;
        self.waiting += judged.waiting as u64;
        for (sum, count) in self.watched.iter_mut().zip([
            u64::from(judged.rounds),
            judged.stream_bytes,
            u64::from(judged.passes),
        ]) {
            *sum += count;
        }
        for (name, count) in judged.ends {
            *self.ends.entry(name).or_default() += count;
        }
        let replay = super::replay(&self.options, self.seed, run);
        for case in &judged.cases {
            self.count(case);
            let is_broken = !case.contained || !case.is_recovered();
            if is_broken || case.effect > Effect::Pause {
                let fault = format!("{} in {} at event {}", case.kind.name(), case.task, case.event);
                let replay = replay.clone();
                self.misses.push(Miss { fault, reasons: case.reasons.clone(), replay, is_broken });
            }
        }
        if !judged.unexplained.is_empty() {
            let fault = "what no fault explains".into();
            self.misses.push(Miss { fault, reasons: judged.unexplained, replay, is_broken: true });
        }
    }

    fn count(&mut self, case: &Case) {
        let server = case.task.rsplit_once('.').map_or(case.task.as_str(), |(_, server)| server);
        let cell = self.cells.entry((case.kind.name().into(), server.into())).or_default();
        cell.injected += 1;
        cell.contained += u64::from(case.contained);
        cell.recovered += u64::from(case.is_recovered());
        *cell.effects.entry(case.effect.name().into()).or_default() += 1;
        cell.times.extend(case.ticks);
    }

    pub(super) fn finish(&mut self) {
        self.misses.sort_by_key(|miss| !miss.is_broken);
    }

    /// Faults that came.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.cells.values().map(|cell| cell.injected).sum()
    }

    /// All cells together.
    #[must_use]
    pub fn total(&self) -> Cell {
        self.sum(|_, _| true)
    }

    pub(super) fn sum(&self, is: impl Fn(&str, &str) -> bool) -> Cell {
        let mut sum = Cell::default();
        self.cells.iter().filter(|((kind, server), _)| is(kind, server)).for_each(|(_, cell)| sum.add(cell));
        sum
    }

    /// Kinds, in the order of their numbers, and servers.
    pub(super) fn axes(&self) -> (Vec<String>, Vec<String>) {
        let mut kinds: Vec<_> = self.cells.keys().map(|(kind, _)| kind.clone()).collect();
        let place = |kind: &String| InjectKind::ALL.iter().position(|known| known.name() == kind);
        kinds.sort_by_key(|kind| (place(kind).unwrap_or(usize::MAX), kind.clone()));
        kinds.dedup();
        let mut servers: Vec<_> = self.cells.keys().map(|(_, server)| server.clone()).collect();
        servers.sort();
        servers.dedup();
        (kinds, servers)
    }

    /// Deaths at message boundaries.
    fn boundaries(&self) -> Cell {
        let last = InjectKind::AnyTime as u8;
        let names = InjectKind::ALL.iter().filter(|kind| (**kind as u8) <= last);
        let names: Vec<_> = names.map(|kind| kind.name()).collect();
        self.sum(|kind, _| names.contains(&kind))
    }

    /// Are all promises kept: everything contained, every death at a boundary recovered from, and of all faults as
    /// many as the campaign's goal says, and nothing happened that no fault explains?
    #[must_use]
    pub fn holds(&self) -> bool {
        let (all, boundaries) = (self.total(), self.boundaries());
        all.injected > 0
            && all.contained == all.injected
            && boundaries.recovered == boundaries.injected
            && all.recovered * 1000 >= all.injected * u64::from(self.goal)
            && self.misses.iter().all(|miss| !miss.fault.starts_with("what no"))
    }

    /// For tools.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut cells = JsonValue::new_array();
        for ((kind, server), cell) in &self.cells {
            let mut entry = shown(cell);
            entry["kind"] = kind.as_str().into();
            entry["server"] = server.as_str().into();
            entry["promise"] = promise(kind).into();
            // An array takes everything.
            let _ = cells.push(entry);
        }
        let mut misses = JsonValue::new_array();
        for miss in &self.misses {
            let reasons: Vec<JsonValue> = miss.reasons.iter().map(|reason| reason.as_str().into()).collect();
            let _ = misses.push(jzon::object! {
                "fault": miss.fault.as_str(),
                "broken": miss.is_broken,
                "reasons": reasons,
                "replay": miss.replay.as_str(),
            });
        }
        let mut ends = JsonValue::new_object();
        for (name, count) in &self.ends {
            ends[name.as_str()] = (*count).into();
        }
        let mut total = shown(&self.total());
        total.remove("times");
        Json(jzon::object! {
            "campaign": self.name.as_str(),
            "machine": self.machine.as_str(),
            "seed": self.seed,
            "runs": self.runs,
            "holds": self.holds(),
            "total": total,
            "orders-left": self.waiting,
            "witness": { "rounds": self.watched[0], "stream-bytes": self.watched[1] },
            "neighbour": { "passes": self.watched[2] },
            "ends": ends,
            "unit": self.unit,
            "cells": cells,
            "misses": misses,
        })
    }
}

/// A report as JSON.
#[derive(Debug)]
pub struct Json(JsonValue);

impl Json {
    /// With line breaks.
    #[must_use]
    pub fn pretty(&self, indent: u16) -> String {
        format!("{}\n", jzon::stringify_pretty(self.0.clone(), indent))
    }
}

fn shown(cell: &Cell) -> JsonValue {
    let mut effects = JsonValue::new_object();
    for (name, count) in &cell.effects {
        effects[name.as_str()] = (*count).into();
    }
    let mut value = jzon::object! {
        "injected": cell.injected,
        "contained": cell.contained,
        "recovered": cell.recovered,
        "effects": effects,
    };
    if let Some([median, p99, most]) = cell.percentiles() {
        value["time"] = jzon::object! { "median": median, "p99": p99, "max": most };
        value["times"] = cell.times.clone().into();
    }
    value
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kinds, _) = self.axes();
        writeln!(
            f,
            "{:22} {:>8} {:>9} {:>9}  {:>22}",
            "fault", "injected", "contained", "recovered", self.unit
        )?;
        let rows = kinds.iter().map(|kind| (kind.as_str(), self.sum(|one, _| one == kind)));
        for (name, cell) in rows.chain([("all", self.total())]) {
            write!(f, "{name:22} {:8} {:9} {:9}", cell.injected, cell.contained, cell.recovered)?;
            if let Some([median, p99, most]) = cell.percentiles() {
                write!(f, "  {median} / {p99} / {most}")?;
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "({}: median / 99th percentile / maximum from the end of a life to the next one's first answer)",
            self.unit
        )?;
        for (name, count) in &self.ends {
            writeln!(f, "ended {count} times: {name}")?;
        }
        for miss in self.misses.iter().filter(|miss| miss.is_broken) {
            writeln!(f, "MISS {}: {}", miss.fault, miss.reasons.join("; "))?;
            writeln!(f, "     {}", miss.replay)?;
        }
        writeln!(
            f,
            "{} of {} in {} run(s) with seed {}: promises {}",
            self.total().recovered,
            self.injected(),
            self.runs,
            self.seed,
            if self.holds() { "kept" } else { "BROKEN" }
        )
    }
}
