//! A server's turn, with the fault that waits for it.

use crate::bench_core::{BenchCore, Refusal};
use crate::console_end::ConsoleLink;
use crate::fault::{FaultKind, Server};
use crate::injection::Injection;
use crate::life::Ended;
use crate::plan::Flaw;
use crate::sabotage::{self, Death, Order, Refused};
use crate::task::{Client, UnderWay};
use bulkhead_abi::exit::ExitReply;
use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::{MAX_INTERRUPTS, MAX_MESSAGE, MAX_PATCH};
use bulkhead_abi::message::{Event, EventKind};
use bulkhead_abi::msi::Msi;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{Transport, bus, device};
use std::panic::{AssertUnwindSafe, catch_unwind};
use zerocopy::{FromZeros, IntoBytes};

/// Requests of a flood.
const FLOOD: u64 = 200;

impl BenchCore {
    /// A server's turn.
    pub(crate) fn run(&mut self, server: Server) {
        let index = server.index();
        if self.tasks[index].life.is_none() {
            self.revive(index);
            return;
        }
        let armed = self.armed(server, self.tasks[index].events);
        let before = armed.map(|_| self.hash_others(server));
        self.attempt(server, armed);
        if before.is_some_and(|before| before != self.hash_others(server)) {
            self.fate.spilled = true;
        }
    }

    /// The fault that waits for this event of this server.
    pub(crate) fn armed(&self, server: Server, event: u64) -> Option<Injection> {
        self.injections.iter().find(|armed| armed.server == server && armed.event <= event).copied()
    }

    /// The fault has hit; it may be meant to hit the repeat, too.
    pub(crate) fn hit(&mut self, injection: Injection) {
        self.fate.hit = true;
        if let Some(at) = self.injections.iter().position(|armed| *armed == injection) {
            match self.injections[at].again.checked_sub(1) {
                Some(again) => self.injections[at] = Injection { again, event: 0, ..injection },
                None => {
                    self.injections.remove(at);
                }
            }
        }
    }

    fn revive(&mut self, index: usize) {
        let task = &mut self.tasks[index];
        if task.rest > 0 {
            task.rest -= 1;
        } else if task.stillborn > 0 {
            task.stillborn -= 1;
            task.generation += 1;
            task.rest = 1;
            self.fate.deaths += 1;
        } else if !self.begin_life(index) {
            self.fate.unrestorable = true;
            self.tasks[index].rest = u32::MAX;
        }
    }

    /// Committed bytes of all others, and the lines that are not this server's.
    fn hash_others(&self, server: Server) -> (Vec<u64>, u64) {
        let others = self.tasks.iter().enumerate().filter(|(index, _)| *index != server.index());
        let own = self.tasks[server.index()].lines;
        (others.map(|(_, task)| task.hash_committed()).collect(), self.lines & !own)
    }

