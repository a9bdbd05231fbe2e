//! A soak of the VM registry: VMs are made, moved through their lives in random order, legal and not, and destroyed, and
//! every answer is compared with a second statement of what must happen.
//!
//! The driver knows the registry by its interface only. So the same one runs as a task on the machine, and in a host
//! test around the real manager and the real device servers.

mod expect;

pub use expect::{At, Op, expect};

use crate::random::Random;
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_protocol::registry::{
    Account, Client, Fingerprint, Refusal, StateReason, VmNumber, VmState, VmSummary,
};
use bulkhead_protocol::{CallError, Transport};

/// Definitions that one driver uses.
const MAX_TRACKS: usize = 4;
/// How long a guest has that is asked with a deadline, and how often the driver looks whether it is off.
const DEADLINE_MS: u32 = 20;
const LOOKS: u32 = 400;
/// The number of no VM.
const NOBODY: VmNumber = VmNumber(u32::MAX);

/// Time that a paused VM stands still: longer than any wait of a guest for its turn.
const PAUSE_MS: u32 = 100;
/// Time in which a guest with a timer surely makes exits.
const SIGN_OF_LIFE_MS: u32 = 20;

/// What the driver needs beside the registry.
pub trait World: Transport {
    /// Do its guests make exits all the time while they run, and never end themselves?
    fn is_steady(&self) -> bool;

    /// Time passes: guests run, if their VMs do.
    fn pass(&mut self, milliseconds: u32);
}

/// What was not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The registry did not answer.
    Call(Op, CallError),
    /// An answer that the second statement does not have: where the VM was, what was asked, what was answered.
    Answer(At, Op, Result<At, Refusal>),
    /// A VM is somewhere without a reason: where it should be, and what the registry says.
    Place(At, Option<(VmState, StateReason)>),
    /// A later life is not like the first.
    Life(Op, Fingerprint, Fingerprint),
    /// A guest that should run makes no exits.
    Lifeless(Op, u64),
    /// A paused VM has changed.
    Unstill(Fingerprint, Fingerprint),
    /// Something is held that was not held before.
    Leak(Account, Account),
    /// A number was used again.
    Number(VmNumber),
    /// A guest that was asked is not off after its deadline.
    NotOff(VmState),
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lives from make to destroy.
    pub cycles: u32,
    /// Requests that were carried out.
    pub done: u32,
    /// Requests that were refused, as they must be.
    pub refused: u32,
    /// VMs that were not made because another had their pool.
    pub taken: u32,
    /// Lives that were compared with the first.
    pub compared: u32,
    /// Guests that ended or reset themselves.
    pub ends: u32,
}

/// A definition and the VM that is made from it.
#[derive(Debug, Clone, Copy)]
struct Track {
    definition: u8,
    /// The VM of the core. Definitions with the same one take turns.
    place: VmId,
    vm: VmNumber,
    at: At,
    resets: u32,
    first: Option<Fingerprint>,
}

/// The driver.
#[derive(Debug)]
pub struct Soak {
    random: Random,
    slot: Slot,
    tracks: [Option<Track>; MAX_TRACKS],
    before: Account,
    highest: Option<VmNumber>,
    counts: Counts,
}

impl Soak {
    /// A driver for all definitions of the system, of which no VM is made yet.
    ///
    /// # Errors
    /// The registry does not answer.
    pub fn new<W: World>(world: &mut W, slot: Slot, seed: u64) -> Result<Self, Wrong> {
        let mut client = Client::new(&mut *world, slot);
        let failed = |error| Wrong::Call(Op::Query, error);
        let before = client.account().map_err(failed)?;
        let mut tracks = [None; MAX_TRACKS];
        let mut known = 0;
        while let Some(track) = tracks.get_mut(usize::from(known)) {
            let page = client.definitions(known).map_err(failed)?;
            let Some(line) = page.items.iter().next() else { break };
            *track = Some(Track {
                definition: line.definition,
                place: line.place,
                vm: NOBODY,
                at: At::Nowhere,
                resets: 0,
                first: None,
            });
            known = known.saturating_add(1);
        }
        Ok(Self { random: Random::new(seed), slot, tracks, before, highest: None, counts: Counts::default() })
    }

