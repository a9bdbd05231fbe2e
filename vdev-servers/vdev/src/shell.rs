//! The loop around a device model: one event in, one commit out.
//!
//! The restart path is the start path: a committed state is restored if there is one, and the core delivers the
//! event that was under way again.

use crate::{Access, Device, Nanos, Outcome, Signal, Space, VectorSet, Width};
use bulkhead_abi::exit::{ExitKind, ExitReply, VcpuExit};
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_MESSAGE, MAX_PATCH};
use bulkhead_abi::message::{Event, EventKind};
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{Caller, Malformed, bus, device};
use bulkhead_runtime::{Clock, Consequences, Mailbox, config, server};
use postcard::experimental::max_size::MaxSize;

/// Serves a device for ever. `peer` makes what the device exchanges data with.
///
/// # Panics
/// The committed state is of no valid device. The supervisor reports it.
pub fn serve<D: Device>(peer: impl FnOnce(&D::Config) -> D::Peer) -> ! {
    const { assert!(D::State::POSTCARD_MAX_SIZE <= MAX_PATCH, "the state does not fit a patch") };
    let config: D::Config = config::config();
    let clock = Clock::system();
    let now = Nanos(clock.nanos(bulkhead_runtime::time::now()));
    let (device, committed) = match config::committed() {
        None => (D::new(&config, now), Committed::new(&[])),
        Some(bytes) => match bulkhead_protocol::decode(bytes).map(|state| D::restore(&config, state)) {
            Ok(Ok(device)) => (device, Committed::new(bytes)),
            _ => panic!("the committed state does not validate"),
        },
    };
    let mut shell = Shell { device, peer: peer(&config), outcome: Outcome::new(), now };
    let mut committed = committed;
    let mut mailbox = Mailbox::new();
    let mut event = mailbox.recv(shell.wake(&clock));
    loop {
        shell.now = Nanos(clock.nanos(event.now));
        shell.outcome = Outcome::new();
        let mut reply = [0; MAX_MESSAGE];
        let (length, status) = match shell.handle(event, &mut reply) {
            Ok(length) => (length, Status::Ok),
            Err(Malformed) => (0, Status::Malformed),
        };
        shell.device.exchange(&mut shell.peer, shell.now, &mut shell.outcome);
        let wake = shell.wake(&clock);
        let patch = committed.advance(&shell.device.snapshot());
        let outcome = &shell.outcome;
        let consequences = Consequences {
            lines: (outcome.line_mask(), outcome.line_level(), outcome.line_pulse()),
            notify: outcome.notifications(),
            interrupts: outcome.interrupts(),
            patch,
        };
        event = mailbox.commit_reply_recv(reply.get(..length).unwrap_or(&[]), status, &consequences, wake);
    }
}

struct Shell<D: Device> {
    device: D,
    peer: D::Peer,
    outcome: Outcome,
    now: Nanos,
}

impl<D: Device> Shell<D> {
    /// Carries an event out; the length of the reply.
    fn handle(&mut self, event: &Event, reply: &mut [u8; MAX_MESSAGE]) -> Result<usize, Malformed> {
        match EventKind::from_value(event.kind) {
            EventKind::Exit => {
                let answer = self.exit(&server::exit(event).ok_or(Malformed)?);
                let bytes = zerocopy::IntoBytes::as_bytes(&answer);
                reply.get_mut(..bytes.len()).ok_or(Malformed)?.copy_from_slice(bytes);
                Ok(bytes.len())
            }
            EventKind::Request => {
                let (message, caller) = (server::message(event), server::caller(event));
                match event.interface {
                    device::ID => device::dispatch(self, caller, message, reply),
                    bus::ID => bus::dispatch(self, caller, message, reply),
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

    fn wake(&self, clock: &Clock) -> u64 {
        self.device.deadline().map_or(0, |deadline| clock.stamp(deadline.0))
    }
}

impl<D: Device> device::Server for Shell<D> {
    fn reset(&mut self, _: Caller) {
        self.device.reset(self.now, &mut self.outcome);
    }

    fn press_power_button(&mut self, _: Caller) {
        self.device.press_power_button(self.now, &mut self.outcome);
    }

    fn take_power_request(&mut self, _: Caller) -> Option<device::PowerRequest> {
        self.device.take_power_request()
    }
}

impl<D: Device> bus::Server for Shell<D> {
    fn read(&mut self, _: Caller, _sequence: u64, space: Space, address: u64, width: Width) -> u64 {
        let access = Access { space, address, width };
        self.device.read(access, self.now, &mut self.outcome) & width.all_ones()
    }

    fn write(&mut self, _: Caller, _sequence: u64, space: Space, address: u64, width: Width, value: u64) {
        let access = Access { space, address, width };
        self.device.write(access, value & width.all_ones(), self.now, &mut self.outcome);
    }
}

/// The committed state as the core has it, to send only what changed.
struct Committed {
    bytes: [u8; MAX_COMMITTED],
    length: usize,
    next: [u8; MAX_COMMITTED],
}

impl Committed {
    fn new(bytes: &[u8]) -> Self {
        let mut committed = Self { bytes: [0; MAX_COMMITTED], length: 0, next: [0; MAX_COMMITTED] };
        for (to, from) in committed.bytes.iter_mut().zip(bytes) {
            *to = *from;
            committed.length = committed.length.saturating_add(1);
        }
        committed
    }

    /// The patch that leads to the new state; `None` if nothing changed.
    fn advance<S: serde::Serialize>(&mut self, state: &S) -> Option<(u32, &[u8], u32)> {
        let length = bulkhead_protocol::encode(state, &mut self.next)?;
        let old = self.bytes.get(..self.length)?;
        let new = self.next.get(..length)?;
        if old == new {
            return None;
        }
        let first = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let same_length = old.len() == new.len();
        let tail = if same_length {
            let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
            length.saturating_sub(same)
        } else {
            length
        };
        core::mem::swap(&mut self.bytes, &mut self.next);
        self.length = length;
        let changed = self.bytes.get(first..tail.max(first))?;
        Some((u32::try_from(first).ok()?, changed, u32::try_from(length).ok()?))
    }
}
