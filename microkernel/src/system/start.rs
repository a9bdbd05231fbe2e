//! Builds all objects at boot, from the system image.

use super::{Irq, Phase, System};
use crate::arch::acpi::Platform;
use crate::image::Image;
use crate::memory::{Arena, CoreSpace, build_task, direct};
use crate::virt::{Context, HwPage, SharedPages, VcpuHardware};
use bulkhead_abi::fault::FaultRecord;
use bulkhead_abi::image::{NONE, SlotKind, TASK_HEARS_EOI, TASK_HEARS_LINES};
use bulkhead_abi::layout::GuestPiece;
use bulkhead_abi::limits::{MAX_CPUS, MAX_VMS};
use bulkhead_model::paging::{Format, MapError, Range, Rights, map};
use bulkhead_model::sched::{ActorId, Budget};

/// How long equals run before the next one has its turn, in microseconds.
const SLICE_US: u32 = 5_000;

/// Where the memory of each VM is: first physical address.
type Guests = [u64; MAX_VMS];

impl System {
    /// Builds everything. The arena is large enough for it, or this fails with the reason.
    pub(crate) fn build(
        &mut self,
        image: Image,
        arena: &mut Arena,
        core: &CoreSpace,
        guests: &Guests,
        platform: &Platform,
    ) -> Result<(), MapError> {
        self.image = Some(image);
        self.scheduler.set_slice(self.ticks(SLICE_US));
        self.io_apic = platform.io_apic;
        self.supervisor = image.header().supervisor.0;
        let io = hw_pages(arena, 3)?;
        let msr = hw_pages(arena, 2)?;
        self.shared = Some(SharedPages { io, msr });
        self.build_vms(&image, arena, guests)?;
        self.build_vcpus(&image, arena)?;
        self.build_tasks(&image, arena, core, guests)?;
        self.build_irqs(&image, platform);
        Ok(())
    }

    fn build_vms(&mut self, image: &Image, arena: &mut Arena, guests: &Guests) -> Result<(), MapError> {
        let ept = self.backend.is_some_and(|backend| backend.name() == "VMX");
        let format = if ept { Format::Ept } else { Format::Long };
        for ((vm, record), start) in self.vms.iter_mut().zip(image.vms()).zip(guests) {
            vm.first_vcpu = (record.vcpus.first & 0xffff) as u16;
            vm.vcpu_count = (record.vcpus.count & 0xffff) as u16;
            vm.manager = record.manager.0;
            vm.manager_bit = record.manager_bit & 63;
            vm.nested_root = arena.pages(1).ok_or(MapError::OutOfTables)?;
            for GuestPiece { address, offset, length, is_rom } in record.pieces() {
                let range = Range { virt: address, phys: start + offset, length };
                map(arena, format, vm.nested_root, range, Rights { write: !is_rom, ..Rights::GUEST })?;
            }
        }
        Ok(())
    }

    fn build_vcpus(&mut self, image: &Image, arena: &mut Arena) -> Result<(), MapError> {
        // Tags of translations are a scarce resource of each CPU: count them there.
        let mut tags = [0u16; MAX_CPUS];
        let tsc_hz = self.tsc_hz;
        for (number, (vcpu, record)) in (0u16..).zip(self.vcpus.iter_mut().zip(image.vcpus())) {
            let tag = tags.get_mut(record.cpu.index()).map_or(1, |tag| {
                *tag += 1;
                *tag
            });
            let control = hw_pages(arena, 1)?;
            let context = hw_pages(arena, 1)?;
            let hardware = direct::<VcpuHardware>(arena.pages(1).ok_or(MapError::OutOfTables)?);
            let context = context.virt.cast::<Context>();
            // SAFETY: a fresh page of the arena, large enough and aligned.
            unsafe { (*context).fx = crate::arch::context::clean_fx() };
            let new = VcpuHardware {
                control,
                context,
                nested_root: 0,
                tag,
                tsc_offset: 0,
                exit_length: 0,
                private: [0; 8],
            };
            // SAFETY: as above.
            unsafe { hardware.write(new) };
            vcpu.hardware = hardware;
            vcpu.vm = record.vm.0;
            let first = self.vms.get(record.vm.index()).map_or(0, |vm| vm.first_vcpu);
            vcpu.local = number.saturating_sub(first);
            vcpu.reset();
            let budget = budget(tsc_hz, record.budget_us, record.period_us);
            self.scheduler.place(ActorId::vcpu(number), (record.cpu.0 & 0xff) as u8, record.priority, budget);
        }
        Ok(())
    }

