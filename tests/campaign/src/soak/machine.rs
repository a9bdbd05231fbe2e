//! The world of the VM manager: for each VM the campaign's bench with its servers and its guest, and what the core
//! keeps of it.

use super::system::owner;
use crate::fault::Server;
use crate::guest::{Guest, Manners};
use crate::random::Random;
use bulkhead_abi::id::{Generation, Slot, TaskId, VmId};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{CpuidEntry, Route, VmStatus};
use bulkhead_protocol::CallError;
use bulkhead_protocol::config::{VmManager, VmPlan};
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::loader::{LoadError, VmHash};
use bulkhead_protocol::registry::ResetKind;
use bulkhead_protocol::supervisor::Failure;
use std::collections::VecDeque;
use std::fmt::Arguments;
use std::hash::{DefaultHasher, Hash, Hasher};
use vm_manager::mark::Mark;
use vm_manager::platform::Platform;

/// Lines of the log that are kept.
const LOG: usize = 40;
/// Steps that a guest takes in a millisecond.
const STEPS: u64 = 2;
const NANOS_PER_MS: u64 = 1_000_000;

/// A VM as the core has it, with what runs in it.
struct Vm {
    guest: Guest,
    running: bool,
    has_run: bool,
    mark: u64,
    routes: Vec<(u32, u16, u16)>,
    cpuid: usize,
    power_bit: u8,
    /// What the guest has asked of its power device, as the bench saw it.
    asked: Option<PowerRequest>,
    /// The power device has notified the manager.
    notified: bool,
}

/// All VMs.
pub(super) struct Machine {
    vms: Vec<Vm>,
    random: Random,
    mortality: u64,
    deaths: u64,
    now: u64,
    log: VecDeque<String>,
}

/// A plan for each VM of the core: those who share one are next to each other.
fn of_core(config: &VmManager) -> impl Iterator<Item = &VmPlan> {
    let mut last = None;
    config.vms.iter().filter(move |plan| last.replace(plan.vm) != Some(plan.vm))
}

impl Machine {
    pub(super) fn new(config: &VmManager, seed: u64, mortality: u64) -> Self {
        let vm = |plan: &VmPlan| Vm {
            guest: Guest::new(seed, Manners::Wild),
            running: false,
            has_run: false,
            routes: Vec::new(),
            cpuid: 0,
            power_bit: plan.power_bit,
            asked: None,
            mark: 0,
            notified: false,
        };
        Self {
            vms: of_core(config).map(vm).collect(),
            random: Random::part(seed, 77),
            mortality,
            deaths: 0,
            now: 0,
            log: VecDeque::new(),
        }
    }

    pub(super) fn last_words(&self) -> Vec<String> {
        self.log.iter().cloned().collect()
    }

    /// How many VMs the core has.
    pub(super) const fn vms(&self) -> usize {
        self.vms.len()
    }

    pub(super) const fn deaths(&self) -> u64 {
        self.deaths
    }

    /// Guests whose VMs run go on. A guest that has ended itself does nothing more.
    pub(super) fn pass(&mut self, milliseconds: u32) {
        self.now += u64::from(milliseconds) * NANOS_PER_MS;
        for vm in self.vms.iter_mut().filter(|vm| vm.running) {
            for _ in 0..self.random.below(u64::from(milliseconds) * STEPS) {
                if vm.asked.is_some() {
                    break;
                }
                let trace = vm.guest.advance().expect("every exit is answered");
                vm.asked = trace.power.last().and_then(|code| match code {
                    1 => Some(PowerRequest::PowerOff),
                    2 => Some(PowerRequest::ColdReset),
                    3 => Some(PowerRequest::WarmReset),
                    _ => None,
                });
                vm.notified |= vm.asked.is_some();
            }
        }
    }

    /// The bit by which a VM's power device has notified the manager, if it has.
    pub(super) fn take_power_notification(&mut self, vm: usize) -> Option<u8> {
        let vm = &mut self.vms[vm];
        std::mem::take(&mut vm.notified).then_some(vm.power_bit)
    }

    fn vm(&mut self, slot: Slot) -> &mut Vm {
        &mut self.vms[owner(slot).0]
    }

    /// A call of the manager to a device server, which may be about to die; the manager tries again until it lives.
    fn control<T: Default>(
        &mut self,
        slot: Slot,
        request: impl FnMut(
            &mut bulkhead_protocol::device::Client<crate::bench::Control<'_>>,
        ) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let (vm, Some(server)) = owner(slot) else { return Err(CallError::Core(Status::BadSlot)) };
        if server == Server::Emulator {
            // It has no state.
            return Ok(T::default());
        }
        let bench = &mut self.vms[vm].guest.bench;
        if self.mortality > 0 && self.random.once_in(self.mortality) {
            self.deaths += 1;
            bench.core.stop(server, 0);
        }
        let answer = bench.manage(server, request).map_err(|_| CallError::DeadlinePassed);
        bench.core.settle();
        answer
    }
}

