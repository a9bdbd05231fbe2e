//! The system that is soaked: a pre-launched VM that comes back whatever its guest does, a definition, and three that take
//! turns.

use crate::fault::Server;
use crate::platform::{RAM, port_handlers, windows};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_protocol::Text;
use bulkhead_protocol::config::{
    BootProtocol, E820, EndPolicy, FailurePolicy, MachineEnd, Module, ServerKind, ServerPlan, VmManager,
    VmPlan,
};
use bulkhead_protocol::registry::{Severity, VmKind};

/// Slots of the manager between two VMs.
const STRIDE: u16 = 20;
/// First slot of the first VM.
const FIRST: u16 = 100;

/// The manager's slot of a VM.
const fn vm_slot(vm: u16) -> Slot {
    Slot(FIRST + STRIDE * vm)
}

/// Which VM a slot of the manager belongs to, and which of its servers, if any.
pub(super) fn owner(slot: Slot) -> (usize, Option<Server>) {
    let number = usize::from(slot.0.saturating_sub(FIRST));
    let (vm, place) = (number / usize::from(STRIDE), number % usize::from(STRIDE));
    (vm, place.checked_sub(1).and_then(|place| Server::ALL.get(place).copied()))
}

/// The configuration as the image's builder makes it.
pub(super) fn config() -> VmManager {
    VmManager {
        vms: [
            plan(0, "keeper", VmKind::PreLaunched),
            plan(1, "red", VmKind::PostLaunched),
            plan(2, "blue", VmKind::PostLaunched),
            plan(2, "green", VmKind::PostLaunched),
            plan(2, "white", VmKind::PostLaunched),
        ]
        .into_iter()
        .collect(),
        loader: Slot(1),
        platform: Some(Slot(2)),
        end: MachineEnd::default(),
        supervisor: Slot(3),
        failure_bit: 32,
    }
}

fn plan(vm: u16, name: &str, kind: VmKind) -> VmPlan {
    let servers = (1u16..).zip(Server::ALL).map(|(place, server)| ServerPlan {
        kind: kind_of(server),
        task: TaskId(vm_slot(vm).0 + place),
        slot: Slot(vm_slot(vm).0 + place),
        ports: port_handlers(server).collect(),
        windows: windows(server).collect(),
        on_failure: FailurePolicy::PowerOffVm,
    });
    VmPlan {
        vm: VmId(vm),
        name: Text::from_prefix(name),
        kind,
        severity: Severity::Standard,
        after: heapless::Vec::new(),
        slot: vm_slot(vm),
        event_bit: u8::try_from(2 * vm).unwrap_or(0),
        power_bit: u8::try_from(2 * vm + 1).unwrap_or(0),
        memory: RAM as u64,
        vcpus: [(VcpuId(vm), CpuId(0))].into_iter().collect(),
        servers: servers.collect(),
        e820: [E820 { base: 0, length: RAM as u64, kind: 1 }].into_iter().collect(),
        protocol: BootProtocol::Flat { load: 0, entry: 0 },
        kernel: Module { offset: 0, length: 4096 },
        ramdisk: None,
        acpi: None,
        command_line: Text::from_prefix(""),
        on_power_off: if kind == VmKind::PreLaunched { EndPolicy::Restart } else { EndPolicy::PowerOff },
        on_reset: EndPolicy::Restart,
        watchdog: None,
        host_clock: true,
        shutdown_ms: 10_000,
    }
}

const fn kind_of(server: Server) -> ServerKind {
    match server {
        Server::Vuart => ServerKind::Vuart,
        Server::Vpci => ServerKind::Vpci,
        Server::Vioapic => ServerKind::Vioapic,
        Server::Vpic => ServerKind::Vpic,
        Server::Vtimer => ServerKind::Vtimer,
        Server::Vrtc => ServerKind::Vrtc,
        Server::Vpower => ServerKind::Vpower,
        Server::Emulator => ServerKind::InsnEmulator,
    }
}
