//! An executable model of the core's rules around device servers: delivery, repeats, commits, lines, notifications.
//!
//! It follows `microkernel/src/system`: `deliver.rs`, `reply.rs`, `commit.rs`, `lines.rs`, `fault.rs`. Time stands
//! still unless the guest lets it pass or a restart is said to take some.

use crate::console_end::ConsoleEnd;
use crate::fault::Server;
use crate::injection::{Fate, Injection};
use crate::life::Ended;
use crate::plan::Flaw;
use crate::task::{Client, Signals, Task, UnderWay};
use crate::trace::OpTrace;
use bulkhead_abi::exit::{Disposition, ExitReply, VcpuExit};
use bulkhead_abi::id::Generation;
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_INTERRUPTS, MAX_MESSAGE, MAX_PATCH, MAX_SLOTS};
use bulkhead_abi::message::{EVENT_REPEAT, Event, EventKind, LineChange};
use bulkhead_abi::msi::Msi;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::CallError;
use std::cell::RefCell;
use std::rc::Rc;
use vdev::Nanos;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

/// Turns after which a request that nobody has answered counts as lost.
const PATIENCE: u64 = 10_000;

/// The core refuses a commit or a reply, and stops its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal;

/// A request was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stuck;

/// The core with the device servers of one VM.
pub(crate) struct BenchCore {
    /// In the order of [`Server`]; the emulator is not among them.
    pub(crate) tasks: Vec<Task>,
    pub(crate) console: Rc<RefCell<ConsoleEnd>>,
    pub(crate) now: Nanos,
    /// Levels of the VM's lines.
    pub(crate) lines: u64,
    /// Interrupt messages that no local APIC has taken yet.
    pub(crate) messages: Vec<Msi>,
    /// Notification word of the VM manager.
    pub(crate) manager: u64,
    pub(crate) injections: Vec<Injection>,
    pub(crate) fate: Fate,
    pub(crate) trace: OpTrace,
    /// Where calls to others were made: server, event, number in the event.
    pub(crate) calls: Vec<(Server, u64, u32)>,
    /// Turns of the scheduler so far.
    pub(crate) turns: u64,
    /// Time that a restart takes.
    pub(crate) restart: u64,
    /// What is wrong with it.
    pub(crate) flaw: Option<Flaw>,
    /// A server panicked that nobody had sabotaged.
    pub(crate) unexpected: bool,
    vcpu_answer: Option<ExitReply>,
    /// A life has said that the vCPU cannot go on.
    pub(crate) given_up: bool,
    pub(crate) task_answer: Option<Result<(Status, Vec<u8>), CallError>>,
}

impl BenchCore {
    pub(crate) fn new(tasks: Vec<Task>, console: Rc<RefCell<ConsoleEnd>>) -> Self {
        let mut core = Self {
            tasks,
            console,
            now: Nanos(1_000_000),
            lines: 0,
            messages: Vec::new(),
            manager: 0,
            injections: Vec::new(),
            fate: Fate::default(),
            trace: OpTrace::default(),
            calls: Vec::new(),
            turns: 0,
            restart: 0,
            flaw: None,
            unexpected: false,
            vcpu_answer: None,
            given_up: false,
            task_answer: None,
        };
        for server in 0..core.tasks.len() {
            core.begin_life(server);
        }
        core
    }

    /// The vCPU's exit, answered by a server.
    pub(crate) fn exit(&mut self, server: Server, exit: VcpuExit) -> Result<ExitReply, Stuck> {
        self.given_up = false;
        self.tasks[server.index()].senders.push_back((Client::Vcpu(exit), 0));
        let end = self.turns + PATIENCE;
        while self.turns < end {
            if let Some(answer) = self.vcpu_answer.take() {
                return Ok(answer);
            }
            self.turn();
        }
        Err(Stuck)
    }

    /// A task's call.
    pub(crate) fn call(
        &mut self,
        server: Server,
        interface: u16,
        message: &[u8],
    ) -> Result<(Status, Vec<u8>), CallError> {
        let task = &mut self.tasks[server.index()];
        if task.life.is_none() {
            return Err(CallError::PeerDead);
        }
        task.senders.push_back((Client::Task { interface, message: message.to_vec() }, 0));
        let end = self.turns + PATIENCE;
        while self.turns < end {
            if let Some(answer) = self.task_answer.take() {
                return answer;
            }
            self.turn();
        }
        Err(CallError::DeadlinePassed)
    }

    /// Lets all servers work until nothing is left to do now.
    pub(crate) fn settle(&mut self) {
        let end = self.turns + PATIENCE;
        while self.turns < end && self.tasks.iter().any(|task| task.is_ready(self.now)) {
            self.turn();
        }
    }

