//! What became of each fault of a boot.
//!
//! The core says of each fault when it came, whether the victim is in service again, and whether all seals hold. What a
//! guest misses is laid to the faults since the end of the round before last; if there are none, to earlier lies, whose
//! damage may have slept. What no fault explains is a failure of the boot.

use super::boot::{End, Ended};
use super::orders::{Order, is_exact};
use super::policy::{Policy, begins_anew};
use super::reading::{Event, events};
use super::witness::{Neighbour, Said, Witness};
use bulkhead_abi::inject::InjectKind;
use std::collections::BTreeMap;

/// What could be seen of a fault from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// The server went on, and the guest saw nothing.
    Nothing,
    /// The server died and came back; the guest saw a pause.
    Pause,
    /// The server, or one that it had to do with, died of it later.
    LaterDeath,
    /// The guest saw something lost, doubled or wrong.
    Seen,
    /// The committed state was refused, and the device was reset.
    Reset,
    /// The server had used up its restarts, and its policy followed.
    GivenUp,
    /// The guest came to no end.
    Stuck,
}

impl Effect {
    /// In words.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Pause => "pause",
            Self::LaterDeath => "a death later",
            Self::Seen => "guest saw a difference",
            Self::Reset => "state refused, device reset",
            Self::GivenUp => "given up, policy followed",
            Self::Stuck => "guest stuck",
        }
    }
}

/// One fault and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) task: String,
    pub(super) kind: InjectKind,
    /// Number of the event at which it came.
    pub(super) event: u64,
    pub(super) contained: bool,
    /// The server answers again, or still.
    pub(super) is_back: bool,
    pub(super) effect: Effect,
    /// From the end of a life to the end of the next one's first event.
    pub(super) ticks: Option<u64>,
    /// What there is to say about it.
    pub(super) reasons: Vec<String>,
    over: Option<usize>,
    /// The server was given up; and then its policy was followed.
    policy: Option<(Policy, bool)>,
}

impl Case {
    /// Is all well again, or as it must be, as promised?
    pub(super) fn is_recovered(&self) -> bool {
        if let Some((_, is_kept)) = self.policy {
            return is_kept;
        }
        self.is_back
            && if is_exact(self.kind) { self.effect <= Effect::Pause } else { self.effect != Effect::Stuck }
    }
}

/// A boot and what became of its faults.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) cases: Vec<Case>,
    /// Orders whose time did not come.
    pub(super) waiting: usize,
    /// What no fault explains.
    pub(super) unexplained: Vec<String>,
    /// How lives of other guests ended, and how often.
    pub(super) ends: BTreeMap<String, u64>,
    pub(super) rounds: u32,
    pub(super) stream_bytes: u64,
    pub(super) passes: u32,
}

impl Judged {
    pub(super) fn is_well(&self) -> bool {
        self.unexplained.is_empty()
            && self
                .cases
                .iter()
                .all(|case| case.contained && case.is_recovered() && case.effect <= Effect::Pause)
    }

    pub(super) fn summary(&self) -> String {
        let count = |is: fn(&Case) -> bool| self.cases.iter().filter(|case| is(case)).count();
        format!(
            "{} faults ({} orders left), {} contained, {} recovered, {} seen by the guest; {} rounds{}",
            self.cases.len(),
            self.waiting,
            count(|case| case.contained),
            count(Case::is_recovered),
            count(|case| case.effect >= Effect::Seen),
            self.rounds,
            self.unexplained.iter().map(|what| format!("; {what}")).collect::<String>(),
        )
    }
}

/// Judges a boot.
pub(super) fn judge(ended: &Ended, orders: &[Order]) -> Judged {
    let mut court = Court::default();
    for (at, event) in events(&ended.transcript).into_iter().enumerate() {
        court.at = at;
        court.hear(event);
    }
    court.close(ended.end);
    let Court { mut judged, witness, neighbour, .. } = court;
    judged.waiting = orders.len().saturating_sub(judged.cases.len());
    judged.rounds = witness.rounds;
    judged.stream_bytes = witness.bytes;
    judged.passes = neighbour.passes;
    judged
}

#[derive(Debug, Default)]
struct Court {
    judged: Judged,
    witness: Witness,
    neighbour: Neighbour,
    at: usize,
    /// Ends of the last two rounds.
    ends: [usize; 2],
    /// Who was stopped last.
    stopped: String,
    /// The witness has come to its own end.
    is_over: bool,
}