    /// What has happened so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// One request of a VM, and what it must lead to.
    ///
    /// # Errors
    /// Something is not as it must be.
    pub fn step<W: World>(&mut self, world: &mut W) -> Result<(), Wrong> {
        let number = usize::try_from(self.random.below(MAX_TRACKS as u64)).unwrap_or(0);
        let Some(mut track) = self.tracks.get(number).copied().flatten() else { return Ok(()) };
        self.look(world, &mut track)?;
        let op = self.choose(track.at);
        self.carry_out(world, &mut track, op)?;
        if let Some(kept) = self.tracks.get_mut(number) {
            *kept = Some(track);
        }
        if self.tracks.iter().flatten().all(|track| track.at == At::Nowhere) {
            self.settle_accounts(world)?;
        }
        Ok(())
    }

    /// Takes down and destroys what is left, and looks what is still held.
    ///
    /// # Errors
    /// Something is not as it must be.
    pub fn finish<W: World>(&mut self, world: &mut W) -> Result<(), Wrong> {
        for number in 0..MAX_TRACKS {
            let Some(mut track) = self.tracks.get(number).copied().flatten() else { continue };
            for op in [Op::Shutdown, Op::Destroy] {
                self.look(world, &mut track)?;
                self.carry_out(world, &mut track, op)?;
            }
            if let Some(kept) = self.tracks.get_mut(number) {
                *kept = Some(track);
            }
        }
        self.settle_accounts(world)
    }

    /// Three of four requests are such as the VM takes.
    fn choose(&mut self, at: At) -> Op {
        loop {
            let number = usize::try_from(self.random.below(Op::ALL.len() as u64)).unwrap_or(0);
            let op = Op::ALL.get(number).copied().unwrap_or(Op::Query);
            if expect(at, op).is_some() || self.random.below(4) == 0 {
                return op;
            }
        }
    }

    /// Where is the VM? A guest that runs may have ended or reset itself.
    fn look<W: World>(&mut self, world: &mut W, track: &mut Track) -> Result<(), Wrong> {
        let At::State(expected) = track.at else { return Ok(()) };
        let found = self.query(world, track.vm)?;
        let ended = |reason| {
            use StateReason::{GuestPowerOff, GuestReset, HaltedForEver, TripleFault};
            matches!(reason, GuestPowerOff | GuestReset | HaltedForEver | TripleFault)
        };
        match found {
            Some(vm) if vm.state == expected => {
                self.counts.ends = self.counts.ends.saturating_add(vm.resets.saturating_sub(track.resets));
                track.resets = vm.resets;
                Ok(())
            }
            Some(vm) if expected == VmState::Started && ended(vm.reason) => {
                self.counts.ends = self.counts.ends.saturating_add(1);
                track.at = At::State(vm.state);
                track.resets = vm.resets;
                Ok(())
            }
            other => Err(Wrong::Place(track.at, other.map(|vm| (vm.state, vm.reason)))),
        }
    }

    fn query<W: World>(&self, world: &mut W, vm: VmNumber) -> Result<Option<VmSummary>, Wrong> {
        let answer = Client::new(&mut *world, self.slot).query(vm);
        answer.map(Result::ok).map_err(|error| Wrong::Call(Op::Query, error))
    }

    fn carry_out<W: World>(&mut self, world: &mut W, track: &mut Track, op: Op) -> Result<(), Wrong> {
        if op == Op::Pass {
            world.pass(1 + u32::try_from(self.random.below(8)).unwrap_or(0));
            return Ok(());
        }
        let from = track.at;
        let mut client = Client::new(&mut *world, self.slot);
        let answer = op.ask(&mut client, track.definition, track.vm, DEADLINE_MS);
        let answer = answer.map_err(|error| Wrong::Call(op, error))?;
        // Who comes into a pool that another has is told who that is.
        let holder = self.tracks.iter().flatten().find(|other| {
            other.place == track.place && other.definition != track.definition && other.at != At::Nowhere
        });
        if let (Some(holder), At::Nowhere, Op::Make) = (holder, from, op) {
            if answer.as_ref().err() != Some(&Refusal::InUse { by: holder.vm }) {
                return Err(Wrong::Answer(from, op, answer.map(|(at, _)| at)));
            }
            self.counts.taken = self.counts.taken.saturating_add(1);
            return Ok(());
        }
        match (answer, expect(from, op)) {
            (Ok((at, vm)), Some(wanted)) if at == wanted => {
                self.counts.done = self.counts.done.saturating_add(1);
                track.at = at;
                if op == Op::Make {
                    self.made(track, vm)?;
                }
            }
            (Err(refusal), None) if op.is_refused_so(from, track.vm, &refusal) => {
                self.counts.refused = self.counts.refused.saturating_add(1);
                return Ok(());
            }
            (answer, _) => return Err(Wrong::Answer(from, op, answer.map(|(at, _)| at))),
        }
        self.follow_up(world, track, op)
    }

