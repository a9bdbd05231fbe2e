//! One case: a guest, its faults, and what came of them. Three numbers name it for ever.

use crate::bench_core::Stuck;
use crate::fault::{FaultKind, Promise, Server};
use crate::guest::{Guest, Manners};
use crate::injection::{Fate, Injection};
use crate::plan::Plan;
use crate::random::Random;
use crate::trace::OpTrace;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Cases that share a guest.
pub(crate) const CASES: u64 = 64;
/// Every so many cases are storms: several faults close together.
const STORM_EVERY: u64 = 8;
/// Faults of a storm.
const STORM: usize = 3;
/// Events between a wrong commit and the death that has it read back.
const READ_BACK: u64 = 2;
/// Steps that an orderly guest takes to read what is left.
const ENDING: u64 = 40;

/// Names a case of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Which guest.
    pub group: u64,
    /// Which fault of this guest.
    pub number: u64,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.group, self.number)
    }
}

/// What the oracle says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The guest has not come to where the fault waits.
    Missed,
    /// The guest has seen what it sees without faults.
    Same,
    /// The first step that differs, as it should have been and as it was.
    Different(Box<(usize, OpTrace, OpTrace)>),
    /// Bytes of a stream were lost, doubled or changed: which, position, wanted and seen lengths.
    Stream(&'static str, usize, usize, usize),
    /// A request was not answered any more.
    Stuck,
}

/// A case that was played.
#[derive(Debug, Clone)]
pub struct Played {
    /// Its faults.
    pub injections: Vec<Injection>,
    /// What the oracle says.
    pub verdict: Verdict,
    /// Something of other servers changed with the fault.
    pub spilled: bool,
    /// A server panicked that was not told to.
    pub panicked: bool,
    /// A life ended.
    pub noticed: bool,
    /// A committed state could not be restored.
    pub unrestorable: bool,
    /// Deaths in all.
    pub deaths: u32,
    /// Turns of the scheduler from the death to the end of the server's next event.
    pub recovery: Option<u64>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missed => f.write_str("the fault did not hit"),
            Self::Same => f.write_str("the guest saw the same"),
            Self::Different(what) => {
                let (step, wanted, seen) = &**what;
                write!(f, "step {step}, {}", wanted.difference(seen))
            }
            Self::Stream(name, at, wanted, seen) => {
                write!(f, "{name} differs at byte {at}; {seen} bytes instead of {wanted}")
            }
            Self::Stuck => f.write_str("a request was not answered"),
        }
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.injections {
            let Injection { kind, server, event, call, again, rest, .. } = fault;
            write!(f, "{kind} in {server} at event {event}")?;
            writeln!(f, " (call {call}, {again} more times, dead for {rest} turns)")?;
        }
        let Self { spilled, panicked, noticed, unrestorable, deaths, recovery, .. } = self;
        writeln!(f, "{}", self.verdict)?;
        writeln!(
            f,
            "spilled {spilled}, panicked {panicked}, noticed {noticed}, state refused {unrestorable}"
        )?;
        writeln!(f, "{deaths} deaths, recovered after {recovery:?} turns")
    }
}

impl Played {
    /// Does what came of it keep what was promised?
    #[must_use]
    pub fn holds(&self) -> bool {
        let exact = self.injections.iter().all(|injection| injection.kind.promise() == Promise::Exact);
        let same = matches!(self.verdict, Verdict::Same | Verdict::Missed);
        !self.spilled && !self.panicked && (same || !exact)
    }
}

/// A guest's run without faults.
pub(crate) struct Reference {
    seed: u64,
    traces: Vec<OpTrace>,
    events: [u64; 8],
    calls: Vec<(Server, u64, u32)>,
}

impl Reference {
    pub(crate) fn new(plan: &Plan, group: u64) -> Self {
        let seed = Random::part(plan.seed, group).next();
        let mut guest = Guest::new(seed, plan.manners());
        let traces = (0..plan.steps).map_while(|_| guest.advance().ok()).collect();
        let events = Server::ALL.map(|server| guest.bench.events(server));
        let calls = std::mem::take(&mut guest.bench.core.calls);
        Self { seed, traces, events, calls }
    }

    pub(crate) fn into_traces(self) -> Vec<OpTrace> {
        self.traces
    }