    fn attempt(&mut self, server: Server, armed: Option<Injection>) {
        let index = server.index();
        let kind = armed.map(|injection| injection.kind);
        let rest = armed.map_or(0, |injection| injection.rest);
        let detail = armed.map_or(0, |injection| injection.detail);
        match (kind, armed) {
            (Some(FaultKind::BeforeReceive), Some(injection)) => {
                self.hit(injection);
                self.stop(server, rest);
                return;
            }
            (Some(FaultKind::LostNotification), Some(injection)) if !self.tasks[index].signals.is_none() => {
                self.hit(injection);
                self.tasks[index].signals = Default::default();
                return;
            }
            (Some(FaultKind::FloodCalls), Some(injection)) => {
                self.hit(injection);
                self.flood(server, detail);
                if server == Server::Vuart {
                    self.stop(server, rest);
                    return;
                }
            }
            _ => {}
        }
        let Some(event) = self.receive(index) else { return };
        let number = self.tasks[index].events;
        self.tasks[index].events += 1;
        let order = match (kind, armed) {
            (Some(FaultKind::AfterReceive), Some(injection)) => {
                self.hit(injection);
                self.stop(server, rest);
                return;
            }
            (Some(FaultKind::InRestart), Some(injection)) => {
                self.hit(injection);
                self.stop(server, rest);
                self.tasks[index].stillborn = 1 + u32::try_from(detail % 3).unwrap_or(0);
                return;
            }
            (Some(FaultKind::WhileCalling), Some(injection)) => Order::DieInCall(injection.call),
            (Some(FaultKind::AfterCall), Some(injection)) => Order::DieAfterCall(injection.call),
            (Some(FaultKind::Panic), _) if detail & 1 == 0 => Order::PanicFirst,
            (Some(FaultKind::Panic), _) => Order::PanicLast,
            (Some(FaultKind::FlipMemory), _) => Order::Flip(detail >> 8),
            _ => Order::None,
        };
        let (ended, done) = self.handle(server, &event, order, number);
        if let Some(injection) = armed.filter(|_| order != Order::None && done) {
            self.hit(injection);
        }
        let Some(mut ended) = ended else {
            self.stop(server, rest);
            return;
        };
        if let Some(injection) = armed {
            match self.spoil(server, injection, &mut ended) {
                Spoiled::No => {}
                Spoiled::Yes => self.hit(injection),
                Spoiled::Dead => {
                    self.hit(injection);
                    if self.flaw == Some(Flaw::CommitsHalf) {
                        let _ = self.commit(server, &ended);
                    }
                    self.stop(server, rest);
                    return;
                }
            }
        }
        if self.end_event(server, &ended) == Err(Refusal) {
            self.stop(server, rest);
            return;
        }
        self.tasks[index].wake = ended.wake;
        if let Some(died) = self.tasks[index].died.take() {
            self.fate.recovery = Some(self.fate.recovery.unwrap_or(0).max(self.turns - died));
        }
        match (kind, armed) {
            (Some(FaultKind::AfterCommit), Some(injection)) => {
                self.hit(injection);
                self.stop(server, rest);
            }
            (Some(FaultKind::StaleReply), Some(injection)) => {
                self.hit(injection);
                // The core says that nothing is under way, and nothing happens.
                self.fate.spilled |= self.end_event(server, &ended) != Err(Refusal);
            }
            (Some(FaultKind::DoubledNotification), Some(injection))
                if event.kind == EventKind::Signal as u32 =>
            {
                self.hit(injection);
                self.tasks[index].signals.bits |= event.bits | 1;
            }
            _ => {}
        }
    }

    /// Has the server handle an event; `None` if that is the end of its life. And was the order carried out?
    fn handle(&mut self, server: Server, event: &Event, order: Order, number: u64) -> (Option<Ended>, bool) {
        let now = self.now;
        let Some(life) = self.tasks[server.index()].life.as_mut() else { return (None, false) };
        sabotage::give(order);
        let result = catch_unwind(AssertUnwindSafe(|| life.handle(event, now)));
        let (calls, done) = sabotage::take_back();
        self.calls.extend((0..calls).map(|call| (server, number, call)));
        match result {
            Ok(ended) => (Some(ended), done),
            Err(payload) => {
                if !payload.is::<Death>() && !payload.is::<Refused>() {
                    self.unexpected = true;
                }
                (None, done)
            }
        }
    }