    /// One turn: every server that has something to do handles one event.
    pub(crate) fn turn(&mut self) {
        self.turns += 1;
        let (now, turns) = (self.now, self.turns);
        for task in self.tasks.iter_mut().filter(|task| task.died.is_some() && !task.has_work(now)) {
            // Nobody waits for it.
            task.died = Some(turns);
        }
        for server in Server::ALL.into_iter().take(self.tasks.len()) {
            if self.tasks[server.index()].is_ready(self.now) {
                self.run(server);
            }
            self.collect_notifications();
        }
    }

    /// The console's notifications leave with the console's commit.
    pub(crate) fn collect_notifications(&mut self) {
        if std::mem::take(&mut self.console.borrow_mut().notified) {
            self.tasks[Server::Vuart.index()].signals.bits |= 1;
        }
    }

    /// When the next server wants to be woken.
    pub(crate) fn next_wake(&self) -> Option<Nanos> {
        self.tasks.iter().filter_map(|task| task.wake).min()
    }

    /// Takes the next event of a task: signals before requests, both before time.
    pub(crate) fn receive(&mut self, server: usize) -> Option<Event> {
        let now = self.now;
        let level = self.lines;
        let task = &mut self.tasks[server];
        let mut event = Event::new_zeroed();
        let (kind, again) = if !task.signals.is_none() {
            let signals = std::mem::take(&mut task.signals);
            event.bits = signals.bits;
            event.lines = LineChange { level, ..signals.lines };
            event.eoi = signals.eoi;
            task.under_way = UnderWay::Signal(signals);
            (EventKind::Signal, std::mem::take(&mut task.repeat))
        } else if let Some((client, again)) = task.senders.pop_front() {
            let kind = match &client {
                Client::Vcpu(exit) => {
                    event.message[..32].copy_from_slice(exit.as_bytes());
                    event.length = 32;
                    EventKind::Exit
                }
                Client::Task { interface, message } => {
                    event.interface = *interface;
                    event.length = u32::try_from(message.len()).unwrap_or(0);
                    event.message[..message.len()].copy_from_slice(message);
                    EventKind::Request
                }
            };
            task.under_way = UnderWay::Client(client);
            (kind, again)
        } else if task.wake.is_some_and(|wake| wake <= now) {
            task.under_way = UnderWay::Timeout;
            (EventKind::Timeout, 0)
        } else {
            return None;
        };
        if again == 0 {
            task.tokens += 1;
        }
        task.token = if again == 0 { task.tokens } else { again };
        task.wake = None;
        event.kind = kind as u32;
        event.flags = if again == 0 { 0 } else { EVENT_REPEAT };
        event.token = task.token;
        event.now = now.0;
        Some(event)
    }

    /// `reply_recv`: everything happens, or nothing and the server is to be stopped.
    pub(crate) fn end_event(&mut self, server: Server, ended: &Ended) -> Result<(), Refusal> {
        let index = server.index();
        if self.tasks[index].under_way == UnderWay::Nothing {
            // `reply_recv` answers that nothing is under way. Here the caller knows which of the two it asked for.
            return Err(Refusal);
        }
        if ended.reply.len() > MAX_MESSAGE {
            return Err(Refusal);
        }
        let answer = match &self.tasks[index].under_way {
            UnderWay::Client(Client::Vcpu(_)) => {
                let good = ended.status == Status::Ok && ended.reply.len() == size_of::<ExitReply>();
                let reply = ExitReply::read_from_bytes(&ended.reply).ok().filter(|_| good);
                Some(reply.filter(|reply| is_possible(reply, &mut self.given_up)).ok_or(Refusal)?)
            }
            _ => None,
        };
        self.commit(server, ended)?;
        let task = &mut self.tasks[index];
        match std::mem::replace(&mut task.under_way, UnderWay::Nothing) {
            UnderWay::Client(Client::Vcpu(_)) => self.vcpu_answer = answer,
            UnderWay::Client(Client::Task { .. }) => {
                self.task_answer = Some(Ok((ended.status, ended.reply.clone())));
            }
            UnderWay::Signal(signals) if task.hears_lines => self.trace.hear(server, &signals),
            UnderWay::Signal(_) | UnderWay::Timeout | UnderWay::Nothing => {}
        }
        Ok(())
    }