impl Court {
    fn hear(&mut self, event: Event<'_>) {
        match event {
            // Nobody watches any more who could tell what comes of it, and for how long it could be looked at is chance.
            Event::Began { .. } if self.is_over => {}
            Event::Began { task, kind, event } => self.judged.cases.push(Case {
                task: task.into(),
                kind,
                event,
                contained: true,
                is_back: false,
                effect: Effect::Nothing,
                ticks: None,
                reasons: Vec::new(),
                over: None,
                policy: None,
            }),
            Event::Died { task } => {
                self.with_latest(task, |case| case.effect = case.effect.max(Effect::Pause))
            }
            Event::Recovered { task, after, .. } => self.with_latest(task, |case| {
                case.is_back = true;
                case.ticks = Some(after);
                if let Some((Policy::ResetDevice, is_kept)) = &mut case.policy {
                    *is_kept = true;
                }
            }),
            Event::WentOn { task, .. } => self.with_latest(task, |case| case.is_back = true),
            Event::Contained { task } => {
                let at = self.at;
                self.with_latest(task, |case| case.over = Some(at));
            }
            Event::NotContained(what) => {
                let victim = what.rsplit_once(" of ").map_or("", |(_, victim)| victim).to_owned();
                self.with_latest(&victim, |case| {
                    case.contained = false;
                    case.reasons.push(format!("not contained: {what}"));
                });
            }
            Event::Stopped { task, why } => self.stopped(task, why),
            Event::GivenUp(what) => {
                let task = self.stopped.clone();
                let policy = Policy::of(what);
                self.with_latest(&task, |case| {
                    let effect = if policy.is_some() { Effect::GivenUp } else { Effect::Reset };
                    case.effect = case.effect.max(effect);
                    case.policy = case.policy.or(policy.map(|policy| (policy, false)));
                    case.reasons.push(what.into());
                });
            }
            Event::Moved { vm, how } if !is_watched(vm) => self.moved(vm, how),
            Event::Moved { vm, how } => self.followed(vm, how),
            Event::CoreFailed(what) => self.spilled(&format!("the core failed{what}")),
            Event::Lost => self.judged.unexplained.push("the log came too fast for the console".into()),
            Event::Witness(record) => match self.witness.hear(&record) {
                Said::AsExpected => {}
                Said::Round => self.ends = [self.ends[1], self.at],
                Said::Miss(what) => self.missed(Effect::Seen, &what, &concerned(&what)),
            },
            Event::Neighbour(record) => {
                if let Some(what) = self.neighbour.hear(&record) {
                    self.spilled(&what);
                }
            }
        }
    }

    fn close(&mut self, end: End) {
        let is_at_an_end = |case: &Case| matches!(case.policy, Some((policy, true)) if policy.ends_guest());
        // Faults that were under way when their guest was taken away have nobody to recover for, and no other policy follows.
        let is_over = self.judged.cases.iter().any(is_at_an_end);
        if is_over {
            for case in self.judged.cases.iter_mut().filter(|case| case.task.starts_with("witness.")) {
                case.is_back |= case.policy.is_none();
                case.policy = case.policy.map(|(policy, _)| (policy, true));
            }
        }
        for case in self.judged.cases.iter_mut().filter(|case| !case.is_back && case.policy.is_none()) {
            case.reasons.push("the server did not come back".into());
        }
        let all_back = self.judged.cases.iter().all(|case| case.is_back);
        let what = match end {
            End::Done => return,
            End::Stuck if is_over => return,
            End::Stuck => "the guest says nothing more",
            End::Machine => "the machine ended",
            End::Late => "the guest did not come to its end in time",
        };
        if all_back || end == End::Machine {
            self.missed(Effect::Stuck, what, &[]);
        }
    }

    /// A watched guest has changed its state: that may be what the policy of a server says which was given up.
    fn followed(&mut self, vm: &str, how: &str) {
        let is_of = |case: &Case| case.task.split_once('.').is_some_and(|(owner, _)| owner == vm);
        for case in self.judged.cases.iter_mut().filter(|case| is_of(case)) {
            if let Some((policy, is_kept)) = &mut case.policy {
                *is_kept |= policy.is_kept_by(how);
            }
        }
        if vm == "witness" && begins_anew(how) {
            self.witness.begin_anew();
        }
        self.is_over |= vm == "witness" && how == "Started -> PoweredOff (GuestPowerOff)";
    }

