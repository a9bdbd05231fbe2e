//! A fault campaign as it is written: which system, which faults, how many.

use crate::pattern::matches;
use crate::problem::Problem;
use crate::source::Sources;
use crate::{parse, tree};
use bulkhead_abi::inject::InjectKind;

/// Where a campaign runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Systems boot in an emulator.
    Emulator,
    /// The servers' code runs in a process of this machine, around a model of the core.
    Host,
}

/// Their words.
pub(crate) const PLACES: [(&str, Place); 2] = [("emulator", Place::Emulator), ("host", Place::Host)];

/// One campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its name.
    pub name: String,
    /// Where it runs.
    pub place: Place,
    /// The manifest of the system, a path from the campaign's folder. The host has one of its own.
    pub system: Option<String>,
    /// The victims: names of tasks, or patterns with one star.
    pub servers: Vec<String>,
    /// Kinds of fault, as a mask.
    pub kinds: u64,
    /// Faults to inject.
    pub faults: u32,
    /// Faults of one server in one boot.
    pub orders: u32,
    /// Events of each server to let pass before its first fault.
    pub first: u32,
    /// Rounds of the witness in one boot.
    pub rounds: u32,
    /// Events of a server between two of its faults, by the server; four for all others.
    pub rates: Vec<(String, u32)>,
    /// Guests, and the one reason for which their lives may end.
    pub ends: Vec<(String, String)>,
    /// Start of the random numbers.
    pub seed: u64,
    /// Least share of faults after which all is well again, in thousandths.
    pub goal: u32,
}

/// Faults of one server in one boot: eight servers then have as many as the core takes orders.
pub(crate) const ORDERS: u32 = 16;
/// Rounds in one boot: two seconds of the guest's time.
pub(crate) const ROUNDS: u32 = 40;
/// Events of a server while its VM is created: more would not be its guest's.
pub(crate) const FIRST: u32 = 4;
/// All faults but one in a thousand.
pub(crate) const GOAL: u32 = 999;
/// Events between two faults of a server where the campaign does not say.
const RATE: u32 = 4;

impl Campaign {
    /// Is the task of this name a victim?
    #[must_use]
    pub fn strikes(&self, task: &str) -> bool {
        self.servers.iter().any(|server| matches(server, task))
    }

    /// Events of this task between two of its faults.
    #[must_use]
    pub fn rate(&self, task: &str) -> u32 {
        self.rates.iter().find(|(server, _)| matches(server, task)).map_or(RATE, |(_, rate)| *rate)
    }

    /// Does it inject this kind?
    #[must_use]
    pub const fn has(&self, kind: InjectKind) -> bool {
        self.kinds & kind.bit() != 0
    }
}

/// A campaign that was read: its file, and the campaign or why it is refused.
#[derive(Debug)]
pub struct LoadedCampaign {
    /// The file.
    pub sources: Sources,
    /// The campaign, or everything that is wrong with it in the order of the text.
    pub result: Result<Campaign, Vec<Problem>>,
}

/// Reads the campaign with this path and text.
#[must_use]
pub fn load_campaign(path: &str, text: &str) -> LoadedCampaign {
    let sources = Sources::of(path, text);
    let mut problems = Vec::new();
    let entries = sources.files().first().map(|file| tree::read(file, &mut problems)).unwrap_or_default();
    let campaign = parse::campaign::read(entries, &mut problems);
    problems.sort_by_key(|problem| (problem.span, problem.rule.code));
    let result = campaign.filter(|_| problems.is_empty()).ok_or(problems);
    LoadedCampaign { sources, result }
}
