//! Random manifests from a seed.
//!
//! [`manifest`] makes systems that should be good: whatever the checker accepts of them must boot, with all their VMs
//! and tasks running, which a task named [`CENSUS`] sees to. [`mistaken`] puts one known mistake into such a system: the
//! checker must refuse it, and forced past the checker it must not come up. The same seed makes the same text, always.
#![forbid(unsafe_code)]

mod mistake;
mod random;
mod task;
mod vm;

pub use mistake::{MISTAKES, Mistake, mistaken};

pub use random::Random;
use std::fmt::Write as _;

/// The task that looks at all others and ends the machine: with code 0 if all of them run.
pub const CENSUS: &str = "census";
/// What its last line ends with if all is well.
pub const ALL_WELL: &str = "census: all run";

/// A system in parts, each a table of the manifest.
#[derive(Debug, Clone)]
struct Draft {
    system: Vec<(String, String)>,
    tables: Vec<Table>,
}

/// A table: its header and its keys.
#[derive(Debug, Clone)]
struct Table {
    header: String,
    keys: Vec<(String, String)>,
}

impl Table {
    fn new(header: impl Into<String>) -> Self {
        Self { header: header.into(), keys: Vec::new() }
    }

    fn set(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        match self.keys.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.keys.push((key.into(), value)),
        }
    }

    fn remove(&mut self, key: &str) {
        self.keys.retain(|(known, _)| known != key);
    }

    fn is_task(&self, name: &str) -> bool {
        self.header == "[[task]]" && self.keys.contains(&("name".into(), quoted(name)))
    }
}

/// A text value.
fn quoted(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

/// A list of values.
fn list(values: &[String]) -> String {
    format!("[{}]", values.join(", "))
}

/// The good system of a seed.
#[must_use]
pub fn manifest(seed: u64) -> String {
    draft(&mut Random::new(seed)).text(seed)
}

fn draft(random: &mut Random) -> Draft {
    let cpus = random.range(1, 4);
    let mut draft = Draft { system: Vec::new(), tables: Vec::new() };
    draft.system.push(("name".into(), quoted("random")));
    draft.system.push(("cpus".into(), cpus.to_string()));
    if random.one_in(2) {
        draft.system.push(("services_cpu".into(), random.below(cpus).to_string()));
    }
    let vms = random.below(4);
    let has_vms = vms > 0;
    for service in ["supervisor", "console", "loader", "vm-manager"] {
        let is_there = has_vms || matches!(service, "supervisor" | "console");
        if is_there && random.one_in(4) {
            let mut table = Table::new(format!("[service.{service}]"));
            task::place(random, cpus, &mut table, 1_000);
            if service == "supervisor" {
                // The core starts it again, whatever it died of.
                table.remove("restart");
            }
            draft.tables.push(table);
        }
    }
    vm::add(random, cpus, vms, &mut draft.tables);
    task::add(random, cpus, &mut draft.tables);
    task::add_census(random, cpus, has_vms, &mut draft.tables);
    draft
}

impl Draft {
    /// Adds a table behind all others.
    fn add(&mut self, table: Table) -> &mut Table {
        let last = self.tables.len();
        self.tables.push(table);
        &mut self.tables[last]
    }

    fn text(&self, seed: u64) -> String {
        let mut text = format!("# Random system of seed {seed}.\n[system]\n");
        for (key, value) in &self.system {
            let _ = writeln!(text, "{key} = {value}");
        }
        for table in &self.tables {
            let _ = writeln!(text, "\n{}", table.header);
            for (key, value) in &table.keys {
                let _ = writeln!(text, "{key} = {value}");
            }
        }
        text
    }
}
