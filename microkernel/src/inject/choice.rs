//! Which fault comes when: by the chance that a seed decides, or by time.

use bulkhead_abi::image::InjectRecord;
use bulkhead_abi::inject::InjectKind;

/// A stanza of the manifest, for one victim.
#[derive(Clone, Copy)]
pub(super) struct Source {
    record: Option<InjectRecord>,
    state: u64,
    seen: u32,
    done: u32,
    /// For sources that go by time.
    due: u64,
    every: u64,
}

/// What is known of the event at which a fault may come.
#[derive(Clone, Copy)]
pub(super) struct Occasion {
    /// It carries notification bits.
    pub(super) notified: bool,
    /// Somebody waits for an answer.
    pub(super) asked: bool,
    /// That is a vCPU.
    pub(super) by_vcpu: bool,
    /// The victim can call others.
    pub(super) calls: bool,
}

impl Occasion {
    pub(super) const NONE: Self = Self { notified: false, asked: false, by_vcpu: false, calls: false };

    /// Can a fault of this kind happen here?
    const fn allows(self, kind: InjectKind) -> bool {
        match kind {
            InjectKind::LostNotification | InjectKind::DoubledNotification => self.notified,
            InjectKind::LateReply | InjectKind::MalformedReply | InjectKind::FlipReply => self.asked,
            InjectKind::WrongReply => self.by_vcpu,
            InjectKind::WhileCalling => self.calls,
            _ => true,
        }
    }
}

impl Source {
    pub(super) const NONE: Self = Self { record: None, state: 0, seen: 0, done: 0, due: u64::MAX, every: 0 };

    pub(super) const fn new(record: InjectRecord, ticks_per_us: u64, now: u64) -> Self {
        let every = ticks_per_us * record.every_us as u64;
        let due = if every == 0 { u64::MAX } else { now.saturating_add(every) };
        // Victims of one stanza have one seed: the task's number tells them apart.
        let state = record.seed ^ (record.task.0 as u64) << 32;
        Self { record: Some(record), state, seen: 0, done: 0, due, every }
    }

    pub(super) fn is_of(&self, task: u16) -> bool {
        self.record.is_some_and(|record| record.task.0 == task)
    }

    pub(super) const fn is_timed(&self) -> bool {
        self.record.is_some() && self.every != 0
    }

    pub(super) fn task(&self) -> u16 {
        self.record.map_or(u16::MAX, |record| record.task.0)
    }

    pub(super) const fn due(&self) -> u64 {
        self.due
    }

    /// The fault that comes with this event, if one does.
    pub(super) fn by_event(&mut self, occasion: Occasion) -> Option<InjectKind> {
        let record = self.record.filter(|record| record.rate != 0)?;
        self.seen = self.seen.saturating_add(1);
        let comes = self.seen > record.first
            && self.done < record.limit
            && self.random().is_multiple_of(u64::from(record.rate));
        if comes { self.pick(record.kinds, |kind| occasion.allows(kind)) } else { None }
    }

    /// The fault that is due by now, if one is.
    pub(super) fn by_time(&mut self, now: u64) -> Option<InjectKind> {
        let record = self.record.filter(|_| self.due <= now)?;
        self.due = now.saturating_add(self.every);
        if self.done < record.limit { self.pick(record.kinds, |_| true) } else { None }
    }

    /// One of the kinds, each with the same chance.
    fn pick(&mut self, kinds: u64, allows: impl Fn(InjectKind) -> bool) -> Option<InjectKind> {
        let is_wanted = |kind: &&InjectKind| kinds & kind.bit() != 0 && allows(**kind);
        let count = InjectKind::ALL.iter().filter(is_wanted).count() as u64;
        let chosen = self.random().checked_rem(count)?;
        self.done = self.done.saturating_add(1);
        InjectKind::ALL.iter().filter(is_wanted).nth(usize::try_from(chosen).ok()?).copied()
    }

    /// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
    pub(super) fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
