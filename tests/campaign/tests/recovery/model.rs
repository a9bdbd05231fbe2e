//! The recovery protocol as a machine of few states: a client, a server, and a peer that the server calls in the middle
//! of an event. Every step of one of them, every death, restart and passed deadline is an action of its own.

use crate::rules::Rules;

/// Requests of the client; request n carries byte n.
pub(crate) const REQUESTS: u8 = 2;

/// What the server commits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Memory {
    /// Requests that have taken effect, in order.
    pub(crate) effects: Vec<u8>,
    /// Bytes that the peer has not confirmed.
    unsent: Vec<u8>,
    /// Position of the first of them.
    sent: u8,
    /// The position must be asked for.
    lost: bool,
}

/// Where the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Phase {
    Dead,
    Receiving,
    /// An event is received.
    Received,
    /// It is handled; the peer is to be called if there is something to send.
    Handled,
    /// In a call.
    Calling,
    /// All is done but the commit.
    Done,
    /// Committed without a reply: what an atomic core never shows.
    Committed,
    /// It does nothing any more.
    Hung,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Event {
    Request(u8),
    Timeout,
    /// A request whose client does not wait any more.
    Abandoned,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Server {
    phase: Phase,
    event: Option<Event>,
    now: Memory,
    committed: Memory,
    life: u8,
}

/// The reply of a life that is over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Late {
    life: u8,
    event: Event,
    memory: Memory,
}

/// Where the client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Wait {
    Nothing,
    Queued,
    Received,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Peer {
    alive: bool,
    /// A call that it has received: position, bytes, and whether its caller still waits.
    under_way: Option<(u8, Vec<u8>, bool)>,
    accepted: Vec<u8>,
}

/// Everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) wait: Wait,
    /// The request that the client is at.
    pub(crate) request: u8,
    /// Requests that ended with a reply, and those that ended with an error.
    pub(crate) answered: Vec<u8>,
    pub(crate) failed: Vec<u8>,
    /// Requests whose client did not wait for the end of it: nobody can say whether they have happened.
    pub(crate) unsure: Vec<u8>,
    /// Bytes that a reset has thrown away.
    pub(crate) dropped: Vec<u8>,
    server: Server,
    peer: Peer,
    late: Option<Late>,
    faults: u8,
    /// Deadlines that may still pass without need.
    early: u8,
    pub(crate) stale_accepted: bool,
}

/// What can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Ask,
    Receive,
    WakeUp,
    Handle,
    Call,
    PeerCommits,
    End,
    Reply,
    Die,
    Hang,
    Restart,
    PeerDies,
    PeerRestarts,
    DeadlinePasses,
    LateReply,
}

pub(crate) const ACTIONS: [Action; 15] = [
    Action::Ask,
    Action::Receive,
    Action::WakeUp,
    Action::Handle,
    Action::Call,
    Action::PeerCommits,
    Action::End,
    Action::Reply,
    Action::Die,
    Action::Hang,
    Action::Restart,
    Action::PeerDies,
    Action::PeerRestarts,
    Action::DeadlinePasses,
    Action::LateReply,
];

impl World {
    pub(crate) fn new(rules: &Rules) -> Self {
        let memory = Memory::default();
        Self {
            wait: Wait::Nothing,
            request: 0,
            answered: Vec::new(),
            failed: Vec::new(),
            unsure: Vec::new(),
            dropped: Vec::new(),
            server: Server {
                phase: Phase::Receiving,
                event: None,
                now: memory.clone(),
                committed: memory,
                life: 0,
            },
            peer: Peer { alive: true, under_way: None, accepted: Vec::new() },
            late: None,
            faults: rules.faults,
            early: 1,
            stale_accepted: false,
        }
    }

    /// Bytes that the peer has, and requests that have taken effect for good.
    pub(crate) fn outcome(&self) -> (&[u8], &[u8]) {
        (&self.peer.accepted, &self.server.committed.effects)
    }

