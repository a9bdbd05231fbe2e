//! A core, device servers and a loader for the tests, which can fail at a chosen step.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

mod system;

pub(crate) use system::{in_pool_of, no_host, plan, system};

use crate::mark::Mark;
use crate::order::Order;
use crate::platform::Platform;
use crate::registry::Registry;
use bulkhead_abi::id::{Generation, Slot, TaskId, VmId};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{CpuidEntry, Route, VmStatus};
use bulkhead_protocol::CallError;
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::loader::{LoadError, VmHash};
use bulkhead_protocol::registry::{Refusal, ResetKind, StateReason, VmNumber, VmRequest, VmState};
use bulkhead_protocol::supervisor::{Cause, Failure};
use core::fmt::Arguments;
use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::String;
use std::vec::Vec;

pub(crate) const LOADER: Slot = Slot(1);
pub(crate) const MACHINE: Slot = Slot(2);
const NO_STATUS: VmStatus = VmStatus {
    events: 0,
    running: 0,
    detail: 7,
    vcpu: 0,
    vcpus: 1,
    exits: 0,
    rip: 0x1000,
    lines: 0,
    routes: 0,
    cpuid: 0,
    queued: 0,
    waiting: 0,
    deaf: 0,
    mark: 0,
};
pub(crate) const HZ: u64 = 2_000_000_000;

/// A VM as the core has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CoreVm {
    pub(crate) running: bool,
    pub(crate) is_loaded: bool,
    /// Whose images are loaded.
    pub(crate) definition: u8,
    pub(crate) has_run: bool,
    pub(crate) routes: Vec<(u32, u16, u16, u16)>,
    pub(crate) events: u32,
    /// Ticks for which it ran without taking an interrupt.
    pub(crate) deaf: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Fake {
    pub(crate) vms: BTreeMap<u16, CoreVm>,
    /// What was said with the last reset of each VM.
    pub(crate) marks: BTreeMap<u16, Mark>,
    /// Call slots of servers whose device is not in its power-on state.
    pub(crate) dirty: BTreeSet<u16>,
    pub(crate) power: BTreeMap<u16, PowerRequest>,
    /// Call slots of servers that stay dead; they are also the numbers of their tasks.
    pub(crate) dead: BTreeSet<u16>,
    /// Those that wait for their next life.
    pub(crate) waiting: BTreeSet<u16>,
    /// What the supervisor has to say.
    pub(crate) failures: Vec<Failure>,
    /// Who was started anew.
    pub(crate) anew: BTreeSet<u16>,
    /// Nobody can be started anew.
    pub(crate) beyond_help: bool,
    pub(crate) pressed: usize,
    pub(crate) image: Option<LoadError>,
    pub(crate) ended: Option<u8>,
    /// How images were loaded.
    pub(crate) loads: Vec<ResetKind>,
    /// Nanoseconds since boot.
    pub(crate) now: u64,
    /// What the machine's clock shows.
    pub(crate) time_of_day: Option<u64>,
    /// What real-time clocks were told, by their call slots.
    pub(crate) clocks: Vec<(u16, u64)>,
    pub(crate) log: Vec<String>,
    /// Calls so far.
    pub(crate) steps: usize,
    /// The call, and those after it up to the other bound, that fail.
    pub(crate) failing: core::ops::Range<usize>,
    /// Moments so far: one before each call that changes something.
    pub(crate) moments: usize,
    /// The moment at which the manager dies.
    pub(crate) manager_dies: Option<usize>,
    /// And how many moments later once more.
    pub(crate) manager_dies_again: Option<usize>,
    /// Moments at which servers die for good.
    pub(crate) deaths: BTreeMap<usize, Vec<u16>>,
}

/// The manager has died: what a test unwinds with.
#[derive(Debug)]
pub(crate) struct Died;

impl Fake {
    pub(crate) fn vm(&mut self, slot: Slot) -> &mut CoreVm {
        self.vms.entry(slot.0).or_default()
    }

