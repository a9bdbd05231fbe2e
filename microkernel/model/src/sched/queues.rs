//! The queues of actors that could run and do not: per CPU, fixed priorities, first in first out among equals.
//!
//! Who runs is the business of [`Scheduler`](super::Scheduler). All operations take constant time.

use super::actor::{ActorId, MAX_ACTORS};
use crate::lists::Lists;
use bulkhead_abi::limits::{MAX_CPUS, PRIORITIES};

/// Queues of one CPU.
#[expect(clippy::cast_possible_truncation, reason = "asserted below")]
const QUEUES: u16 = PRIORITIES as u16;
const _: () = assert!(MAX_CPUS * PRIORITIES <= u16::MAX as usize, "each queue has a number");
const _: () = assert!(PRIORITIES <= u64::BITS as usize, "a word has a bit for each priority");

#[derive(Clone, Copy)]
struct Place {
    cpu: u8,
    priority: u8,
}

impl Place {
    const fn list(self) -> u16 {
        self.cpu as u16 * QUEUES + self.priority as u16
    }
}

/// The queues of all CPUs.
pub struct RunQueues {
    lists: Lists<MAX_ACTORS, { MAX_CPUS * PRIORITIES }>,
    places: [Place; MAX_ACTORS],
    /// Which priorities of each CPU have somebody in a list.
    occupied: [u64; MAX_CPUS],
}

impl RunQueues {
    /// Empty queues; every actor on CPU 0 with priority 0.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            lists: Lists::new(),
            places: [Place { cpu: 0, priority: 0 }; MAX_ACTORS],
            occupied: [0; MAX_CPUS],
        }
    }

    /// Says where an actor runs and how urgently. It must not be queued.
    pub fn place(&mut self, actor: ActorId, cpu: u8, priority: u8) {
        if let Some(place) = self.places.get_mut(actor.index()) {
            *place = Place { cpu, priority };
        }
    }

    /// Where it runs.
    #[must_use]
    pub fn cpu(&self, actor: ActorId) -> u8 {
        self.place_of(actor).cpu
    }

    /// How urgently it runs.
    #[must_use]
    pub fn priority(&self, actor: ActorId) -> u8 {
        self.place_of(actor).priority
    }

    /// Is it in its queue?
    #[must_use]
    pub fn queued(&self, actor: ActorId) -> bool {
        self.lists.list_of(actor.0).is_some()
    }

    /// Puts an actor behind its equals. Does nothing if it is queued.
    pub fn push_back(&mut self, actor: ActorId) {
        let place = self.place_of(actor);
        self.occupy(place);
        self.lists.push_back(place.list(), actor.0);
    }

    /// Puts an actor before its equals: it was interrupted and goes on first. Does nothing if it is queued.
    pub fn push_front(&mut self, actor: ActorId) {
        let place = self.place_of(actor);
        self.occupy(place);
        self.lists.push_front(place.list(), actor.0);
    }

    /// Takes an actor out of its queue, if it is in it.
    pub fn remove(&mut self, actor: ActorId) {
        if let Some(list) = self.lists.remove(actor.0)
            && self.lists.first(list).is_none()
        {
            let place = self.place_of(actor);
            if let Some(occupied) = self.occupied.get_mut(usize::from(place.cpu)) {
                *occupied &= !(1 << place.priority);
            }
        }
    }

    /// The priority of the most urgent queued actor of a CPU.
    #[must_use]
    pub fn top_priority(&self, cpu: u8) -> Option<u8> {
        let occupied = self.occupied.get(usize::from(cpu)).copied().unwrap_or(0);
        occupied.checked_ilog2().and_then(|priority| u8::try_from(priority).ok())
    }

    /// Takes the most urgent actor of a CPU out of its queue.
    pub fn pop(&mut self, cpu: u8) -> Option<ActorId> {
        let priority = self.top_priority(cpu)?;
        let actor = ActorId(self.lists.first(Place { cpu, priority }.list())?);
        self.remove(actor);
        Some(actor)
    }

    fn place_of(&self, actor: ActorId) -> Place {
        self.places.get(actor.index()).copied().unwrap_or(Place { cpu: 0, priority: 0 })
    }

    fn occupy(&mut self, place: Place) {
        if let Some(occupied) = self.occupied.get_mut(usize::from(place.cpu)) {
            *occupied |= 1 << place.priority;
        }
    }
}

impl Default for RunQueues {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
