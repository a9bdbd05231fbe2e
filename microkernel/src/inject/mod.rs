//! Faults on purpose, for systems whose manifest asks for them. A production core holds `absent` instead.
//!
//! The core ends lives at message boundaries and tampers with notifications by itself; everything else it orders from
//! the task's runtime, in the flags of an event. A victim has one fault at a time: the next one comes only after it is
//! back in service, so that every line of the log has one cause.
//!
//! Lines of the log, for tools: `inject: task T kind K event N tsc S` when a fault is committed or ordered; then
//! `inject: task T kind K recovered after N ticks, M from the fault on, D to the next start` when the next life is in service, or
//! `inject: task T kind K went on after M ticks` if the task lived through it; then `inject: contained task T kind K`,
//! or `inject: NOT CONTAINED ...` with what has changed that must not.

mod choice;
mod containment;

use crate::arch::cpu;
use crate::system::{Phase, Signals, System};
use bulkhead_abi::fault::FaultKind;
use bulkhead_abi::image::{InjectRecord, SlotKind};
use bulkhead_abi::inject::{InjectKind, Place, ordering};
use bulkhead_abi::limits::{MAX_INJECTIONS, MAX_TASKS, MAX_VMS};
use bulkhead_model::sched::{ActorId, ActorKind};
use choice::{Occasion, Source};

/// This core takes an image that asks for faults.
pub(crate) const SUPPORTED: bool = true;

/// Only cores with this module hold these words; a test looks for them.
const MARKER: &str = "bulkhead-inject";

/// The longest wait of `any-time`, in microseconds: about as long as a server works on an event.
const ANY_TIME_US: u32 = 50;

/// What is to come, and what is known of the victims.
pub(crate) struct Injector {
    sources: [Source; MAX_INJECTIONS],
    victims: [Victim; MAX_TASKS],
    /// Hash of what nobody but the task itself may change, as of its last commit.
    sealed: [u64; MAX_TASKS],
    /// Hash of what does not change while the VM runs.
    sealed_vms: [u64; MAX_VMS],
    /// Hash of the core's code and constants.
    sealed_core: u64,
}

#[derive(Clone, Copy)]
struct Victim {
    /// A fault that waits for its place in the present or the next event.
    armed: Option<InjectKind>,
    /// The next call ends the life.
    at_call: bool,
    /// When the life ends; `u64::MAX` is never.
    kill_at: u64,
    /// A fault that is not over.
    open: Option<Open>,
}

/// A fault that is not over.
#[derive(Clone, Copy)]
struct Open {
    kind: InjectKind,
    /// When it was committed or ordered.
    began: u64,
    /// When the life ended; 0 while it has not.
    died: u64,
}

impl Injector {
    pub(crate) const fn new() -> Self {
        const NOTHING: Victim = Victim { armed: None, at_call: false, kill_at: u64::MAX, open: None };
        Self {
            sources: [Source::NONE; MAX_INJECTIONS],
            victims: [NOTHING; MAX_TASKS],
            sealed: [0; MAX_TASKS],
            sealed_vms: [0; MAX_VMS],
            sealed_core: 0,
        }
    }
}

impl System {
    /// Reads what the image asks for.
    pub(crate) fn start_injection(&mut self) {
        let records: &[InjectRecord] = self.image.as_ref().map_or(&[], |image| image.injections());
        let now = cpu::tsc();
        for (source, record) in self.injector.sources.iter_mut().zip(records) {
            *source = Source::new(*record, self.tsc_hz / 1_000_000, now);
        }
        for record in records.iter().filter(|record| record.every_us != 0) {
            let home = self.scheduler.cpu(ActorId::task(record.task.0));
            self.arm(home, now + self.ticks(record.every_us));
        }
        self.injector.sealed_core = containment::hash_core();
        self.say(format_args!("{MARKER}: faults on purpose, {} source(s)", records.len()));
    }

    /// An event is there for a task that waits for one. True if the task died of it.
    pub(crate) fn inject_before_receive(&mut self, task: u16) -> bool {
        let occasion = self.occasion(task);
        if self.is_ready(task)
            && let Some(kind) = self.choose_fault(task, occasion)
        {
            match kind {
                InjectKind::BeforeReceive => return self.strike(task, kind),
                InjectKind::WhileCalling => self.with_victim(task, |victim| victim.at_call = true),
                InjectKind::AnyTime => self.strike_later(task),
                _ => self.with_victim(task, |victim| victim.armed = Some(kind)),
            }
        }
        false
    }

    /// The task has its event.
    pub(crate) fn inject_after_receive(&mut self, task: u16) {
        if self.disarm(task, InjectKind::AfterReceive) {
            self.strike(task, InjectKind::AfterReceive);
        }
    }