    fn made(&mut self, track: &mut Track, vm: VmNumber) -> Result<(), Wrong> {
        if self.highest.is_some_and(|highest| highest >= vm) {
            return Err(Wrong::Number(vm));
        }
        self.highest = Some(vm);
        track.vm = vm;
        track.resets = 0;
        Ok(())
    }

    /// What must hold after a request beside its answer.
    fn follow_up<W: World>(&mut self, world: &mut W, track: &mut Track, op: Op) -> Result<(), Wrong> {
        match op {
            Op::Make | Op::Create | Op::Reset => {
                let now = self.fingerprint(world, track.vm, op)?;
                let first = *track.first.get_or_insert(now);
                self.counts.compared = self.counts.compared.saturating_add(1);
                if first != now {
                    return Err(Wrong::Life(op, first, now));
                }
                self.compare_with_others(track, op, now)?;
            }
            Op::Start | Op::Resume | Op::ResetAndStart | Op::WarmReset if world.is_steady() => {
                let before = self.query(world, track.vm)?.map_or(0, |vm| vm.exits);
                world.pass(SIGN_OF_LIFE_MS);
                let after = self.query(world, track.vm)?.map_or(0, |vm| vm.exits);
                if after <= before {
                    return Err(Wrong::Lifeless(op, after));
                }
            }
            Op::Pause => {
                let first = self.fingerprint(world, track.vm, op)?;
                world.pass(PAUSE_MS);
                let now = self.fingerprint(world, track.vm, op)?;
                if first != now {
                    return Err(Wrong::Unstill(first, now));
                }
            }
            Op::AskShutdown => self.wait_until_off(world, track)?,
            Op::Destroy => {
                self.counts.cycles = self.counts.cycles.saturating_add(1);
                track.resets = 0;
            }
            _ => {}
        }
        if matches!(op, Op::Reset | Op::ResetAndStart | Op::WarmReset) {
            track.resets = track.resets.saturating_add(1);
        }
        Ok(())
    }

    /// Devices begin in the same state whatever is booted, so VMs of one pool have that in common.
    fn compare_with_others(&self, track: &Track, op: Op, now: Fingerprint) -> Result<(), Wrong> {
        let others = self.tracks.iter().flatten().filter(|other| other.place == track.place);
        match others.filter_map(|other| other.first).find(|first| first.devices != now.devices) {
            Some(first) => Err(Wrong::Life(op, first, now)),
            None => Ok(()),
        }
    }

    fn fingerprint<W: World>(&self, world: &mut W, vm: VmNumber, op: Op) -> Result<Fingerprint, Wrong> {
        let answer = Client::new(&mut *world, self.slot).fingerprint(vm);
        let answer = answer.map_err(|error| Wrong::Call(op, error))?;
        answer.map_err(|refusal| Wrong::Answer(At::State(VmState::Created), op, Err(refusal)))
    }

    fn wait_until_off<W: World>(&self, world: &mut W, track: &mut Track) -> Result<(), Wrong> {
        let mut state = VmState::Started;
        for _ in 0..LOOKS {
            world.pass(DEADLINE_MS / 4);
            let found = self.query(world, track.vm)?;
            state = found.map_or(VmState::PoweredOff, |vm| vm.state);
            if state == VmState::PoweredOff {
                track.at = At::State(state);
                return Ok(());
            }
        }
        Err(Wrong::NotOff(state))
    }

    fn settle_accounts<W: World>(&self, world: &mut W) -> Result<(), Wrong> {
        let now = Client::new(&mut *world, self.slot).account();
        let now = now.map_err(|error| Wrong::Call(Op::Query, error))?;
        // What other VMs have under way is theirs.
        let theirs = |account: Account| Account { queued: 0, waiting: 0, lines: 0, ..account };
        if theirs(now) == theirs(self.before) { Ok(()) } else { Err(Wrong::Leak(self.before, now)) }
    }
}
