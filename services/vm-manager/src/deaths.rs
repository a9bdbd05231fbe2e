//! Every moment at which the manager, or a server, can die while it does something, on the fake core.
//!
//! A manager that dies loses all but its commit; what it has done to the core and the servers stays done. Its next life
//! recovers, and is given the notifications again that were under way, but no request.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    reason = "tests with small numbers"
)]

mod ends;
mod policies;
mod requests;

use crate::fake::{CoreVm, Died, Fake, HZ, no_host, vm_slot};
use crate::mark::Mark;
use crate::order::Order;
use crate::recovery::{Kept, KeptVm};
use crate::registry::Registry;
use bulkhead_abi::id::VmId;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::{Refusal, VmNumber, VmState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec::Vec;

/// The failure bit of the notification word.
const FAILURE: u64 = 1 << 32;
/// More events than any story here has.
const ENOUGH: usize = 20;

/// What the manager is told.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// Notification bits.
    Signal(u64),
    /// Somebody asks.
    Request(VmNumber, Order),
    /// Somebody makes a VM.
    Make(u8),
    /// Nothing.
    Timeout,
}

/// The manager's task: its lives, and what the core keeps of it.
struct World<'p> {
    config: &'p VmManager,
    registry: Registry<'p>,
    fake: Fake,
    kept: Kept,
    /// The event's end was committed, and the next one has not begun.
    is_new: bool,
    lives: usize,
}

impl<'p> World<'p> {
    /// The system has booted.
    fn booted(config: &'p VmManager) -> Self {
        let (mut registry, mut fake) = (Registry::new(config, no_host, HZ), Fake::default());
        registry.boot(&mut fake);
        let kept = registry.kept();
        Self { config, registry, fake, kept, is_new: false, lives: 1 }
    }

    /// An event, and those that follow of themselves.
    fn happens(&mut self, event: Event) -> Option<Result<VmState, Refusal>> {
        let result = self.handle(event);
        for _ in 0..ENOUGH {
            let bits = if self.is_told_of_failures() { FAILURE } else { 0 };
            if bits == 0 && !self.registry.is_unsettled() && !self.is_new {
                return result;
            }
            let next = if bits == 0 { Event::Timeout } else { Event::Signal(bits) };
            let _ = self.handle(next);
        }
        panic!("the manager comes to no end: {:?}", self.fake.log);
    }

    fn is_told_of_failures(&self) -> bool {
        let settled = |failure: &bulkhead_protocol::supervisor::Failure| {
            self.registry.carried_out.contains(&(failure.task, failure.life))
        };
        self.fake.failures.iter().any(|failure| !settled(failure))
    }

    /// One event up to its commit, in as many lives as it takes.
    fn handle(&mut self, event: Event) -> Option<Result<VmState, Refusal>> {
        let mut event = event;
        loop {
            let (registry, fake, is_new) = (&mut self.registry, &mut self.fake, self.is_new);
            let ended = catch_unwind(AssertUnwindSafe(|| {
                if is_new {
                    registry.committed(fake);
                }
                match event {
                    Event::Signal(bits) => {
                        registry.notified(fake, bits);
                        None
                    }
                    Event::Request(vm, order) => Some(registry.request(fake, vm, order)),
                    Event::Make(definition) => {
                        Some(registry.make(fake, definition).map(|_| VmState::Created))
                    }
                    Event::Timeout => {
                        registry.time_passed(fake);
                        None
                    }
                }
            }));
            match ended {
                Ok(result) => {
                    self.kept = self.registry.kept();
                    self.is_new = self.registry.is_unsettled();
                    return result;
                }
                Err(panic) => assert!(panic.is::<Died>(), "not a death on purpose"),
            }
            // Who asked is told that the manager has died.
            if !matches!(event, Event::Signal(_)) {
                event = Event::Timeout;
            }
            self.begin_next_life();
        }
    }

    fn begin_next_life(&mut self) {
        loop {
            self.lives += 1;
            self.registry = Registry::new(self.config, no_host, HZ);
            let (registry, fake, kept) = (&mut self.registry, &mut self.fake, &self.kept);
            let recovered = catch_unwind(AssertUnwindSafe(|| registry.recover(fake, Some(kept))));
            match recovered {
                Ok(()) => break,
                Err(panic) => assert!(panic.is::<Died>(), "not a death on purpose"),
            }
        }
        self.is_new = false;
    }

    /// The manager dies so many moments from now.
    fn dies_in(&mut self, moments: usize) {
        self.fake.manager_dies = Some(self.fake.moments + moments);
    }

    /// All that can be told of a VM's place: its record, and the core's.
    fn picture(&mut self, place: u16) -> (Option<KeptVm>, CoreVm) {
        let kept = without_marks(self.registry.kept()).vms.get(usize::from(place)).copied().flatten();
        (kept, self.fake.vm(vm_slot(VmId(place))).clone())
    }

    /// Pictures of all VMs.
    fn pictures(&mut self) -> Vec<(Option<KeptVm>, CoreVm)> {
        (0..self.config.vms.len()).map(|place| self.picture(u16::try_from(place).unwrap_or(0))).collect()
    }
}

/// What the core was told is how the manager knows, and no part of what it knows.
pub(crate) fn without_marks(mut kept: Kept) -> Kept {
    for vm in kept.vms.iter_mut().flatten() {
        vm.mark = Mark::default();
    }
    kept
}

/// Tells a story again and again, with the manager's death at one moment later each time, until it comes behind the end. How
/// often it was told.
fn at_every_moment(mut tell: impl FnMut(&mut dyn FnMut(&mut World<'_>)) -> usize) -> usize {
    let mut told = 0;
    for first in 0.. {
        let lives = tell(&mut |world| world.dies_in(first));
        told += 1;
        if lives == 1 {
            return told;
        }
    }
    told
}