    pub(crate) fn commit(&mut self, server: Server, ended: &Ended) -> Result<(), Refusal> {
        let task = &mut self.tasks[server.index()];
        let (mask, level, pulse) = ended.lines;
        if let Some((offset, bytes, total)) = &ended.patch {
            let (offset, total) = (*offset as usize, *total as usize);
            let beyond = !bytes.is_empty() && offset.saturating_add(bytes.len()) > total;
            if bytes.len() > MAX_PATCH || total > MAX_COMMITTED || beyond {
                return Err(Refusal);
            }
        }
        let slots = (0..64).filter(|slot| ended.notify >> slot & 1 != 0);
        let foreign_slot = slots.into_iter().any(|slot| slot >= MAX_SLOTS || task.slots >> slot & 1 == 0);
        let own = if self.flaw == Some(Flaw::TakesAnyLine) { u64::MAX } else { task.lines };
        if (mask | pulse) & !own != 0 || ended.interrupts.len() > MAX_INTERRUPTS || foreign_slot {
            return Err(Refusal);
        }
        if let Some((offset, bytes, total)) = ended.patch.as_ref().filter(|(.., total)| *total > 0) {
            let offset = *offset as usize;
            task.committed[offset..offset + bytes.len()].copy_from_slice(bytes);
            task.committed_length = *total as usize;
        }
        if mask != 0 {
            self.set_lines(mask, level, pulse & mask);
        }
        self.messages.extend_from_slice(&ended.interrupts);
        if ended.notify != 0 {
            self.manager |= 1;
            self.trace.manager |= ended.notify;
        }
        Ok(())
    }

    fn set_lines(&mut self, mask: u64, level: u64, pulse: u64) {
        let before = self.lines;
        let after = before & !mask | level & mask;
        self.lines = after;
        let lines = LineChange { level: 0, rose: after & !before | pulse, fell: before & !after | pulse };
        if lines.rose | lines.fell == 0 {
            return;
        }
        self.trace.edges(lines);
        for task in self.tasks.iter_mut().filter(|task| task.hears_lines) {
            let rose = lines.rose & !task.lines;
            let fell = lines.fell & !task.lines;
            task.signals.merge(&Signals { lines: LineChange { level: 0, rose, fell }, ..Signals::default() });
        }
    }

    /// A vCPU has ended a level-triggered interrupt.
    pub(crate) fn broadcast_eoi(&mut self, vector: u8) {
        let mut eoi = [0; 4];
        eoi[usize::from(vector >> 6)] = 1 << (vector & 63);
        self.tasks[Server::Vioapic.index()].signals.merge(&Signals { eoi, ..Signals::default() });
    }

    /// A task's life is over: what was under way comes again first, or its client is told.
    pub(crate) fn stop(&mut self, server: Server, rest: u32) {
        let turns = self.turns;
        let task = &mut self.tasks[server.index()];
        let next = Generation(task.generation + 1);
        task.life = None;
        task.wake = None;
        task.rest = rest;
        task.died.get_or_insert(turns);
        self.fate.noticed = true;
        self.fate.deaths += 1;
        match std::mem::replace(&mut task.under_way, UnderWay::Nothing) {
            UnderWay::Signal(_) if self.flaw == Some(Flaw::ForgetsSignals) => {}
            UnderWay::Signal(signals) => {
                task.signals.merge(&signals);
                task.repeat = task.token;
            }
            UnderWay::Client(Client::Task { .. }) => self.task_answer = Some(Err(CallError::PeerDied(next))),
            UnderWay::Client(exit) => {
                task.senders.push_front((exit, task.token));
            }
            UnderWay::Nothing | UnderWay::Timeout => {}
        }
        let before = task.senders.len();
        task.senders.retain(|(client, _)| matches!(client, Client::Vcpu(_)));
        if task.senders.len() != before {
            self.task_answer = Some(Err(CallError::PeerDied(next)));
        }
    }

    /// The supervisor restarts a task; false if its committed state is of no device.
    pub(crate) fn begin_life(&mut self, server: usize) -> bool {
        self.now = if self.tasks[server].generation == 0 { self.now } else { self.now.after(self.restart) };
        let now = self.now;
        let task = &mut self.tasks[server];
        task.generation += 1;
        let committed = (task.committed_length > 0).then(|| task.committed());
        let Some(life) = (task.start)(committed, now) else { return false };
        task.wake = life.wake();
        task.life = Some(life);
        true
    }
}

/// Vectors of exceptions that carry an error code.
const WITH_ERROR_CODE: u32 = 1 << 8 | 0x1f << 10 | 1 << 17 | 1 << 21;

/// Could an instruction end so? That the vCPU cannot go on, two lives must say.
pub(crate) fn is_possible(reply: &ExitReply, given_up: &mut bool) -> bool {
    match Disposition::from_value(reply.disposition) {
        _ if reply.reserved != 0 => false,
        None => false,
        Some(Disposition::Stop) => std::mem::replace(given_up, true),
        Some(Disposition::Exception) => {
            let vector = reply.value & 0xff;
            let has_error = reply.value & 1 << 31 != 0;
            vector < 32 && vector != 2 && (!has_error || WITH_ERROR_CODE >> vector & 1 != 0)
        }
        Some(_) => true,
    }
}