    /// Flags that order a fault from the task with the event that it is about to get.
    pub(crate) fn inject_order(&mut self, task: u16) -> u32 {
        let Some(kind) = self.armed(task).filter(|kind| kind.place() != Place::Core) else { return 0 };
        self.disarm(task, kind);
        self.begin(task, kind);
        let random =
            self.injector.sources.iter_mut().find(|source| source.is_of(task)).map_or(0, Source::random);
        ordering(kind, (random >> 48) as u16)
    }

    /// Signals are on their way to the task.
    pub(crate) fn inject_into_signals(&mut self, task: u16, signals: &mut Signals) {
        if self.disarm(task, InjectKind::LostNotification) {
            signals.bits = 0;
            self.begin(task, InjectKind::LostNotification);
        }
        if self.disarm(task, InjectKind::DoubledNotification) {
            let again = Signals { bits: signals.bits, ..Signals::NONE };
            if let Some(target) = self.tasks.get_mut(usize::from(task)) {
                target.signals.merge(&again);
            }
            self.begin(task, InjectKind::DoubledNotification);
        }
    }

    /// The task wants to end its event. True if it died of that.
    pub(crate) fn inject_before_commit(&mut self, task: u16) -> bool {
        self.disarm(task, InjectKind::BeforeCommit) && self.strike(task, InjectKind::BeforeCommit)
    }

    /// The task has ended its event. True if it died of that.
    pub(crate) fn inject_after_commit(&mut self, task: u16) -> bool {
        self.disarm(task, InjectKind::AfterCommit) && self.strike(task, InjectKind::AfterCommit)
    }

    /// The task has called another.
    pub(crate) fn inject_while_calling(&mut self, task: u16) {
        let at_call = self.injector.victims.get(usize::from(task)).is_some_and(|victim| victim.at_call);
        if at_call && self.is_ready(task) {
            self.with_victim(task, |victim| victim.at_call = false);
            self.strike(task, InjectKind::WhileCalling);
        }
    }

    /// Commits what is due on this CPU by time; when the next is due.
    pub(crate) fn inject_by_time(&mut self, here: u8, now: u64) -> u64 {
        let mut next = u64::MAX;
        for index in 0..MAX_INJECTIONS {
            let Some(source) = self.injector.sources.get_mut(index).filter(|source| source.is_timed()) else {
                continue;
            };
            let task = source.task();
            if self.scheduler.cpu(ActorId::task(task)) != here {
                continue;
            }
            let kind = source.by_time(now);
            next = next.min(source.due());
            match kind.filter(|_| self.is_ready(task)) {
                None => {}
                Some(InjectKind::AnyTime) => {
                    self.strike(task, InjectKind::AnyTime);
                }
                Some(InjectKind::WhileCalling) => self.with_victim(task, |victim| victim.at_call = true),
                Some(kind) => self.with_victim(task, |victim| victim.armed = Some(kind)),
            }
        }
        for task in (0u16..).take(MAX_TASKS) {
            let at = self.injector.victims.get(usize::from(task)).map_or(u64::MAX, |victim| victim.kill_at);
            if at == u64::MAX || self.scheduler.cpu(ActorId::task(task)) != here {
                continue;
            }
            if at > now {
                next = next.min(at);
                continue;
            }
            self.with_victim(task, |victim| victim.kill_at = u64::MAX);
            if self.is_ready(task) {
                self.strike(task, InjectKind::AnyTime);
            }
        }
        next
    }

    /// A life begins: what it starts from is sealed.
    pub(crate) fn saw_life_begin(&mut self, task: u16) {
        self.seal(task);
    }

    /// A task has committed: what it has from now on is sealed.
    pub(crate) fn saw_commit(&mut self, task: u16) {
        self.seal(task);
    }

    /// A task has ended an event: it is in service.
    pub(crate) fn saw_event_end(&mut self, task: u16) {
        self.close(task);
    }

    /// A task waits for an event, and there is none.
    pub(crate) fn saw_idle(&mut self, task: u16) {
        let died = |victim: &Victim| victim.open.is_some_and(|open| open.died != 0);
        if self.injector.victims.get(usize::from(task)).is_some_and(died) {
            self.close(task);
        }
    }

