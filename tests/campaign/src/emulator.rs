//! The instruction emulator's task: exits in, bus calls to the device servers, staged registers out.
//!
//! It commits nothing. What it writes to the vCPU is staged by the core until it replies, and a repeat of an exit
//! begins again from the vCPU's registers.

use crate::attack::{flip, garbage};
use crate::bench_core::{BenchCore, Stuck, is_possible};
use crate::fault::{FaultKind, Server};
use crate::injection::Injection;
use crate::platform;
use crate::sabotage::{self, Death, Order};
use bulkhead_abi::exit::{ExitReply, VcpuExit};
use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::VcpuState;
use bulkhead_protocol::bus::{self, Space, Width};
use bulkhead_protocol::config::InsnEmulator;
use bulkhead_protocol::{CallError, Transport};
use insn_emulator::{Devices, LocalApic, Machine, Sequence, Unreachable, emulate};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use vdev::Nanos;
use zerocopy::{FromBytes, IntoBytes};

/// Lives that one exit may take.
const LIVES: u32 = 64;
/// Turns in which others work while the emulator pauses.
const PAUSE: u32 = 4;
/// Calls of a flood.
const FLOOD: u64 = 200;

/// The emulator's task.
#[derive(Debug)]
pub(crate) struct Emulator {
    config: InsnEmulator,
    /// Exits that it has received.
    pub(crate) events: u64,
    /// The next one was under way when the last life ended.
    repeat: bool,
    /// A life has said that the vCPU cannot go on.
    given_up: bool,
}

impl Emulator {
    pub(crate) fn new() -> Self {
        Self { config: platform::emulator(), events: 0, repeat: false, given_up: false }
    }

    /// Answers an exit; the vCPU's registers are changed with the answer.
    pub(crate) fn exit(
        &mut self,
        core: &mut BenchCore,
        cpu: &mut VcpuState,
        ram: &mut [u8],
        exit: &VcpuExit,
    ) -> Result<ExitReply, Stuck> {
        let mut died = None;
        self.given_up = false;
        for _ in 0..LIVES {
            let armed = core.armed(Server::Emulator, self.events);
            let before = self.events;
            if let Some((reply, state)) = self.life(core, cpu, ram, exit, armed) {
                *cpu = state;
                if let Some(died) = died {
                    core.fate.recovery = Some(core.fate.recovery.unwrap_or(0).max(core.turns - died));
                }
                return Ok(reply);
            }
            self.repeat |= self.events != before;
            died.get_or_insert(core.turns);
            core.fate.noticed = true;
            core.fate.deaths += 1;
            core.now = Nanos(core.now.0 + core.restart);
            for _ in 0..=armed.map_or(0, |injection| injection.rest) {
                core.turn();
            }
        }
        Err(Stuck)
    }

