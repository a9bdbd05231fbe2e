//! A core, device servers and a loader for the tests, which can fail at a chosen step.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use crate::order::Order;
use crate::platform::Platform;
use crate::registry::Registry;
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{CpuidEntry, Route, VmStatus};
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::loader::{LoadError, VmHash};
use bulkhead_protocol::registry::{
    Refusal, ResetKind, Severity, StateReason, VmKind, VmNumber, VmRequest, VmState,
};
use bulkhead_protocol::supervisor::Failure;
use bulkhead_protocol::{CallError, Text, config::*};
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
    /// Call slots of servers whose device is not in its power-on state.
    pub(crate) dirty: BTreeSet<u16>,
    pub(crate) power: BTreeMap<u16, PowerRequest>,
    /// Call slots of servers that stay dead; they are also the numbers of their tasks.
    pub(crate) dead: BTreeSet<u16>,
    /// What the supervisor has to say.
    pub(crate) failures: Vec<Failure>,
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
}

impl Fake {
    pub(crate) fn vm(&mut self, slot: Slot) -> &mut CoreVm {
        self.vms.entry(slot.0).or_default()
    }

    pub(crate) fn is_running(&self, slot: Slot) -> bool {
        self.vms.get(&slot.0).is_some_and(|vm| vm.running)
    }

    fn step(&mut self) -> bool {
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
    fn vm_reset(&mut self, vm: Slot, _: ResetKind) -> Result<(), Status> {
        self.core_step()?;
        if self.is_running(vm) {
            return Err(Status::WrongState);
        }
        *self.vm(vm) = CoreVm::default();
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
        self.core_step()?;
        let events = core::mem::take(&mut self.vm(vm).events);
        let running = u32::from(self.is_running(vm));
        let exits = if self.vm(vm).has_run { 5 } else { 0 };
        Ok(VmStatus { events, running, exits, ..NO_STATUS })
    }

    fn vm_account(&mut self, vm: Slot) -> Result<VmStatus, Status> {
        let routes = u32::try_from(self.vm(vm).routes.len()).unwrap_or(u32::MAX);
        let (running, queued) = (u32::from(self.is_running(vm)), u32::from(self.is_running(vm)));
        let deaf = self.vm(vm).deaf;
        Ok(VmStatus { running, routes, queued, deaf, ..NO_STATUS })
    }

    fn server_quiesce(&mut self, server: Slot) -> Result<(), CallError> {
        self.call_step()?;
        if self.dead.contains(&server.0) { Err(CallError::PeerDead) } else { Ok(()) }
    }

    fn server_hash(&mut self, server: Slot) -> Result<u64, CallError> {
        self.call_step()?;
        Ok(u64::from(self.dirty.contains(&server.0)))
    }

    fn server_reset(&mut self, server: Slot, _: ResetKind) -> Result<(), CallError> {
        self.call_step()?;
        if self.dead.contains(&server.0) {
            return Err(CallError::PeerDead);
        }
        self.dirty.remove(&server.0);
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

    fn take_power_request(&mut self, server: Slot) -> Result<Option<PowerRequest>, CallError> {
        self.call_step()?;
        Ok(self.power.remove(&server.0))
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

    fn next_failure(&mut self) -> Result<Option<Failure>, CallError> {
        Ok(self.failures.first().copied())
    }

    fn settle(&mut self, task: TaskId) -> Result<(), CallError> {
        self.failures.retain(|failure| failure.task != task);
        Ok(())
    }

    fn revive(&mut self, task: TaskId) -> Result<bool, CallError> {
        if self.beyond_help {
            return Ok(false);
        }
        self.failures.retain(|failure| failure.task != task);
        Ok(self.dead.remove(&task.0))
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

/// A CPU of no vendor without features.
pub(crate) fn no_host(_leaf: u32, _subleaf: u32) -> [u32; 4] {
    [0; 4]
}

/// VM `vm`: events on bit 2 × vm, power requests on the bit after it.
pub(crate) fn plan(vm: u16, name: &str, kind: VmKind) -> VmPlan {
    let vm = VmId(vm);
    let [emulator, pic, uart, power] = server_slots(vm_slot(vm));
    let server = |kind, slot: Slot, ports: &[Ports], windows: &[Window]| ServerPlan {
        kind,
        task: TaskId(slot.0),
        slot,
        ports: ports.iter().copied().collect(),
        windows: windows.iter().copied().collect(),
        on_failure: FailurePolicy::PowerOffVm,
    };
    VmPlan {
        vm,
        name: Text::from_prefix(name),
        kind,
        severity: Severity::Standard,
        after: heapless::Vec::new(),
        slot: vm_slot(vm),
        event_bit: u8::try_from(2 * vm.0).unwrap_or(0),
        power_bit: u8::try_from(2 * vm.0 + 1).unwrap_or(0),
        memory: 256 << 20,
        vcpus: [(VcpuId(vm.0), CpuId(0))].into_iter().collect(),
        servers: [
            server(ServerKind::InsnEmulator, emulator, &[], &[]),
            server(
                ServerKind::Vpic,
                pic,
                &[Ports { first: 0x20, last: 0x21 }, Ports { first: 0xa0, last: 0xa1 }],
                &[],
            ),
            server(
                ServerKind::Vuart,
                uart,
                &[Ports { first: 0x3f8, last: 0x3ff }],
                &[Window { base: 0xd000_0000, length: 0x1000 }],
            ),
            server(ServerKind::Vpower, power, &[Ports { first: 0x600, last: 0x605 }], &[]),
        ]
        .into_iter()
        .collect(),
        e820: [E820 { base: 0, length: 256 << 20, kind: 1 }].into_iter().collect(),
        protocol: BootProtocol::Linux,
        kernel: Module { offset: 0, length: 4096 },
        ramdisk: None,
        acpi: Some(Module { offset: 4096, length: 64 }),
        command_line: Text::from_prefix("console=ttyS0"),
        on_power_off: EndPolicy::PowerOff,
        on_reset: EndPolicy::Restart,
        watchdog: None,
        host_clock: true,
        shutdown_ms: 10_000,
    }
}

/// Another definition for the pool of `vm`.
pub(crate) fn in_pool_of(vm: &VmPlan, name: &str) -> VmPlan {
    VmPlan { name: Text::from_prefix(name), ..vm.clone() }
}

pub(crate) fn system(vms: &[VmPlan]) -> VmManager {
    VmManager {
        vms: vms.iter().cloned().collect(),
        loader: LOADER,
        platform: Some(MACHINE),
        end: MachineEnd::default(),
        supervisor: Slot(3),
        failure_bit: 32,
    }
}