    /// A task's life has ended, of whatever.
    pub(crate) fn saw_fault(&mut self, task: u16, kind: FaultKind) {
        self.with_victim(task, |victim| {
            victim.armed = None;
            victim.at_call = false;
            victim.kill_at = u64::MAX;
        });
        if let Some(open) = self.injector.victims.get(usize::from(task)).and_then(|victim| victim.open) {
            let name = self.task_name(task);
            self.log
                .core_line(format_args!("inject: task {name} kind {} died of {kind:?}", open.kind.name()));
            self.check_containment(task);
            // What the search for damage costs is no part of the recovery.
            self.with_victim(task, |victim| {
                if let Some(open) = victim.open.as_mut().filter(|open| open.died == 0) {
                    open.died = cpu::tsc();
                }
            });
        }
    }

    /// Ends a life, if there is one.
    fn strike(&mut self, task: u16, kind: InjectKind) -> bool {
        self.begin(task, kind);
        self.fault_task(task, FaultKind::Injected, kind as u32);
        true
    }

    fn strike_later(&mut self, task: u16) {
        let longest = self.ticks(ANY_TIME_US).max(1);
        let random =
            self.injector.sources.iter_mut().find(|source| source.is_of(task)).map_or(0, Source::random);
        let at = cpu::tsc() + random % longest;
        self.with_victim(task, |victim| victim.kill_at = at);
        self.arm(self.scheduler.cpu(ActorId::task(task)), at);
    }

    fn begin(&mut self, task: u16, kind: InjectKind) {
        let began = cpu::tsc();
        self.with_victim(task, |victim| victim.open = Some(Open { kind, began, died: 0 }));
        let event = self.tasks.get(usize::from(task)).map_or(0, |victim| victim.token);
        let name = self.task_name(task);
        // Without a word to the log's reader: it may be the victim.
        self.log
            .core_line(format_args!("inject: task {name} kind {} event {event} tsc {began}", kind.name()));
    }

    /// The victim is in service again, or still.
    fn close(&mut self, task: u16) {
        let Some(victim) = self.injector.victims.get_mut(usize::from(task)) else { return };
        let Some(Open { kind, began, died }) = victim.open.take() else { return };
        let (name, now) = (self.task_name(task), cpu::tsc());
        let kind = kind.name();
        let whole = now.saturating_sub(began);
        if died == 0 {
            self.log.core_line(format_args!("inject: task {name} kind {kind} went on after {whole} ticks"));
        } else {
            let ticks = now.saturating_sub(died);
            let began = self.tasks.get(usize::from(task)).map_or(died, |victim| victim.started);
            let start = began.saturating_sub(died);
            self.log.core_line(format_args!(
                "inject: task {name} kind {kind} recovered after {ticks} ticks, {whole} from the fault on, {start} to the \
                 next start"
            ));
        }
        if self.check_containment(task) {
            self.log.core_line(format_args!("inject: contained task {name} kind {kind}"));
        }
        self.log_grew();
    }

    /// The task lives and no fault of it is under way.
    fn is_ready(&self, task: u16) -> bool {
        let lives = self
            .tasks
            .get(usize::from(task))
            .is_some_and(|victim| !matches!(victim.phase, Phase::Faulted | Phase::Absent));
        lives
            && self.injector.victims.get(usize::from(task)).is_some_and(|victim| {
                victim.open.is_none() && victim.armed.is_none() && victim.kill_at == u64::MAX
            })
    }

    /// What the task's next event is.
    fn occasion(&self, task: u16) -> Occasion {
        let Some(victim) = self.tasks.get(usize::from(task)) else { return Occasion::NONE };
        let client = self.senders.first(task).map(ActorId).filter(|_| victim.signals.is_none());
        Occasion {
            notified: victim.signals.bits != 0,
            asked: client.is_some(),
            by_vcpu: client.is_some_and(|client| matches!(client.kind(), ActorKind::Vcpu(_))),
            calls: victim.slots.iter().any(|slot| slot.kind == SlotKind::Call as u16),
        }
    }

    fn choose_fault(&mut self, task: u16, occasion: Occasion) -> Option<InjectKind> {
        self.injector
            .sources
            .iter_mut()
            .filter(|source| source.is_of(task))
            .find_map(|source| source.by_event(occasion))
    }

    fn armed(&self, task: u16) -> Option<InjectKind> {
        self.injector.victims.get(usize::from(task)).and_then(|victim| victim.armed)
    }

    /// Takes a fault of this kind if it waits for its place.
    fn disarm(&mut self, task: u16, kind: InjectKind) -> bool {
        let is_armed = self.armed(task) == Some(kind);
        if is_armed {
            self.with_victim(task, |victim| victim.armed = None);
        }
        is_armed
    }

    fn with_victim(&mut self, task: u16, change: impl FnOnce(&mut Victim)) {
        if let Some(victim) = self.injector.victims.get_mut(usize::from(task)) {
            change(victim);
        }
    }
}