    /// One life's attempt; `None` if it is over without a reply.
    fn life(
        &mut self,
        core: &mut BenchCore,
        cpu: &VcpuState,
        ram: &mut [u8],
        exit: &VcpuExit,
        armed: Option<Injection>,
    ) -> Option<(ExitReply, VcpuState)> {
        let number = self.events;
        if let Some(injection) = armed {
            match injection.kind {
                FaultKind::BeforeReceive => {
                    core.hit(injection);
                    return None;
                }
                FaultKind::AfterReceive | FaultKind::InRestart => {
                    self.events += 1;
                    core.hit(injection);
                    core.fate.deaths += u32::from(injection.kind == FaultKind::InRestart);
                    return None;
                }
                FaultKind::FloodCalls => {
                    core.hit(injection);
                    for number in 0..FLOOD {
                        let message = garbage(injection.detail.wrapping_add(number));
                        let target = Server::ALL[usize::from(message[0]) % 7];
                        let result = core.call(target, bus::ID, &message);
                        core.fate.spilled |= !matches!(
                            result,
                            Ok((Status::Malformed, _)) | Err(CallError::PeerDead | CallError::PeerDied(_))
                        );
                    }
                    return None;
                }
                _ => {}
            }
        }
        self.events += 1;
        let repeat = std::mem::take(&mut self.repeat);
        let mut state = *cpu;
        let order = match armed.map(|injection| (injection.kind, injection)) {
            Some((FaultKind::WhileCalling, injection)) => Order::DieInCall(injection.call),
            Some((FaultKind::AfterCall, injection)) => Order::DieAfterCall(injection.call),
            Some((FaultKind::FlipMemory, injection)) => {
                core.hit(injection);
                // The registers that the instructions of the bench use.
                let bytes = 64;
                flip(&mut state.as_mut_bytes()[..bytes], injection.detail >> 8);
                Order::None
            }
            _ => Order::None,
        };
        let shared = RefCell::new(core);
        sabotage::give(Order::None);
        CALLS.set((0, order));
        let result = catch_unwind(AssertUnwindSafe(|| {
            let devices = Devices::new(&self.config, Bus(&shared), Apic(&shared), Sequence::of(exit));
            emulate(&mut state, &mut Guest { ram, devices: devices.repeated(repeat) })
        }));
        let core = shared.into_inner();
        let (calls, order_left) = CALLS.get();
        core.calls.extend((0..calls).map(|call| (Server::Emulator, number, call)));
        if let Some(injection) = armed.filter(|_| order != Order::None && order_left == Order::None) {
            core.hit(injection);
        }
        let verdict = match result {
            Ok(verdict) => verdict,
            Err(payload) => {
                core.unexpected |= !payload.is::<Death>();
                return None;
            }
        };
        let Some(injection) = armed else { return Some((verdict.reply, state)) };
        let mut reply = verdict.reply.as_bytes().to_vec();
        match injection.kind {
            FaultKind::BeforeCommit | FaultKind::Hang | FaultKind::LateReply | FaultKind::Panic => {
                core.hit(injection);
                return None;
            }
            FaultKind::WrongReply => {
                core.hit(injection);
                match usize::from(injection.detail.to_le_bytes()[0]) % 17 {
                    16 if !self.given_up => reply = ExitReply::stop(injection.detail).as_bytes().to_vec(),
                    length => reply.truncate(length % 16),
                }
            }
            FaultKind::OversizedReply => {
                core.hit(injection);
                reply.resize(MAX_MESSAGE + 1, 0);
            }
            FaultKind::FlipReply => {
                core.hit(injection);
                flip(&mut reply, injection.detail >> 8);
            }
            FaultKind::AfterCommit => {
                core.hit(injection);
                core.fate.noticed = true;
                core.fate.deaths += 1;
            }
            _ => {}
        }
        let reply = ExitReply::read_from_bytes(&reply).ok();
        let reply = reply.filter(|reply| is_possible(reply, &mut self.given_up))?;
        Some((reply, state))
    }
}

thread_local! {
    /// Bus calls of this exit, and what is to happen in one of them. Apart from the orders to device servers, which
    /// work while the emulator calls them.
    static CALLS: std::cell::Cell<(u32, Order)> = const { std::cell::Cell::new((0, Order::None)) };
}

fn carry_out(order: Order) {
    let (calls, given) = CALLS.get();
    if given == order {
        CALLS.set((calls, Order::None));
        std::panic::panic_any(Death);
    }
}

struct Bus<'a, 'b>(&'a RefCell<&'b mut BenchCore>);

impl Transport for Bus<'_, '_> {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        let (number, order) = CALLS.get();
        CALLS.set((number + 1, order));
        carry_out(Order::DieInCall(number));
        let (status, bytes) = self.0.borrow_mut().call(platform::server(slot), bus::ID, request)?;
        carry_out(Order::DieAfterCall(number));
        if status != Status::Ok {
            return Err(CallError::Refused);
        }
        reply.get_mut(..bytes.len()).ok_or(CallError::BadReply)?.copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

struct Apic<'a, 'b>(&'a RefCell<&'b mut BenchCore>);

impl LocalApic for Apic<'_, '_> {
    fn read_apic(&mut self, _: u16) -> Option<u32> {
        Some(0)
    }

    fn write_apic(&mut self, _: u16, _: u32) {}

    fn pause(&mut self) {
        for _ in 0..PAUSE {
            self.0.borrow_mut().turn();
        }
    }
}

struct Guest<'a, T, A> {
    ram: &'a mut [u8],
    devices: Devices<'a, T, A>,
}

fn span(ram: &[u8], address: u64, length: usize) -> Option<std::ops::Range<usize>> {
    let first = usize::try_from(address).ok()?;
    let end = first.checked_add(length)?;
    (end <= ram.len()).then_some(first..end)
}

impl<T: Transport, A: LocalApic> Machine for Guest<'_, T, A> {
    fn read_memory(&mut self, address: u64, bytes: &mut [u8]) -> bool {
        let Some(span) = span(self.ram, address, bytes.len()) else { return false };
        bytes.copy_from_slice(&self.ram[span]);
        true
    }

    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> bool {
        let Some(span) = span(self.ram, address, bytes.len()) else { return false };
        self.ram[span].copy_from_slice(bytes);
        true
    }

    fn read_device(&mut self, space: Space, address: u64, width: Width) -> Result<u64, Unreachable> {
        self.devices.read(space, address, width)
    }

    fn write_device(
        &mut self,
        space: Space,
        address: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Unreachable> {
        self.devices.write(space, address, width, value)
    }
}