    fn build_tasks(
        &mut self,
        image: &Image,
        arena: &mut Arena,
        core: &CoreSpace,
        guests: &Guests,
    ) -> Result<(), MapError> {
        let tsc_hz = self.tsc_hz;
        for (number, record) in (0u16..).zip(image.tasks()) {
            let signal_patience = self.ticks(record.signal_deadline_us);
            let memory = build_task(arena, core, image, record, guests)?;
            let remains = arena.pages(1).ok_or(MapError::OutOfTables)?;
            let budget = budget(tsc_hz, record.budget_us, record.period_us);
            self.scheduler.place(ActorId::task(number), (record.cpu.0 & 0xff) as u8, record.priority, budget);
            if let Some(vm) = self.vms.get_mut(record.vm.index()) {
                if record.flags & TASK_HEARS_LINES != 0
                    && let Some(free) = vm.line_listeners.iter_mut().find(|listener| **listener == NONE)
                {
                    *free = number;
                }
                if record.flags & TASK_HEARS_EOI != 0 {
                    vm.eoi_listener = number;
                }
            }
            let log = image.slots(record).iter().find(|slot| slot.kind == SlotKind::Log as u16);
            if let Some(slot) = log {
                self.log_reader = Some((number, slot.argument & 63));
            }
            if let Some(task) = self.tasks.get_mut(usize::from(number)) {
                task.memory = memory;
                task.vm = record.vm.0;
                task.lines = record.lines;
                task.signal_patience = signal_patience;
                task.slots = image.slots(record);
                task.has_ports = record.ports.count > 0;
                task.record = direct::<FaultRecord>(remains);
                task.phase = Phase::Faulted;
            }
        }
        Ok(())
    }

    fn build_irqs(&mut self, image: &Image, platform: &Platform) {
        self.io_apic.mask_all();
        for (slot, record) in self.irqs.iter_mut().zip(image.irqs()) {
            let Some(wire) = platform.isa.get(usize::from(record.isa)).copied() else { continue };
            let home = image.tasks().get(record.task.index()).map_or(0, |task| usize::from(task.cpu.0));
            let destination = platform.cpus.get(home).copied().unwrap_or(0);
            let vector = self.io_apic.route(wire, destination);
            *slot = Irq { wire, vector, task: record.task.0, bit: record.bit & 63 };
        }
    }

    /// Starts every task's first life.
    pub(crate) fn start_tasks(&mut self) {
        let count = self.image.as_ref().map_or(0, |image| image.tasks().len());
        for task in (0u16..).take(count) {
            self.begin_life(task);
        }
        self.log.direct = self.log_reader.is_none();
        self.start_injection();
    }
}

/// A record's budget in time-stamp ticks.
const fn budget(tsc_hz: u64, budget_us: u32, period_us: u32) -> Budget {
    let per_us = tsc_hz / 1_000_000;
    Budget { capacity: per_us * budget_us as u64, period: per_us * period_us as u64 }
}

/// Contiguous pages of the arena for the CPU.
pub(crate) fn hw_pages(arena: &mut Arena, count: u64) -> Result<HwPage, MapError> {
    let phys = arena.pages(count).ok_or(MapError::OutOfTables)?;
    Ok(HwPage { virt: direct::<u8>(phys), phys })
}
