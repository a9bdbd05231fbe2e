//! Which faults a boot gets: dealt from the campaign's seed, so that every server gets every kind equally often.

use bulkhead_abi::inject::{InjectKind, Place};
use bulkhead_schema::{Campaign, Capability, System};
use std::fmt::Write as _;

/// Orders that one system can hold.
const MOST: usize = bulkhead_abi::limits::MAX_INJECTIONS;

/// One fault that shall come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    /// The victim.
    pub(super) task: String,
    /// What it shall do.
    pub(super) kind: InjectKind,
    /// Events to let pass before.
    first: u32,
    /// One event in so many from then on.
    rate: u32,
    seed: u64,
}

/// A victim and what can be done to it.
#[derive(Debug)]
struct Victim {
    task: String,
    rate: u32,
    /// Faults after which all that it has said is right.
    exact: Vec<InjectKind>,
    /// Faults that make it say what is wrong.
    liars: Vec<InjectKind>,
}

/// How orders are dealt.
#[derive(Debug)]
pub(super) struct Plan {
    victims: Vec<Victim>,
    seed: u64,
    per_victim: usize,
    first: u32,
}

/// Must a guest not notice faults of this kind?
pub(super) fn is_exact(kind: InjectKind) -> bool {
    InjectKind::fail_stop() & kind.bit() != 0
}

impl Plan {
    pub(super) fn new(campaign: &Campaign, system: &System) -> Self {
        let struck = system.tasks.iter().enumerate().filter(|(_, task)| campaign.strikes(&task.name));
        let victims: Vec<_> = struck
            .map(|(index, task)| {
                let kinds = InjectKind::ALL.iter().copied();
                let kinds = kinds.filter(|kind| campaign.has(*kind) && fits(*kind, index, system));
                let (exact, liars) = kinds.partition(|kind| is_exact(*kind));
                Victim { task: task.name.clone(), rate: campaign.rate(&task.name), exact, liars }
            })
            .collect();
        let room = MOST / victims.len().max(1);
        let per_victim = room.min(campaign.orders as usize).max(1);
        Self { victims, seed: campaign.seed, per_victim, first: campaign.first }
    }

    /// The orders of a boot. Lies have boots of their own: after a lie, what a guest sees may be wrong for long.
    pub(super) fn orders(&self, run: u32) -> Vec<Order> {
        let (exact, liars) = self.kinds();
        // Boots in proportion to the numbers of kinds, spread evenly; the first one lies.
        let lies_before = |run: u32| (u64::from(run) * liars).div_ceil((exact + liars).max(1));
        let lies = lies_before(run + 1) > lies_before(run);
        let nth = if lies { lies_before(run) } else { u64::from(run) - lies_before(run) };
        let victims = self.victims.iter().zip(0..);
        victims.flat_map(|(victim, place)| self.deal(victim, place, lies, nth, run)).take(MOST).collect()
    }

    fn kinds(&self) -> (u64, u64) {
        let most = |count: fn(&Victim) -> usize| self.victims.iter().map(count).max().unwrap_or(0) as u64;
        (most(|victim| victim.exact.len()), most(|victim| victim.liars.len()))
    }

    /// One deck for all, from which each victim begins at another place: few boots touch all kinds.
    fn deal(&self, victim: &Victim, seat: u64, lies: bool, nth: u64, run: u32) -> Vec<Order> {
        let kinds = if lies { &victim.liars } else { &victim.exact };
        let mut orders = Vec::new();
        if kinds.is_empty() {
            return orders;
        }
        for place in 0..self.per_victim {
            let position = nth * self.per_victim as u64 + place as u64;
            let round = position / kinds.len() as u64;
            let card = (position + seat * self.per_victim as u64) % kinds.len() as u64;
            let deck = shuffled(kinds, self.seed ^ round << 20 ^ u64::from(lies));
            let Some(kind) = usize::try_from(card).ok().and_then(|card| deck.get(card)) else { continue };
            let first = victim.rate.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX));
            let first = first.saturating_add(self.first);
            let rate = (victim.rate / 2).max(1);
            let seed = mix(self.seed ^ name_hash(&victim.task) ^ u64::from(run) << 32 ^ place as u64) >> 1;
            orders.push(Order { task: victim.task.clone(), kind: *kind, first, rate, seed });
        }
        orders
    }
}

/// The orders as stanzas of a manifest.
pub(super) fn stanzas(orders: &[Order]) -> String {
    let mut text = String::new();
    for Order { task, kind, first, rate, seed } in orders {
        let kind = kind.name();
        let _ = write!(
            text,
            "\n[[inject]]\ntask = \"{task}\"\nkinds = [\"{kind}\"]\nfirst = {first}\nrate = {rate}\nlimit = 1\nseed = {seed}\n"
        );
    }
    text
}

/// Can this happen to this task?
fn fits(kind: InjectKind, task: usize, system: &System) -> bool {
    let calls = |slot: &Capability| matches!(slot, Capability::Call(_));
    let notifies = |slot: &Capability| matches!(slot, Capability::Notify { target, .. } if *target == task);
    match kind {
        InjectKind::WhileCalling => system.tasks.get(task).is_some_and(|task| task.slots.iter().any(calls)),
        InjectKind::LostNotification | InjectKind::DoubledNotification => {
            system.tasks.iter().flat_map(|task| &task.slots).any(notifies)
        }
        _ => kind.place() != Place::Core || (kind as u8) < InjectKind::LostNotification as u8,
    }
}

fn shuffled(kinds: &[InjectKind], seed: u64) -> Vec<InjectKind> {
    let mut deck: Vec<_> = kinds.iter().map(|kind| (mix(seed ^ mix(*kind as u64 + 1)), *kind)).collect();
    deck.sort_by_key(|(number, _)| *number);
    deck.into_iter().map(|(_, kind)| kind).collect()
}

fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| mix(hash ^ u64::from(byte)))
}

/// SplitMix64's output function (Steele, Lea, Flood, OOPSLA 2014).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests;
