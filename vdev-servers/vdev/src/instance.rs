//! One life of a device server without its mailbox: an event in, a commit out.
//!
//! The same code runs in the task, around the system calls, and in host tests and fault campaigns, around a model of
//! the core.

use crate::committed::{ANSWERS, Answers, Committed, Known};
use crate::{Access, Device, Nanos, Outcome, Signal, Space, VectorSet, Width, words};
use bulkhead_abi::exit::{ExitKind, ExitReply, VcpuExit};
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_MESSAGE, MAX_PATCH};
use bulkhead_abi::message::{Event, EventKind};
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::{Caller, Malformed, Text, bus, device, inspect};
use bulkhead_runtime::{Consequences, server};
use postcard::experimental::max_size::MaxSize;
use xxhash_rust::xxh64::xxh64;
use zerocopy::IntoBytes;

/// The committed state is of no device: it does not decode, or the device refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrestorable;

/// A device server between its start and its death.
pub struct Instance<D: Device> {
    shell: Shell<D>,
    committed: Committed<D::State>,
    reply: [u8; MAX_MESSAGE],
}

/// How an event ends.
#[derive(Debug)]
pub struct Ending<'a> {
    /// The reply, for requests and exits.
    pub reply: &'a [u8],
    /// `Ok`, or `Malformed` if the request does not decode.
    pub status: Status,
    /// Commit, lines, interrupts, notifications.
    pub consequences: Consequences<'a>,
    /// When the device wants to be woken, if nothing happens before.
    pub wake: Option<Nanos>,
}

struct Shell<D: Device> {
    device: D,
    peer: D::Peer,
    answers: Answers,
    outcome: Outcome,
    now: Nanos,
}

impl<D: Device> Instance<D> {
    /// Starts a life: from the committed state if there is one, as after power-on otherwise.
    ///
    /// # Errors
    /// The committed state is of no device.
    pub fn start(
        config: &D::Config,
        peer: D::Peer,
        committed: Option<&[u8]>,
        now: Nanos,
    ) -> Result<Self, Unrestorable> {
        const {
            assert!(D::State::POSTCARD_MAX_SIZE + ANSWERS <= MAX_COMMITTED, "the state does not fit");
            assert!(D::State::POSTCARD_MAX_SIZE + ANSWERS <= MAX_PATCH, "the state does not fit a patch");
        }
        let (device, answers, committed) = match committed {
            None => (D::new(config, now), Answers::NONE, Committed::empty()),
            Some(bytes) => {
                let (committed, answers, state) = Committed::load(bytes).ok_or(Unrestorable)?;
                let state = bulkhead_protocol::decode(state).map_err(|_| Unrestorable)?;
                (D::restore(config, state).map_err(|_| Unrestorable)?, answers, committed)
            }
        };
        let shell = Shell { device, peer, answers, outcome: Outcome::new(), now };
        Ok(Self { shell, committed, reply: [0; MAX_MESSAGE] })
    }

    /// The device.
    pub const fn device(&self) -> &D {
        &self.shell.device
    }

    /// What the device exchanges data with.
    pub const fn peer(&mut self) -> &mut D::Peer {
        &mut self.shell.peer
    }

    /// When the server wants to be woken: at once as long as nothing is committed, for a device remembers when it was
    /// switched on; then when the device says.
    pub fn wake(&self) -> Option<Nanos> {
        if self.committed.is_empty() { Some(Nanos(0)) } else { self.shell.device.deadline() }
    }

    /// Carries an event out. What it returns must be committed as a whole, or not at all; then this life is over.
    pub fn handle(&mut self, event: &Event, now: Nanos) -> Ending<'_> {
        let shell = &mut self.shell;
        shell.now = now;
        shell.outcome = Outcome::new();
        let (length, status) = match shell.handle(event, &mut self.reply) {
            Ok(length) => (length, Status::Ok),
            Err(Malformed) => (0, Status::Malformed),
        };
        shell.device.exchange(&mut shell.peer, now, &mut shell.outcome);
        let wake = shell.device.deadline();
        let patch = self.committed.advance(&mut shell.answers, shell.device.snapshot());
        let outcome = &shell.outcome;
        Ending {
            reply: self.reply.get(..length).unwrap_or(&[]),
            status,
            consequences: Consequences {
                lines: (outcome.line_mask(), outcome.line_level(), outcome.line_pulse()),
                notify: outcome.notifications(),
                interrupts: outcome.interrupts(),
                patch,
            },
            wake,
        }
    }
}