    pub(crate) fn is_running(&self, slot: Slot) -> bool {
        self.vms.get(&slot.0).is_some_and(|vm| vm.running)
    }

    fn moment(&mut self) {
        for server in self.deaths.remove(&self.moments).unwrap_or_default() {
            self.lose(server, self.anew.contains(&server));
        }
        if self.manager_dies == Some(self.moments) {
            self.manager_dies = self.manager_dies_again.take().map(|moments| self.moments + moments);
            self.moments += 1;
            std::panic::resume_unwind(std::boxed::Box::new(Died));
        }
        self.moments += 1;
    }

    /// A server is given up.
    pub(crate) fn lose(&mut self, server: u16, again: bool) {
        self.dead.insert(server);
        let life = Generation(u32::try_from(self.moments).unwrap_or(u32::MAX));
        let task = TaskId(server);
        self.failures.retain(|failure| failure.task != task);
        self.failures.push(Failure { task, life, cause: Cause::LimitReached, again, revived: false });
    }

    fn answers(&self, server: Slot) -> bool {
        !self.dead.contains(&server.0) && !self.waiting.contains(&server.0)
    }

    fn step(&mut self) -> bool {
        self.moment();
        self.steps += 1;
        !self.failing.contains(&(self.steps - 1))
    }

    fn core_step(&mut self) -> Result<(), Status> {
        if self.step() { Ok(()) } else { Err(Status::Exhausted) }
    }

    fn call_step(&mut self) -> Result<(), CallError> {
        if self.step() { Ok(()) } else { Err(CallError::PeerDead) }
    }
}

impl Platform for Fake {
    fn vm_reset(&mut self, vm: Slot, _: ResetKind, mark: Mark) -> Result<(), Status> {
        self.core_step()?;
        if self.is_running(vm) {
            return Err(Status::WrongState);
        }
        *self.vm(vm) = CoreVm::default();
        self.marks.insert(vm.0, mark);
        Ok(())
    }

    fn vm_route(&mut self, vm: Slot, route: &Route) -> Result<(), Status> {
        self.core_step()?;
        self.vm(vm).routes.push((route.space, route.first, route.last, route.target.0));
        Ok(())
    }

    fn vm_cpuid(&mut self, _vm: Slot, _entries: &[CpuidEntry]) -> Result<(), Status> {
        self.core_step()
    }

    fn vm_run(&mut self, vm: Slot) -> Result<(), Status> {
        self.core_step()?;
        if self.is_running(vm) || !self.vm(vm).is_loaded {
            return Err(Status::WrongState);
        }
        self.vm(vm).running = true;
        self.vm(vm).has_run = true;
        // A guest that runs leaves traces in its devices.
        for server in server_slots(vm) {
            self.dirty.insert(server.0);
        }
        Ok(())
    }

    fn vm_stop(&mut self, vm: Slot) -> Result<(), Status> {
        self.core_step()?;
        self.vm(vm).running = false;
        Ok(())
    }

    fn vm_status(&mut self, vm: Slot) -> Result<VmStatus, Status> {
        let mark = self.marks.get(&vm.0).map_or(0, |mark| mark.bits());
        let vm = self.vm(vm);
        let routes = u32::try_from(vm.routes.len()).unwrap_or(u32::MAX);
        let running = u32::from(vm.running);
        let (exits, deaf, events) = (if vm.has_run { 5 } else { 0 }, vm.deaf, vm.events);
        Ok(VmStatus { events, running, exits, routes, queued: running, deaf, mark, ..NO_STATUS })
    }

    fn server_quiesce(&mut self, server: Slot) -> Result<(), CallError> {
        self.call_step()?;
        if self.answers(server) { Ok(()) } else { Err(CallError::PeerDead) }
    }

    fn server_hash(&mut self, server: Slot) -> Result<u64, CallError> {
        self.call_step()?;
        Ok(u64::from(self.dirty.contains(&server.0)))
    }

