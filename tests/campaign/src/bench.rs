//! A guest's surroundings: its vCPU's exits, its local APIC, its keyboard and its VM manager.

use crate::bench_core::{BenchCore, Stuck};
use crate::console_end::ConsoleEnd;
use crate::emulator::Emulator;
use crate::fault::Server;
use crate::platform::{self, RAM};
use crate::trace::OpTrace;
use bulkhead_abi::exit::{Disposition, ExitKind, ExitReply, VcpuExit};
use bulkhead_abi::id::{Slot, VcpuId};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::msi::{DeliveryMode, Msi};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vcpu::{Segment, VcpuState};
use bulkhead_protocol::bus::Width;
use bulkhead_protocol::device::{self, Client};
use bulkhead_protocol::platform::INTR_LINE;
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::{CallError, Transport};
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use vdev::Nanos;
use zerocopy::IntoBytes;

/// Where the bench puts instructions for the emulator.
const CODE: u64 = 0x1000;
/// Exits that one instruction may take.
const EXITS: u32 = 256;
/// How often the manager asks a server that has died.
const ATTEMPTS: u32 = 64;
/// Servers that are woken while the guest waits, at the most.
const WAKES: u32 = 64;

/// The machine.
pub(crate) struct Bench {
    pub(crate) core: BenchCore,
    emulator: Emulator,
    pub(crate) cpu: VcpuState,
    pub(crate) ram: Vec<u8>,
    exits: u64,
    /// Accepted vectors, and those that came level-triggered.
    requested: [bool; 256],
    level: [bool; 256],
    external: bool,
    shown: usize,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let console = Rc::new(RefCell::new(ConsoleEnd::new()));
        let core = BenchCore::new(platform::tasks(&console), console);
        let mut bench = Self {
            core,
            emulator: Emulator::new(),
            cpu: VcpuState::power_on(),
            ram: vec![0; RAM],
            exits: 0,
            requested: [false; 256],
            level: [false; 256],
            external: false,
            shown: 0,
        };
        bench.flatten();
        bench
    }

    /// What the core does at `vm_reset`: vCPU, local APIC and lines as after power-on, and the VM's time at zero unless it
    /// is kept.
    pub(crate) fn reset_core(&mut self, keeps_time: bool) {
        self.cpu = VcpuState::power_on();
        self.exits = 0;
        (self.requested, self.level, self.external) = ([false; 256], [false; 256], false);
        self.core.lines = 0;
        self.core.messages.clear();
        self.core.manager = 0;
        // What was typed for the last life is not for the next one: that is the other end's business, not the VM's.
        *self.core.console.borrow_mut() = ConsoleEnd::new();
        self.shown = 0;
        if !keeps_time {
            self.core.now = Nanos(0);
        }
    }

    /// The guest's registers are such that it can execute: flat 32-bit segments.
    pub(crate) fn flatten(&mut self) {
        let flat = |rights| Segment { base: 0, limit: u32::MAX, selector: 8, rights };
        let data = flat(0xc093);
        let cpu = &mut self.cpu;
        (cpu.cs, cpu.ds, cpu.es, cpu.ss, cpu.fs, cpu.gs) = (flat(0xc09b), data, data, data, data, data);
        cpu.cr0 = 0x11;
    }

    /// A hash of what the core knows of the vCPU.
    pub(crate) fn vcpu_hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.cpu.as_bytes().hash(&mut hasher);
        (self.requested, self.level, self.external, self.core.lines).hash(&mut hasher);
        hasher.finish()
    }

    /// Events that a server has received so far.
    pub(crate) fn events(&self, server: Server) -> u64 {
        self.core.tasks.get(server.index()).map_or(self.emulator.events, |task| task.events)
    }

    fn next_exit(&mut self, kind: ExitKind, address: u64, size: u8, write: bool, value: u64) -> VcpuExit {
        self.exits += 1;
        VcpuExit {
            kind: kind as u8,
            size,
            vcpu: VcpuId(0),
            local: 0,
            write: u16::from(write),
            address,
            value,
            sequence: self.exits,
        }
    }

    /// IN.
    pub(crate) fn input(&mut self, port: u16, width: Width) -> Result<u64, Stuck> {
        let exit = self.next_exit(ExitKind::PortRead, port.into(), width.bytes(), false, 0);
        let value = match platform::route(port) {
            Some(server) => self.core.exit(server, exit)?.value & width.all_ones(),
            None => width.all_ones(),
        };
        self.core.trace.values.push(value);
        Ok(value)
    }

    /// IN AL.
    pub(crate) fn in_byte(&mut self, port: u16) -> Result<u8, Stuck> {
        self.input(port, Width::Byte).map(|value| value.to_le_bytes()[0])
    }

    /// OUT.
    pub(crate) fn output(&mut self, port: u16, width: Width, value: u64) -> Result<(), Stuck> {
        let value = value & width.all_ones();
        let exit = self.next_exit(ExitKind::PortWrite, port.into(), width.bytes(), true, value);
        if let Some(server) = platform::route(port) {
            self.core.exit(server, exit)?;
        }
        Ok(())
    }

    /// OUT AL.
    pub(crate) fn out_byte(&mut self, port: u16, value: u8) -> Result<(), Stuck> {
        self.output(port, Width::Byte, value.into())
    }

    /// An instruction that only the emulator can carry out, on these registers (eax, ecx, edx, esi, edi). What it
    /// leaves in registers and flags is what the guest sees.
    pub(crate) fn instruction(
        &mut self,
        kind: ExitKind,
        code: &[u8],
        registers: [u32; 5],
    ) -> Result<u64, Stuck> {
        for (number, value) in [0, 1, 2, 6, 7].into_iter().zip(registers) {
            self.cpu.gpr[number] = value.into();
        }
        (self.cpu.rip, self.cpu.rflags) = (CODE, 2);
        let at = usize::try_from(CODE).unwrap_or(0);
        self.ram[at..at + code.len()].copy_from_slice(code);
        for _ in 0..EXITS {
            let exit = self.next_exit(kind, 0, 0, false, 0);
            let reply = self.emulator.exit(&mut self.core, &mut self.cpu, &mut self.ram, &exit)?;
            if reply.disposition != Disposition::Resume as u32 {
                self.core.trace.values.extend([u64::from(reply.disposition), reply.value]);
                return Ok(0);
            }
            if self.cpu.rip != CODE {
                break;
            }
            self.core.settle();
        }
        let seen = [0, 1, 6, 7].map(|number| self.cpu.gpr[number]);
        self.core.trace.values.extend(seen);
        self.core.trace.values.push(self.cpu.rflags);
        Ok(seen[0])
    }

    /// A CPU's INTA.
    fn acknowledge(&mut self) -> Result<Option<u8>, Stuck> {
        let exit = self.next_exit(ExitKind::InterruptAcknowledge, 0, 0, false, 0);
        let reply: ExitReply = self.core.exit(Server::Vpic, exit)?;
        self.core.trace.vectors.push(reply.value);
        let complete = reply.disposition == Disposition::Complete as u32;
        Ok(Some(reply.value.to_le_bytes()[0]).filter(|_| complete))
    }

    /// The interrupt that a CPU with open interrupts takes now.
    pub(crate) fn take_interrupt(&mut self) -> Result<Option<Taken>, Stuck> {
        self.core.settle();
        self.accept();
        if std::mem::take(&mut self.external) || self.core.lines >> INTR_LINE & 1 != 0 {
            return Ok(self.acknowledge()?.map(Taken::FromPic));
        }
        let vector = (0..=255u8).rev().find(|vector| self.requested[usize::from(*vector)]);
        let Some(vector) = vector else { return Ok(None) };
        self.requested[usize::from(vector)] = false;
        Ok(Some(Taken::FromApic(vector)))
    }

    /// EOI to the local APIC.
    pub(crate) fn end_of_interrupt(&mut self, vector: u8) {
        if self.level[usize::from(vector)] {
            self.core.broadcast_eoi(vector);
        }
        self.core.settle();
    }

    /// The local APIC takes what has come. A vector that it has requested already, and the CPU has not taken, is one
    /// interrupt: so an edge more or less between two looks of the CPU makes no difference, here as on hardware.
    fn accept(&mut self) {
        let mut messages = std::mem::take(&mut self.core.messages);
        messages.sort_by_key(|message| (message.data, message.address));
        messages.dedup();
        for message in messages {
            let vector = usize::from(Msi::vector(message));
            if !self.requested[vector] {
                self.core.trace.messages.push((message.address, message.data));
            }
            match message.delivery_mode() {
                Some(DeliveryMode::Fixed | DeliveryMode::LowestPriority) => {
                    self.requested[vector] = true;
                    self.level[vector] = message.level_triggered();
                }
                Some(DeliveryMode::ExtInt) => self.external = true,
                _ => {}
            }
        }
    }

    /// Time passes for a halted guest: to the next moment at which a server does something, or to the end.
    pub(crate) fn wait(&mut self, end: Nanos) -> bool {
        let next = self.core.next_wake().filter(|wake| *wake <= end);
        self.core.now = next.unwrap_or(end).max(self.core.now);
        self.core.settle();
        next.is_some()
    }

    /// Servers that are woken while the guest waits, at the most.
    pub(crate) const fn wakes() -> u32 {
        WAKES
    }

    /// A key is pressed at the console.
    pub(crate) fn type_in(&mut self, byte: u8) {
        self.core.console.borrow_mut().type_in(byte);
        self.core.collect_notifications();
    }

    /// The console dies, or lives again.
    pub(crate) fn set_console_away(&mut self, away: bool) {
        self.core.console.borrow_mut().set_away(away);
        self.core.collect_notifications();
    }

    /// The VM manager asks a device server for something, until it is answered.
    pub(crate) fn manage<T>(
        &mut self,
        server: Server,
        mut request: impl FnMut(&mut Client<Control<'_>>) -> Result<T, CallError>,
    ) -> Result<T, Stuck> {
        for _ in 0..ATTEMPTS {
            let mut client = Client::new(Control { core: &mut self.core, server }, Slot(0));
            match request(&mut client) {
                Ok(value) => return Ok(value),
                Err(_) => self.core.turn(),
            }
        }
        Err(Stuck)
    }

    /// Ends a step of the guest: everything settles, and the step's trace is complete.
    pub(crate) fn finish(&mut self, name: &'static str) -> Result<OpTrace, Stuck> {
        self.core.settle();
        if std::mem::take(&mut self.core.manager) != 0 {
            let request = self.manage(Server::Vpower, |client| client.power_request())?;
            // It would be part of the VM's reset.
            self.manage(Server::Vpower, |client| client.reset(ResetKind::Warm))?;
            self.core.trace.power.push(request.map_or(0, |request| 1 + request as u8));
            self.core.settle();
        }
        let console = self.core.console.clone();
        let end = console.borrow();
        let mut trace = std::mem::take(&mut self.core.trace);
        trace.name = name;
        trace.levels = self.core.lines;
        trace.output = end.output[self.shown..].to_vec();
        self.shown = end.output.len();
        trace.finish();
        Ok(trace)
    }
}

/// An interrupt that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    FromPic(u8),
    FromApic(u8),
}

/// The manager's slot for a device server.
pub(crate) struct Control<'a> {
    core: &'a mut BenchCore,
    server: Server,
}

impl Transport for Control<'_> {
    fn call(&mut self, _: Slot, request: &[u8], reply: &mut [u8; MAX_MESSAGE]) -> Result<usize, CallError> {
        let (status, bytes) = self.core.call(self.server, device::ID, request)?;
        if status != Status::Ok {
            return Err(CallError::Refused);
        }
        reply.get_mut(..bytes.len()).ok_or(CallError::BadReply)?.copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}