impl Platform for Machine {
    fn vm_reset(&mut self, vm: Slot, kind: ResetKind, mark: Mark) -> Result<(), Status> {
        let seed = self.random.next();
        let vm = self.vm(vm);
        if vm.running {
            return Err(Status::WrongState);
        }
        vm.guest.bench.reset_core(kind == ResetKind::Warm);
        vm.guest.begin(seed);
        (vm.routes, vm.cpuid, vm.asked, vm.has_run) = (Vec::new(), 0, None, false);
        vm.mark = mark.bits();
        Ok(())
    }

    fn vm_route(&mut self, vm: Slot, route: &Route) -> Result<(), Status> {
        let new = (route.space, route.first, route.last);
        let vm = self.vm(vm);
        let overlaps = |old: &(u32, u16, u16)| old.0 == new.0 && old.1 <= new.2 && new.1 <= old.2;
        if vm.routes.iter().any(overlaps) {
            return Err(Status::WrongState);
        }
        vm.routes.push(new);
        Ok(())
    }

    fn vm_cpuid(&mut self, vm: Slot, entries: &[CpuidEntry]) -> Result<(), Status> {
        self.vm(vm).cpuid = entries.len();
        Ok(())
    }

    fn vm_run(&mut self, vm: Slot) -> Result<(), Status> {
        let vm = self.vm(vm);
        if vm.running || vm.routes.is_empty() {
            return Err(Status::WrongState);
        }
        if !vm.has_run {
            vm.guest.bench.flatten();
        }
        (vm.running, vm.has_run) = (true, true);
        Ok(())
    }

    fn vm_stop(&mut self, vm: Slot) -> Result<(), Status> {
        self.vm(vm).running = false;
        Ok(())
    }

    fn vm_status(&mut self, vm: Slot) -> Result<VmStatus, Status> {
        let vm = self.vm(vm);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let tasks = &vm.guest.bench.core.tasks;
        Ok(VmStatus {
            events: 0,
            running: u32::from(vm.running),
            detail: 0,
            vcpu: 0,
            vcpus: 1,
            exits: u64::from(vm.has_run),
            rip: 0,
            lines: vm.guest.bench.core.lines,
            routes: count(vm.routes.len()),
            cpuid: count(vm.cpuid),
            queued: u32::from(vm.running),
            waiting: count(tasks.iter().map(|task| task.senders.len()).sum()),
            deaf: 0,
            mark: vm.mark,
        })
    }

    fn server_reset(&mut self, server: Slot, kind: ResetKind) -> Result<(), CallError> {
        self.control(server, |client| client.reset(kind))
    }

    fn server_quiesce(&mut self, server: Slot) -> Result<(), CallError> {
        self.control(server, |client| client.quiesce())
    }

    fn server_hash(&mut self, server: Slot) -> Result<u64, CallError> {
        self.control(server, |client| client.state_hash())
    }

    fn time_of_day(&mut self) -> Option<u64> {
        Some(1_800_000_000)
    }

    fn set_clock(&mut self, server: Slot, seconds: u64) -> Result<(), CallError> {
        self.control(server, |client| client.set_clock(seconds))
    }

    fn press_power_button(&mut self, server: Slot) -> Result<(), CallError> {
        self.control(server, |client| client.press_power_button())
    }

    fn power_request(&mut self, server: Slot) -> Result<Option<PowerRequest>, CallError> {
        Ok(self.vm(server).asked)
    }

    fn load(
        &mut self,
        _: Slot,
        vm: VmId,
        definition: u8,
        kind: ResetKind,
    ) -> Result<Result<u64, LoadError>, CallError> {
        let ram = &mut self.vms[vm.index()].guest.bench.ram;
        if kind == ResetKind::Cold {
            ram.fill(0);
        }
        for (byte, place) in ram.iter_mut().take(4096).zip(0u64..) {
            *byte = place.to_le_bytes()[0] ^ definition;
        }
        Ok(Ok(0))
    }

    fn vm_hash(&mut self, _: Slot, vm: VmId) -> Result<Option<VmHash>, CallError> {
        let vm = &self.vms[vm.index()];
        let mut hasher = DefaultHasher::new();
        vm.guest.bench.ram.hash(&mut hasher);
        let hash = VmHash { vcpus: vm.guest.bench.vcpu_hash(), memory: hasher.finish() };
        Ok((!vm.running).then_some(hash))
    }

    fn next_failure(&mut self, _: TaskId) -> Result<Option<Failure>, CallError> {
        Ok(None)
    }

    fn settle(&mut self, _: TaskId, _: Generation) -> Result<(), CallError> {
        Ok(())
    }

    fn revive(&mut self, _: TaskId) -> Result<bool, CallError> {
        Ok(false)
    }

    fn server_restarts(&mut self, task: TaskId) -> u32 {
        let (vm, server) = owner(Slot(task.0));
        let tasks = &self.vms[vm].guest.bench.core.tasks;
        server.and_then(|server| tasks.get(server.index())).map_or(0, |task| task.generation)
    }

    fn now(&mut self) -> u64 {
        self.now
    }

    fn power_off_machine(&mut self, _: Slot, code: u8) {
        self.log(format_args!("the machine powers off with {code}"));
    }

    fn log(&mut self, line: Arguments<'_>) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(line.to_string());
    }
}
