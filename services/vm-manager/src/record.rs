//! The VM record: everything that is known about one VM.
//!
//! What the manifest decides is borrowed from the manager's configuration or derived from it once; only the last
//! group of fields changes while the system runs.

use crate::mark::Mark;
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_abi::limits::{MAX_CPUID_ENTRIES, MAX_ROUTES};
use bulkhead_abi::vm::CpuidEntry;
use bulkhead_protocol::config::{
    BootProtocol, E820, MAX_SERVERS, Module, Ports, ServerKind, ServerPlan, VmPlan, Window,
};
use bulkhead_protocol::registry::{Severity, StateReason, VmKind, VmNumber, VmState};
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// A device server of a VM: its place in the VM's list, and the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance {
    /// Place in [`Record::servers`].
    pub place: u8,
    /// The task behind it.
    pub task: TaskId,
    /// Call slot of the manager.
    pub slot: Slot,
}

/// What the loader is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoaderInfo<'p> {
    /// How the guest boots.
    pub protocol: BootProtocol,
    /// Its kernel.
    pub kernel: Module,
    /// Boot arguments.
    pub arguments: &'p str,
    /// Its initial RAM disk.
    pub ramdisk: Option<Module>,
    /// Its ACPI tables.
    pub acpi: Option<Module>,
    /// Entry point, once the images are loaded.
    pub entry: Option<u64>,
}

/// Ports and who answers for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortHandler {
    /// The ports.
    pub ports: Ports,
    /// Who.
    pub server: Instance,
}

/// Addresses and who answers for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MmioHandler {
    /// The addresses.
    pub window: Window,
    /// Who.
    pub server: Instance,
}

/// A VM.
#[derive(Debug, Clone)]
pub struct Record<'p> {
    /// The VM of the core that it is. Others can have the same one, in turns: those are in one pool.
    pub vm: VmId,
    /// Its place in the list of VMs.
    pub definition: u8,
    /// Its name.
    pub name: &'p str,
    /// Its kind.
    pub kind: VmKind,
    /// How much depends on it.
    pub severity: Severity,
    /// Its vCPUs and where they run.
    pub vcpus: &'p [(VcpuId, CpuId)],
    /// Its 8259A pair.
    pub pic: Option<Instance>,
    /// Its I/O APIC.
    pub ioapic: Option<Instance>,
    /// Its serial ports.
    pub uarts: heapless::Vec<Instance, MAX_SERVERS>,
    /// Its PCI host bridge.
    pub pci: Option<Instance>,
    /// The task that decodes for it.
    pub emulator: Option<Instance>,
    /// Its power device.
    pub power: Option<Instance>,
    /// Its real-time clock.
    pub clock: Option<Instance>,
    /// All its device servers.
    pub servers: &'p [ServerPlan],
    /// What the loader is told.
    pub loader: LoaderInfo<'p>,
    /// Bytes of RAM.
    pub memory: u64,
    /// Its memory map.
    pub e820: &'p [E820],
    /// Its ports.
    pub port_handlers: heapless::Vec<PortHandler, MAX_ROUTES>,
    /// Its windows.
    pub mmio_handlers: heapless::Vec<MmioHandler, MAX_ROUTES>,
    /// What CPUID tells it.
    pub cpuid: heapless::Vec<CpuidEntry, MAX_CPUID_ENTRIES>,
    /// The plan that all of this comes from.
    pub plan: &'p VmPlan,

    /// Its number in this boot. A definition of which no VM is made has none.
    pub number: Option<VmNumber>,
    /// Where it is in its life.
    pub state: VmState,
    /// Why.
    pub reason: StateReason,
    /// How often it was started.
    pub starts: u32,
    /// How often it was reset.
    pub resets: u32,
    /// How often it was created: which life this is.
    pub generation: u32,
    /// When it is switched off, because it was asked to shut down; nanoseconds since the system booted, `u64::MAX` is
    /// never.
    pub asked: Option<u64>,
    /// Its clock shows what it is to show: it was told, or a battery kept it.
    pub clock_is_set: bool,
    /// When its watchdog looks at it next; nanoseconds since the system booted.
    pub look: Option<u64>,
    /// Device servers that stay dead: bit n is place n. The VM does not run before they are started anew. This
    /// outlives the VM, and goes with the servers to the next one of their pool.
    pub lost: LostServers,
    /// What the core was told last of the moves of this VM, or of others in its pool. This outlives the VM, too.
    pub mark: Mark,
}