    /// The faults of a case.
    fn injections(&self, plan: &Plan, case: Case) -> Vec<Injection> {
        let mut random = Random::part(self.seed, !case.number);
        let pairs = plan.pairs();
        if case.number % STORM_EVERY != STORM_EVERY - 1 {
            let index = usize::try_from((case.group * CASES + case.number) % pairs.len() as u64);
            let (kind, server) = pairs[index.unwrap_or(0)];
            let place = random.below(900);
            let first = self.inject(kind, server, place, &mut random);
            let read_back = Injection {
                kind: FaultKind::BeforeReceive,
                event: first.event + READ_BACK,
                again: 0,
                ..first
            };
            return if kind == FaultKind::FlipCommit { vec![first, read_back] } else { vec![first] };
        }
        // Close together, because a second fault in the middle of a recovery is what is hard.
        let exact: Vec<_> = pairs.into_iter().filter(|(kind, _)| kind.promise() == Promise::Exact).collect();
        let place = random.below(900);
        let count = if exact.is_empty() { 0 } else { STORM };
        (0..count)
            .map(|_| {
                let (kind, server) = random.pick(&exact);
                let place = place + random.below(20);
                self.inject(kind, server, place, &mut random)
            })
            .collect()
    }

    /// A fault at so many thousandths of the run.
    fn inject(&self, kind: FaultKind, server: Server, place: u64, random: &mut Random) -> Injection {
        let mut event = self.events[server.index()] * place / 1000;
        let mut call = 0;
        if matches!(kind, FaultKind::WhileCalling | FaultKind::AfterCall) {
            let calls = || self.calls.iter().filter(|(caller, ..)| *caller == server);
            let count = calls().count();
            let at = usize::try_from(count as u64 * place / 1000).unwrap_or(0);
            if let Some((_, at_event, number)) = calls().nth(at) {
                (event, call) = (*at_event, *number);
            }
        }
        let kills = kind.promise() == Promise::Exact && kind != FaultKind::FloodCalls;
        let again =
            if kills && random.once_in(4) { 1 + u32::try_from(random.below(2)).unwrap_or(0) } else { 0 };
        let rest = u32::try_from(random.below(6)).unwrap_or(0);
        Injection { kind, server, event, call, detail: random.next(), again, rest }
    }

    pub(crate) fn play(&self, plan: &Plan, case: Case) -> Played {
        let injections = self.injections(plan, case);
        let mut guest = Guest::new(self.seed, plan.manners());
        guest.bench.core.injections.clone_from(&injections);
        guest.bench.core.restart = plan.restart_nanos;
        guest.bench.core.flaw = plan.flaw;
        let verdict = match plan.manners() {
            Manners::Wild => self.compare(&mut guest),
            Manners::Orderly => self.compare_streams(&mut guest, plan, case),
        };
        let core = &guest.bench.core;
        let Fate { hit, noticed, spilled, unrestorable, recovery, deaths } = core.fate;
        let verdict = if hit { verdict } else { Verdict::Missed };
        let panicked = core.unexpected;
        Played { injections, verdict, spilled, panicked, noticed, unrestorable, deaths, recovery }
    }

    fn compare(&self, guest: &mut Guest) -> Verdict {
        for (number, wanted) in self.traces.iter().enumerate() {
            match guest.advance() {
                Ok(seen) if seen == *wanted => {}
                Ok(seen) => return Verdict::Different(Box::new((number, wanted.clone(), seen))),
                Err(Stuck) => return Verdict::Stuck,
            }
        }
        Verdict::Same
    }

    /// With a running clock, two runs differ in what they see of time. What must be the same is every byte of both
    /// streams: the guest's output at the console, and the console's input at the guest.
    fn compare_streams(&self, guest: &mut Guest, plan: &Plan, case: Case) -> Verdict {
        let deaf = Random::part(self.seed, case.number).below(plan.steps);
        for step in 0..plan.steps {
            if step == deaf {
                guest.bench.core.console.borrow_mut().dead_calls = 3;
            }
            if guest.advance().is_err() {
                return Verdict::Stuck;
            }
        }
        for _ in 0..ENDING {
            if guest.settle_streams().is_err() {
                return Verdict::Stuck;
            }
        }
        let output = guest.bench.core.console.borrow().output.clone();
        stream("output", &guest.written, &output)
            .or_else(|| stream("input", &guest.pressed, &guest.read))
            .unwrap_or(Verdict::Same)
    }
}

fn stream(name: &'static str, wanted: &[u8], seen: &[u8]) -> Option<Verdict> {
    let equal = wanted.iter().zip(seen).take_while(|(a, b)| a == b).count();
    (wanted != seen).then_some(Verdict::Stream(name, equal, wanted.len(), seen.len()))
}

/// Plays one case of a plan again.
#[must_use]
pub fn play(plan: &Plan, case: Case) -> Played {
    crate::plan::keep_quiet();
    Reference::new(plan, case.group).play(plan, case)
}