    /// The world after an action; `None` if it cannot happen now.
    pub(crate) fn after(&self, action: Action, rules: &Rules) -> Option<Self> {
        let mut next = self.clone();
        next.act(action, rules).then_some(next)
    }

    fn act(&mut self, action: Action, rules: &Rules) -> bool {
        let alive = self.server.phase != Phase::Dead;
        match action {
            Action::Ask => {
                let asks = self.wait == Wait::Nothing && self.request < REQUESTS;
                // A dead server refuses a task at once, which comes back later; a vCPU lines up.
                let can = asks && (alive || rules.vcpu);
                self.wait = if can { Wait::Queued } else { self.wait };
                can
            }
            Action::Receive => self.receive(self.wait == Wait::Queued, Event::Request(self.request)),
            Action::WakeUp => {
                // Signals and time may come before a request that waits.
                let wants = !self.server.committed.unsent.is_empty();
                self.receive(wants, Event::Timeout)
            }
            Action::Handle => self.handle(rules),
            Action::Call => self.call(rules),
            Action::PeerCommits => self.peer_commits(rules),
            Action::End => self.end(rules),
            Action::Reply => self.step(Phase::Committed, Phase::Receiving) && self.reply(),
            Action::Die => self.spend(alive) && self.stop(rules),
            Action::Hang => {
                self.spend(self.server.phase == Phase::Received) && {
                    self.server.phase = Phase::Hung;
                    true
                }
            }
            Action::Restart => !alive && self.restart(),
            Action::PeerDies => self.spend(self.peer.alive) && self.peer_dies(),
            Action::PeerRestarts => !std::mem::replace(&mut self.peer.alive, true),
            Action::DeadlinePasses => self.deadline(rules),
            Action::LateReply => self.late_reply(rules),
        }
    }

    fn spend(&mut self, possible: bool) -> bool {
        let left = self.faults.checked_sub(1).filter(|_| possible);
        self.faults = left.unwrap_or(self.faults);
        left.is_some()
    }

    fn step(&mut self, from: Phase, to: Phase) -> bool {
        let possible = self.server.phase == from;
        self.server.phase = if possible { to } else { self.server.phase };
        possible
    }

    fn receive(&mut self, possible: bool, event: Event) -> bool {
        let possible = possible && self.step(Phase::Receiving, Phase::Received);
        if possible {
            self.server.event = Some(event);
            if matches!(event, Event::Request(_)) {
                self.wait = Wait::Received;
            }
        }
        possible
    }

    fn handle(&mut self, rules: &Rules) -> bool {
        let possible = self.step(Phase::Received, Phase::Handled);
        let request = match self.server.event {
            Some(Event::Request(request)) => Some(request),
            Some(Event::Abandoned) => Some(self.request),
            _ => None,
        };
        if let (true, Some(request)) = (possible, request) {
            let memory = &mut self.server.now;
            let known = rules.remembers && memory.effects.contains(&request);
            if !known {
                memory.effects.push(request);
                memory.unsent.push(request);
            }
        }
        possible
    }

    fn call(&mut self, rules: &Rules) -> bool {
        let Server { phase: Phase::Handled, now, .. } = &mut self.server else { return false };
        // A peer that is dead does not answer, and one at a time is served.
        if now.unsent.is_empty() || !self.peer.alive {
            self.server.phase = Phase::Done;
            return true;
        }
        if self.peer.under_way.is_some() {
            return false;
        }
        if std::mem::take(&mut now.lost) {
            now.sent = u8::try_from(self.peer.accepted.len()).unwrap_or(0);
            if rules.commits_positions {
                self.server.phase = Phase::Done;
                return true;
            }
        }
        self.peer.under_way = Some((now.sent, now.unsent.clone(), true));
        self.server.phase = Phase::Calling;
        true
    }

