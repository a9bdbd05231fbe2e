//! The image's tables, filled from a system.

use super::modules::Modules;
use super::schemas;
use crate::program::{Program, Role as Side};
use crate::system::{Capability, Mount, Role, System, Task};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VmId};
use bulkhead_abi::image::{
    IrqRecord, MountKind, MountRecord, NONE, PortRange, SegmentRecord, SlotKind, SlotRecord, Span,
    TaskRecord, VcpuRecord, VmRecord, padded_name,
};
use bulkhead_abi::layout::PAGE;
use std::collections::BTreeMap;

/// All tables. Offsets of segments and configurations are filled in when their places are known.
#[derive(Default)]
pub(super) struct Records {
    pub(super) tasks: Vec<TaskRecord>,
    pub(super) segments: Vec<SegmentRecord>,
    pub(super) slots: Vec<SlotRecord>,
    pub(super) ports: Vec<PortRange>,
    pub(super) vms: Vec<VmRecord>,
    pub(super) vcpus: Vec<VcpuRecord>,
    pub(super) mounts: Vec<MountRecord>,
    pub(super) irqs: Vec<IrqRecord>,
}

/// The run of records that a loop just appended.
fn span(first: usize, end: usize) -> Span {
    Span { first: index(first), count: index(end - first) }
}

/// An index of a table. The limits that the checker keeps are far below the type's.
fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn id(value: usize) -> u16 {
    u16::try_from(value).unwrap_or(NONE)
}

impl Records {
    /// Fills the tables.
    pub(super) fn new(
        system: &System,
        programs: &BTreeMap<String, Program>,
        configs: &[Vec<u8>],
        modules: &Modules,
    ) -> Self {
        let mut records = Self::default();
        let mut segments_of: BTreeMap<&str, Span> = BTreeMap::new();
        for (number, task) in system.tasks.iter().enumerate() {
            let program = &programs[&task.binary];
            // Tasks of the same program share its segment records: the core gives each its own writable pages.
            let segments = *segments_of.entry(&task.binary).or_insert_with(|| records.add_segments(program));
            let slots = records.add_slots(system, number, programs);
            let record = records.task(number, task, program, segments, slots, configs);
            records.tasks.push(record);
        }
        for (number, vm) in system.vms.iter().enumerate() {
            records.add_vm(system, number, vm, modules.rom(system, number));
        }
        records
    }

    fn add_segments(&mut self, program: &Program) -> Span {
        let first = self.segments.len();
        self.segments.extend(program.segments.iter().map(|segment| SegmentRecord {
            address: segment.address,
            memory_length: segment.memory_length,
            file_offset: 0,
            file_length: index(segment.bytes.len()),
            flags: segment.flags,
            reserved: 0,
        }));
        span(first, self.segments.len())
    }

    fn add_slots(&mut self, system: &System, task: usize, programs: &BTreeMap<String, Program>) -> Span {
        let first = self.slots.len();
        for (number, capability) in system.tasks[task].slots.iter().enumerate() {
            let mut record = SlotRecord {
                kind: 0,
                target: 0,
                argument: 0,
                badge: 0,
                reserved: 0,
                deadline_us: 0,
                caller_schema: 0,
                server_schema: 0,
            };
            let kind = match capability {
                Capability::Call(call) => {
                    record.target = id(call.target);
                    record.argument = call.interface.into();
                    record.badge = call.badge;
                    record.deadline_us = call.deadline_us;
                    record.caller_schema = schemas::hash(system, programs, task, call, Side::Calls);
                    record.server_schema = schemas::hash(system, programs, call.target, call, Side::Serves);
                    SlotKind::Call
                }
                Capability::Notify { target, bit } => {
                    record.target = id(*target);
                    record.argument = *bit;
                    SlotKind::Notify
                }
                Capability::Irq { isa, bit } => {
                    record.target = id(self.irqs.len());
                    self.irqs.push(IrqRecord {
                        isa: *isa,
                        task: TaskId(id(task)),
                        bit: *bit,
                        slot: Slot(id(number)),
                    });
                    SlotKind::Irq
                }
                Capability::Vm { vm, rights } => {
                    record.target = id(*vm);
                    record.argument = *rights;
                    SlotKind::Vm
                }
                Capability::Supervise { bit } => {
                    record.argument = *bit;
                    SlotKind::Supervise
                }
                Capability::Log { bit } => {
                    record.argument = *bit;
                    SlotKind::Log
                }
                Capability::Platform => SlotKind::Platform,
                Capability::Inspect => SlotKind::Inspect,
            };
            record.kind = kind as u16;
            self.slots.push(record);
        }
        span(first, self.slots.len())
    }

    fn task(
        &mut self,
        number: usize,
        task: &Task,
        program: &Program,
        segments: Span,
        slots: Span,
        configs: &[Vec<u8>],
    ) -> TaskRecord {
        let first_port = self.ports.len();
        self.ports
            .extend(task.ports.iter().map(|range| PortRange { first: range.value.0, last: range.value.1 }));
        let first_mount = self.mounts.len();
        self.mounts.extend(task.mounts.iter().map(|mount| match mount {
            Mount::GuestMemory { vm, writable } => MountRecord {
                kind: MountKind::GuestMemory as u16,
                target: id(*vm),
                writable: u32::from(*writable),
            },
            Mount::Modules => MountRecord { kind: MountKind::Modules as u16, target: 0, writable: 0 },
        }));
        TaskRecord {
            name: padded_name(&task.name),
            entry: program.entry,
            segments,
            slots,
            ports: span(first_port, self.ports.len()),
            mounts: span(first_mount, self.mounts.len()),
            config_offset: 0,
            config_length: configs.get(number).map_or(0, |config| index(config.len())),
            stack_pages: u32::try_from(task.stack.value / PAGE).unwrap_or(u32::MAX),
            budget_us: task.budget_us.value,
            period_us: task.period_us.value,
            vm: VmId(task.vm.map_or(NONE, id)),
            cpu: CpuId(task.cpu.value),
            lines: task.lines,
            priority: task.priority.value,
            flags: task.flags,
            reserved: [0; 2],
            signal_deadline_us: task.signal_deadline_us,
        }
    }

    fn add_vm(&mut self, system: &System, number: usize, vm: &crate::system::GuestVm, rom: u64) {
        let first = self.vcpus.len();
        self.vcpus.extend(vm.vcpus.iter().map(|cpu| VcpuRecord {
            vm: VmId(id(number)),
            cpu: CpuId(cpu.value),
            priority: vm.priority.value,
            reserved: [0; 3],
            budget_us: vm.budget_us.value,
            period_us: vm.period_us.value,
        }));
        self.vms.push(VmRecord {
            name: padded_name(&vm.name.value),
            memory: vm.memory.value,
            vcpus: span(first, self.vcpus.len()),
            manager: TaskId(system.task_with(&Role::VmManager).map_or(NONE, id)),
            manager_bit: crate::expand::event_bit(number).into(),
            rom_pages: u16::try_from(rom / PAGE).unwrap_or(u16::MAX),
            reserved: 0,
        });
    }
}