/// Places in a VM's list of servers, as a mask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct LostServers(u16);

const _: () = assert!(MAX_SERVERS <= 16, "one bit for each server");

impl LostServers {
    /// Is the server at this place lost?
    #[must_use]
    pub fn contains(self, place: u8) -> bool {
        self.0 & Self::bit(place) != 0
    }

    /// The server at this place stays dead.
    pub fn insert(&mut self, place: u8) {
        self.0 |= Self::bit(place);
    }

    /// The server at this place lives again.
    pub fn remove(&mut self, place: u8) {
        self.0 &= !Self::bit(place);
    }

    /// These and others.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// The first lost place.
    #[must_use]
    pub fn first(self) -> Option<u8> {
        (0..16).find(|place| self.contains(*place))
    }

    fn bit(place: u8) -> u16 {
        1u16.checked_shl(u32::from(place)).unwrap_or(0)
    }
}

impl<'p> Record<'p> {
    /// The record of a VM that has not been created yet. Handlers beyond the published limits are left out; the
    /// manifest's checker admits no such system.
    #[must_use]
    pub fn new(
        plan: &'p VmPlan,
        definition: u8,
        cpuid: heapless::Vec<CpuidEntry, MAX_CPUID_ENTRIES>,
    ) -> Self {
        let mut record = Self {
            vm: plan.vm,
            definition,
            name: plan.name.as_str(),
            kind: plan.kind,
            severity: plan.severity,
            vcpus: &plan.vcpus,
            pic: None,
            ioapic: None,
            uarts: heapless::Vec::new(),
            pci: None,
            emulator: None,
            power: None,
            clock: None,
            servers: &plan.servers,
            loader: LoaderInfo {
                protocol: plan.protocol,
                kernel: plan.kernel,
                arguments: plan.command_line.as_str(),
                ramdisk: plan.ramdisk,
                acpi: plan.acpi,
                entry: None,
            },
            memory: plan.memory,
            e820: &plan.e820,
            port_handlers: heapless::Vec::new(),
            mmio_handlers: heapless::Vec::new(),
            cpuid,
            plan,
            number: None,
            state: VmState::PoweredOff,
            reason: StateReason::Boot,
            starts: 0,
            resets: 0,
            generation: 0,
            asked: None,
            clock_is_set: false,
            look: None,
            lost: LostServers::default(),
            mark: Mark::default(),
        };
        for (place, server) in (0..=u8::MAX).zip(record.servers) {
            record.add_server(place, server);
        }
        record
    }

    fn add_server(&mut self, place: u8, server: &ServerPlan) {
        let instance = Instance { place, task: server.task, slot: server.slot };
        match server.kind {
            ServerKind::Vpic => self.pic = Some(instance),
            ServerKind::Vioapic => self.ioapic = Some(instance),
            ServerKind::Vuart | ServerKind::Vuart2 => {
                let _ = self.uarts.push(instance);
            }
            ServerKind::Vpci => self.pci = Some(instance),
            ServerKind::InsnEmulator => self.emulator = Some(instance),
            ServerKind::Vpower => self.power = Some(instance),
            ServerKind::Vrtc => self.clock = Some(instance),
            ServerKind::Vtimer => {}
        }
        for ports in &server.ports {
            let _ = self.port_handlers.push(PortHandler { ports: *ports, server: instance });
        }
        for window in &server.windows {
            let _ = self.mmio_handlers.push(MmioHandler { window: *window, server: instance });
        }
    }

    /// Do its vCPUs or its images occupy anything?
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state == VmState::PoweredOff
    }

    /// Is it a definition, of which a VM can be made and destroyed?
    #[must_use]
    pub fn is_definition(&self) -> bool {
        self.kind == VmKind::PostLaunched
    }

    /// A VM of this number begins its first life.
    pub fn begin(&mut self, number: VmNumber) {
        self.forget();
        self.number = Some(number);
    }

    /// Nothing is left of the VM but its definition.
    pub fn forget(&mut self) {
        self.number = None;
        self.state = VmState::PoweredOff;
        self.reason = StateReason::Boot;
        self.starts = 0;
        self.resets = 0;
        self.generation = 0;
        self.asked = None;
        self.clock_is_set = false;
        self.look = None;
        self.loader.entry = None;
    }
}

#[cfg(test)]
mod tests;
