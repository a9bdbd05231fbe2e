//! Systems for the tests.

use super::{LOADER, MACHINE, server_slots, vm_slot};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_protocol::registry::{Severity, VmKind};
use bulkhead_protocol::{Text, config::*};

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