    fn server_reset(&mut self, server: Slot, _: ResetKind) -> Result<(), CallError> {
        self.call_step()?;
        if !self.answers(server) {
            return Err(CallError::PeerDead);
        }
        self.dirty.remove(&server.0);
        self.power.remove(&server.0);
        Ok(())
    }

    fn time_of_day(&mut self) -> Option<u64> {
        self.time_of_day
    }

    fn set_clock(&mut self, server: Slot, seconds: u64) -> Result<(), CallError> {
        self.call_step()?;
        self.clocks.push((server.0, seconds));
        Ok(())
    }

    fn press_power_button(&mut self, _server: Slot) -> Result<(), CallError> {
        self.call_step()?;
        self.pressed += 1;
        Ok(())
    }

    fn power_request(&mut self, server: Slot) -> Result<Option<PowerRequest>, CallError> {
        self.call_step()?;
        Ok(self.power.get(&server.0).copied())
    }

    fn vm_hash(&mut self, loader: Slot, vm: VmId) -> Result<Option<VmHash>, CallError> {
        assert_eq!(loader, LOADER);
        self.call_step()?;
        let vm = self.vm(vm_slot(vm));
        Ok((!vm.running).then_some(VmHash { vcpus: u64::from(vm.has_run), memory: u64::from(vm.is_loaded) }))
    }

    fn load(
        &mut self,
        loader: Slot,
        vm: VmId,
        definition: u8,
        kind: ResetKind,
    ) -> Result<Result<u64, LoadError>, CallError> {
        self.loads.push(kind);
        assert_eq!(loader, LOADER);
        self.call_step()?;
        if let Some(error) = self.image {
            return Ok(Err(error));
        }
        self.vm(vm_slot(vm)).is_loaded = true;
        self.vm(vm_slot(vm)).definition = definition;
        Ok(Ok(0x10_0000))
    }

    fn next_failure(&mut self, from: TaskId) -> Result<Option<Failure>, CallError> {
        let behind = self.failures.iter().filter(|failure| failure.task >= from);
        Ok(behind.min_by_key(|failure| failure.task).copied())
    }

    fn settle(&mut self, task: TaskId, life: Generation) -> Result<(), CallError> {
        self.moment();
        self.failures.retain(|failure| (failure.task, failure.life) != (task, life));
        Ok(())
    }

    fn revive(&mut self, task: TaskId) -> Result<bool, CallError> {
        self.moment();
        if self.beyond_help {
            return Ok(false);
        }
        for failure in self.failures.iter_mut().filter(|failure| failure.task == task) {
            failure.revived = true;
        }
        // Its device is as after power-on, but its lines are as they were: it counts as used until it is reset.
        self.dirty.insert(task.0);
        let was_dead = self.dead.remove(&task.0);
        if was_dead {
            self.anew.insert(task.0);
        }
        Ok(was_dead | self.waiting.remove(&task.0))
    }

    fn server_restarts(&mut self, task: TaskId) -> u32 {
        u32::from(task.0 % 3)
    }

    fn now(&mut self) -> u64 {
        self.now
    }

    fn power_off_machine(&mut self, platform: Slot, code: u8) {
        assert_eq!(platform, MACHINE);
        self.ended = Some(code);
    }

    fn log(&mut self, line: Arguments<'_>) {
        self.log.push(format!("{line}"));
    }
}

/// Asks for a request as a caller with all rights does.
pub(crate) fn ask(
    registry: &mut Registry<'_>,
    fake: &mut Fake,
    vm: VmNumber,
    request: VmRequest,
) -> Result<VmState, Refusal> {
    registry.request(fake, vm, Order::new(request, StateReason::Requested))
}

pub(crate) fn vm_slot(vm: VmId) -> Slot {
    Slot(100 + 10 * vm.0)
}

fn server_slots(vm: Slot) -> [Slot; 4] {
    [Slot(vm.0 + 1), Slot(vm.0 + 2), Slot(vm.0 + 3), Slot(vm.0 + 4)]
}

/// The slot of a VM's power device.
pub(crate) fn power_slot(vm: VmId) -> Slot {
    Slot(vm_slot(vm).0 + 4)
}