impl<D: Device> Shell<D> {
    /// Carries an event out; the length of the reply.
    fn handle(&mut self, event: &Event, reply: &mut [u8; MAX_MESSAGE]) -> Result<usize, Malformed> {
        match EventKind::from_value(event.kind) {
            EventKind::Exit => {
                let answer = self.exit(&server::exit(event).ok_or(Malformed)?);
                let bytes = answer.as_bytes();
                reply.get_mut(..bytes.len()).ok_or(Malformed)?.copy_from_slice(bytes);
                Ok(bytes.len())
            }
            EventKind::Request => {
                let (message, caller) = (server::message(event), server::caller(event));
                match event.interface {
                    device::ID => device::dispatch(self, caller, message, reply),
                    bus::ID => bus::dispatch(self, caller, message, reply),
                    inspect::ID => inspect::dispatch(self, caller, message, reply),
                    _ => Err(Malformed),
                }
            }
            EventKind::Signal => {
                let signal = Signal { bits: event.bits, lines: event.lines, eoi: VectorSet(event.eoi) };
                self.device.signal(&signal, self.now, &mut self.outcome);
                Ok(0)
            }
            EventKind::Timeout => {
                self.device.tick(self.now, &mut self.outcome);
                Ok(0)
            }
        }
    }

    fn exit(&mut self, exit: &VcpuExit) -> ExitReply {
        let access = |width| Access { space: Space::Port, address: exit.address, width };
        match (ExitKind::from_value(exit.kind), Width::from_bytes(exit.size)) {
            (Some(ExitKind::PortRead), Some(width)) => {
                let value = self.device.read(access(width), self.now, &mut self.outcome);
                ExitReply::complete(value & width.all_ones())
            }
            (Some(ExitKind::PortWrite), Some(width)) => {
                self.device.write(access(width), exit.value & width.all_ones(), self.now, &mut self.outcome);
                ExitReply::complete(0)
            }
            (Some(ExitKind::InterruptAcknowledge), _) => {
                match self.device.acknowledge(self.now, &mut self.outcome) {
                    Some(vector) => ExitReply::complete(u64::from(vector)),
                    None => ExitReply::stop(u64::from(exit.kind)),
                }
            }
            _ => ExitReply::stop(u64::from(exit.kind)),
        }
    }
}

impl<D: Device> device::Server for Shell<D> {
    fn reset(&mut self, _: Caller, kind: ResetKind) {
        self.answers = Answers::NONE;
        match kind {
            ResetKind::Cold => self.device.reset(self.now, &mut self.outcome),
            ResetKind::Warm => self.device.warm_reset(self.now, &mut self.outcome),
        }
    }

    // Events are handled one after the other: what came before this one is done.
    fn quiesce(&mut self, _: Caller) {}

    fn state_hash(&mut self, _: Caller) -> u64 {
        let mut bytes = [0; MAX_COMMITTED];
        let length = bulkhead_protocol::encode(&self.device.own_state(), &mut bytes).unwrap_or(0);
        xxh64(bytes.get(..length).unwrap_or(&[]), 0)
    }

    fn set_clock(&mut self, _: Caller, seconds: u64) {
        self.device.set_clock(seconds, self.now, &mut self.outcome);
    }

    fn press_power_button(&mut self, _: Caller) {
        self.device.press_power_button(self.now, &mut self.outcome);
    }

    fn power_request(&mut self, _: Caller) -> Option<device::PowerRequest> {
        self.device.power_request()
    }
}

impl<D: Device> inspect::Server for Shell<D> {
    fn line(&mut self, _: Caller, number: u16) -> Option<Text<{ inspect::LINE }>> {
        words::line(&self.device, number).map(|line| Text::from_prefix(&line))
    }
}

impl<D: Device> bus::Server for Shell<D> {
    fn read(&mut self, _: Caller, sequence: u64, space: Space, address: u64, width: Width) -> u64 {
        if let Known::Answer(value) = self.answers.look_up(sequence) {
            return value;
        }
        let access = Access { space, address, width };
        let value = self.device.read(access, self.now, &mut self.outcome) & width.all_ones();
        self.answers.remember(sequence, value);
        value
    }

    fn write(&mut self, _: Caller, sequence: u64, space: Space, address: u64, width: Width, value: u64) {
        if self.answers.look_up(sequence) != Known::No {
            return;
        }
        let access = Access { space, address, width };
        self.device.write(access, value & width.all_ones(), self.now, &mut self.outcome);
        self.answers.remember(sequence, 0);
    }
}