    /// What becomes of a commit between the server and the core.
    fn spoil(&self, server: Server, injection: Injection, ended: &mut Ended) -> Spoiled {
        let under_way = &self.tasks[server.index()].under_way;
        let detail = injection.detail;
        match injection.kind {
            FaultKind::BeforeCommit | FaultKind::LateReply => Spoiled::Dead,
            FaultKind::Hang if matches!(under_way, UnderWay::Client(_)) => Spoiled::Dead,
            FaultKind::WrongReply => match under_way {
                UnderWay::Client(Client::Vcpu(_)) => {
                    match detail % 5 {
                        // Said again by the next life, it would be believed.
                        4 if !self.given_up => ended.reply = ExitReply::stop(detail).as_bytes().to_vec(),
                        0 => ended.reply.clear(),
                        1 => ended.reply.truncate(8),
                        2 => ended.reply[0] = 77,
                        _ => ended.status = Status::Malformed,
                    }
                    Spoiled::Yes
                }
                // The core cannot know; the caller finds out and asks again.
                UnderWay::Client(Client::Task { interface, .. }) if *interface == bus::ID => {
                    ended.reply = vec![0xff; 12];
                    Spoiled::Yes
                }
                _ => Spoiled::No,
            },
            FaultKind::OversizedReply => {
                ended.reply = vec![0; MAX_MESSAGE + 1 + usize::from(detail.to_le_bytes()[0])];
                Spoiled::Yes
            }
            FaultKind::WrongCommit => {
                let own = self.tasks[server.index()].lines;
                match detail % 6 {
                    0 => ended.patch = Some((2040, vec![1; 16], 2044)),
                    1 => ended.patch = Some((0, vec![1; MAX_PATCH + 1], 2000)),
                    2 => ended.patch = Some((u32::MAX, vec![1; 4], 64)),
                    3 => ended.lines.0 |= !own & (1 << (detail >> 8 & 63) | 2),
                    4 => ended.interrupts = vec![Msi::default(); MAX_INTERRUPTS + 1],
                    _ => ended.notify |= 1 << 20,
                }
                Spoiled::Yes
            }
            FaultKind::FlipReply if !ended.reply.is_empty() => {
                flip(&mut ended.reply, detail >> 8);
                Spoiled::Yes
            }
            FaultKind::FlipCommit => match &mut ended.patch {
                Some((_, bytes, _)) if !bytes.is_empty() => {
                    flip(bytes, detail >> 8);
                    Spoiled::Yes
                }
                _ => Spoiled::No,
            },
            _ => Spoiled::No,
        }
    }

    /// Requests without sense and without end.
    fn flood(&mut self, server: Server, detail: u64) {
        let answer = self.task_answer.take();
        for number in 0..FLOOD {
            let message = garbage(detail.wrapping_add(number));
            if server == Server::Vuart {
                let mut reply = [0; MAX_MESSAGE];
                let _ = ConsoleLink(self.console.clone()).call(Slot(0), &message, &mut reply);
                continue;
            }
            let mut event = Event::new_zeroed();
            event.kind = EventKind::Request as u32;
            event.interface = if number & 1 == 0 { device::ID } else { bus::ID };
            event.length = u32::try_from(message.len()).unwrap_or(0);
            event.message[..message.len()].copy_from_slice(&message);
            event.now = self.now.0;
            let before = self.tasks[server.index()].hash_committed();
            let first = self.tasks[server.index()].committed_length == 0;
            let (ended, _) = self.handle(server, &event, Order::None, 0);
            let refused = ended.as_ref().is_some_and(|ended| ended.status == Status::Malformed);
            self.fate.spilled |= !refused;
            if let Some(ended) = ended {
                self.tasks[server.index()].under_way =
                    UnderWay::Client(Client::Task { interface: event.interface, message });
                let _ = self.end_event(server, &ended);
            }
            // The first event of a first life commits how the device was switched on.
            self.fate.spilled |= !first && before != self.tasks[server.index()].hash_committed();
        }
        self.task_answer = answer;
    }
}

/// What `spoil` has done.
enum Spoiled {
    No,
    Yes,
    Dead,
}

/// Flips a bit, counted modulo the length.
pub(crate) fn flip(bytes: &mut [u8], bit: u64) {
    let bit = bit % (bytes.len() as u64 * 8).max(1);
    bytes[usize::try_from(bit / 8).unwrap_or(0)] ^= 1 << (bit % 8);
}

/// Bytes that are no request of any interface: no enum has so many variants.
pub(crate) fn garbage(seed: u64) -> Vec<u8> {
    let length = 1 + usize::from(seed.to_le_bytes()[0]) % MAX_MESSAGE;
    let mut bytes: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(length).collect();
    bytes[0] = 0x40 | bytes[0] & 0x3f;
    bytes
}