    /// A guest that nobody watches has changed its state: what ends a life is told with its reason.
    fn moved(&mut self, vm: &str, how: &str) {
        let (way, reason) = how.split_once(" (").unwrap_or((how, "no reason"));
        if way.starts_with("Started -> ") || way.starts_with("Paused -> ") {
            let name = format!("{vm}: {}", reason.trim_end_matches(')'));
            *self.judged.ends.entry(name).or_default() += 1;
        }
    }

    /// A life has ended. One that no open fault of this task explains is laid to whoever may have caused it.
    fn stopped(&mut self, task: &str, why: &str) {
        task.clone_into(&mut self.stopped);
        // A guest that does everything wrong also does what nobody can carry out.
        if why.starts_with("GaveUp") && task.rsplit_once('.').is_some_and(|(vm, _)| !is_watched(vm)) {
            return;
        }
        let is_explained =
            self.is_over || self.judged.cases.iter().any(|case| case.task == task && case.over.is_none());
        if !is_explained {
            let server = task.rsplit_once('.').map_or(task, |(_, server)| server);
            self.missed(Effect::LaterDeath, &format!("{task} stopped: {why}"), &[server]);
        }
    }

    fn with_latest(&mut self, task: &str, change: impl FnOnce(&mut Case)) {
        if let Some(case) = self.judged.cases.iter_mut().rev().find(|case| case.task == task) {
            change(case);
        }
    }

    /// Something is wrong that one of the faults must have caused, most likely one of a server that it concerns.
    fn missed(&mut self, effect: Effect, what: &str, concerned: &[&str]) {
        let suspects = self.suspects(concerned);
        if suspects.is_empty() {
            self.judged.unexplained.push(what.into());
        }
        for suspect in suspects {
            if let Some(case) = self.judged.cases.get_mut(suspect) {
                case.effect = case.effect.max(effect);
                case.reasons.push(what.into());
            }
        }
    }

    fn spilled(&mut self, what: &str) {
        let suspects = self.suspects(&[]);
        if suspects.is_empty() {
            self.judged.unexplained.push(what.into());
        }
        for suspect in suspects {
            if let Some(case) = self.judged.cases.get_mut(suspect) {
                case.contained = false;
                case.reasons.push(what.into());
            }
        }
    }

    /// Servers that were given up, whose guests have lost what they had set up; recent faults of the servers that it concerns, or else earlier lies of these, whose damage may have slept; or
    /// else those of all servers.
    fn suspects(&self, concerned: &[&str]) -> Vec<usize> {
        let is_recent = |case: &Case| case.over.is_none_or(|over| over >= self.ends[0]);
        let is_of = |case: &Case| concerned.iter().any(|server| case.task.ends_with(server));
        let was_given_up = |case: &Case| case.policy.is_some();
        let found = [
            self.cases_that(|case| was_given_up(case) && is_of(case)),
            self.cases_that(was_given_up),
            self.cases_that(|case| is_recent(case) && is_of(case)),
            self.cases_that(|case| !is_exact(case.kind) && is_of(case)),
            self.cases_that(is_recent),
            self.cases_that(|case| !is_exact(case.kind)),
        ];
        found.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }

    fn cases_that(&self, hold: impl Fn(&Case) -> bool) -> Vec<usize> {
        let cases = self.judged.cases.iter().enumerate();
        cases.filter(|(_, case)| hold(case)).map(|(index, _)| index).collect()
    }
}

/// Must this VM come to its end as if nothing were?
fn is_watched(vm: &str) -> bool {
    matches!(vm, "witness" | "neighbour")
}

/// Whose fault a miss of the witness may be, by the name of what it looked at.
fn concerned(what: &str) -> Vec<&str> {
    let device = what.split(',').next().unwrap_or(what);
    match device {
        "timer-interrupt" => vec!["vtimer", "vpic"],
        "clock-interrupt" => vec!["vrtc", "vioapic", "emulator"],
        "uart-interrupts" => vec!["vuart", "vioapic", "emulator"],
        "vioapic" => vec!["vioapic", "emulator"],
        "local-apic" => vec!["emulator"],
        "cpu" => vec![],
        "vtimer" | "vrtc" | "vpic" | "vpci" | "vpower" | "emulator" => vec![device],
        _ => vec!["vuart"],
    }
}

#[cfg(test)]
mod tests;