    fn peer_commits(&mut self, rules: &Rules) -> bool {
        let Some((position, bytes, waits)) = self.peer.under_way.take() else { return false };
        let accepted = &mut self.peer.accepted;
        let known = if rules.has_positions { accepted.len().saturating_sub(position.into()) } else { 0 };
        accepted.extend(bytes.iter().skip(known));
        if waits {
            let memory = &mut self.server.now;
            let reached = accepted.len().saturating_sub(memory.sent.into());
            if reached > memory.unsent.len() && !rules.trusts_repeats {
                memory.lost = true;
            } else {
                let taken = reached.min(memory.unsent.len());
                memory.unsent.drain(..taken);
                memory.sent += u8::try_from(taken).unwrap_or(0);
            }
            self.server.phase = Phase::Done;
        }
        true
    }

    fn end(&mut self, rules: &Rules) -> bool {
        let to = if rules.atomic { Phase::Receiving } else { Phase::Committed };
        let possible = self.step(Phase::Done, to);
        if possible {
            self.server.committed = self.server.now.clone();
            if rules.atomic {
                self.reply();
            }
        }
        possible
    }

    fn reply(&mut self) -> bool {
        if let Some(Event::Request(request)) = self.server.event.take() {
            self.answered.push(request);
            self.wait = Wait::Nothing;
            self.request += 1;
        }
        true
    }

    fn stop(&mut self, rules: &Rules) -> bool {
        if self.server.phase == Phase::Done
            && let Some(event) = self.server.event
        {
            self.late = Some(Late { life: self.server.life, event, memory: self.server.now.clone() });
        }
        if let Some((.., waits)) = &mut self.peer.under_way {
            *waits = false;
        }
        self.server.phase = Phase::Dead;
        let under_way = self.server.event.take();
        if self.wait != Wait::Nothing && !rules.vcpu {
            // Told of the death, whether its request was received or still waited.
            self.fail(rules);
        } else if matches!(under_way, Some(Event::Request(_))) && rules.redelivers {
            self.wait = Wait::Queued;
        }
        true
    }

    /// A task's call ends with an error. One that does not give up asks again.
    fn fail(&mut self, rules: &Rules) {
        self.wait = Wait::Nothing;
        if rules.gives_up {
            self.failed.push(self.request);
            self.request += 1;
            if rules.resets_after_errors {
                self.server.committed.lost = true;
                self.dropped.append(&mut self.server.committed.unsent);
                self.server.now = self.server.committed.clone();
            }
        }
    }

    fn restart(&mut self) -> bool {
        self.server.phase = Phase::Receiving;
        self.server.now = self.server.committed.clone();
        self.server.life += 1;
        true
    }

    fn peer_dies(&mut self) -> bool {
        self.peer.alive = false;
        if self.peer.under_way.take().is_some_and(|(.., waits)| waits) {
            self.server.phase = Phase::Done;
        }
        true
    }

    /// A server that does not end its event is stopped. A task whose patience ends is told and asks again; its request
    /// may still be carried out, with an answer that goes nowhere. A vCPU waits.
    fn deadline(&mut self, rules: &Rules) -> bool {
        if self.server.phase == Phase::Hung && (rules.times_all_events || self.wait == Wait::Received) {
            return self.stop(rules);
        }
        let Some(early) = self.early.checked_sub(1) else { return false };
        if rules.vcpu || self.wait == Wait::Nothing {
            return false;
        }
        self.early = early;
        if self.wait == Wait::Received {
            self.server.event = Some(Event::Abandoned);
            self.unsure.push(self.request);
        }
        self.wait = Wait::Nothing;
        true
    }

    fn late_reply(&mut self, rules: &Rules) -> bool {
        let Some(late) = self.late.take() else { return false };
        let same = late.life == self.server.life && self.server.phase != Phase::Dead;
        if !rules.checks_life && self.server.event == Some(late.event) && !same {
            self.stale_accepted = true;
            self.server.committed = late.memory.clone();
            self.server.now = late.memory;
            self.server.phase = Phase::Receiving;
            self.reply();
        }
        true
    }
}
