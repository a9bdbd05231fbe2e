//! A VM as the core knows it: routes, CPUID table, lines. Its life is the VM manager's business.

use super::System;
use crate::vcpu::Phase as VcpuPhase;
use bulkhead_abi::limits::{MAX_CPUID_ENTRIES, MAX_ROUTES, MAX_TASKS};
use bulkhead_abi::syscall::Status;
use bulkhead_abi::vm::{CpuidEntry, VmEvents, VmStatus};
use bulkhead_model::sched::ActorId;
use bulkhead_model::vm_clock::VmClock;
use core::ops::Range;

/// A range of ports and who serves it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PortRoute {
    pub(crate) first: u16,
    pub(crate) last: u16,
    pub(crate) server: u16,
    /// How long the server may take, in time-stamp ticks.
    pub(crate) patience: u64,
}

/// Who serves something that has no range.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeRoute {
    pub(crate) server: u16,
    pub(crate) patience: u64,
}

/// A VM.
pub(crate) struct Vm {
    pub(crate) first_vcpu: u16,
    pub(crate) vcpu_count: u16,
    pub(crate) running: bool,
    /// Port routes in the order of their first port.
    pub(crate) ports: [PortRoute; MAX_ROUTES],
    pub(crate) port_count: usize,
    /// MMIO and string I/O.
    pub(crate) undecoded: Option<WholeRoute>,
    /// The 8259A.
    pub(crate) acknowledge: Option<WholeRoute>,
    pub(crate) cpuid: [CpuidEntry; MAX_CPUID_ENTRIES],
    pub(crate) cpuid_count: usize,
    /// Levels of its lines.
    pub(crate) lines: u64,
    /// Interrupt controllers; `u16::MAX` is nobody.
    pub(crate) line_listeners: [u16; 2],
    pub(crate) eoi_listener: u16,
    /// Who is told about events, by which bit.
    pub(crate) manager: u16,
    pub(crate) manager_bit: u16,
    pub(crate) events: VmEvents,
    pub(crate) detail: u64,
    pub(crate) event_vcpu: u16,
    pub(crate) event_rip: u64,
    pub(crate) exits: u64,
    /// A word of its manager's, for the manager's next life.
    pub(crate) mark: u64,
    /// Its time: that of its vCPUs and of its device servers.
    pub(crate) clock: VmClock,
    /// The task in `vm_stop` for this VM.
    pub(crate) stopper: Option<u16>,
    /// Physical address of the nested tables' root.
    pub(crate) nested_root: u64,
}

impl Vm {
    pub(crate) const fn new() -> Self {
        Self {
            first_vcpu: 0,
            vcpu_count: 0,
            running: false,
            ports: [PortRoute { first: 0, last: 0, server: 0, patience: 0 }; MAX_ROUTES],
            port_count: 0,
            undecoded: None,
            acknowledge: None,
            cpuid: [CpuidEntry { leaf: 0, subleaf: 0, eax: 0, ebx: 0, ecx: 0, edx: 0 }; MAX_CPUID_ENTRIES],
            cpuid_count: 0,
            lines: 0,
            line_listeners: [u16::MAX; 2],
            eoi_listener: u16::MAX,
            manager: u16::MAX,
            manager_bit: 0,
            events: VmEvents::empty(),
            detail: 0,
            event_vcpu: 0,
            event_rip: 0,
            exits: 0,
            mark: 0,
            clock: VmClock::ZERO,
            stopper: None,
            nested_root: 0,
        }
    }

    /// Who serves a port.
    pub(crate) fn port(&self, port: u16) -> Option<PortRoute> {
        let routes = self.ports.get(..self.port_count)?;
        let index = routes.partition_point(|route| route.last < port);
        routes.get(index).copied().filter(|route| route.first <= port)
    }

    /// Adds a port route; refuses an overlap.
    pub(crate) fn add_port(&mut self, new: PortRoute) -> Result<(), Status> {
        if new.first > new.last {
            return Err(Status::BadArgument);
        }
        if self.port_count >= MAX_ROUTES {
            return Err(Status::Exhausted);
        }
        let routes = &mut self.ports[..=self.port_count];
        let at = routes[..self.port_count].partition_point(|route| route.first < new.first);
        let overlaps = at > 0 && routes[at - 1].last >= new.first
            || at < self.port_count && routes[at].first <= new.last;
        if overlaps {
            return Err(Status::WrongState);
        }
        routes[at..].rotate_right(1);
        routes[at] = new;
        self.port_count += 1;
        Ok(())
    }
}

impl System {
    /// Numbers of a VM's vCPUs.
    pub(crate) fn vcpus_of(&self, vm: u16) -> Range<u16> {
        self.vms.get(usize::from(vm)).map_or(0..0, |vm| vm.first_vcpu..vm.first_vcpu + vm.vcpu_count)
    }

    /// `vm_reset`: everything of the VM as after power-on, its time too unless it keeps that. It must not run.
    pub(crate) fn reset_vm(&mut self, vm: u16, keeps_time: bool, mark: u64) -> Result<(), Status> {
        if self.vms.get(usize::from(vm)).is_none_or(|vm| vm.running) || !self.all_out(vm) {
            return Err(Status::WrongState);
        }
        for vcpu in self.vcpus_of(vm) {
            let actor = ActorId::vcpu(vcpu);
            self.abandon(actor);
            self.scheduler.remove(actor);
            if let Some(target) = self.vcpus.get_mut(usize::from(vcpu)) {
                target.reset();
                target.heard = self.scheduler.ran(actor, crate::arch::cpu::tsc());
            }
        }
        if let Some(target) = self.vms.get_mut(usize::from(vm)) {
            target.port_count = 0;
            target.undecoded = None;
            target.acknowledge = None;
            target.cpuid_count = 0;
            target.lines = 0;
            target.events = VmEvents::empty();
            target.detail = 0;
            target.exits = 0;
            target.mark = mark;
            if !keeps_time {
                target.clock = VmClock::ZERO;
            }
        }
        Ok(())
    }

    /// `vm_run`.
    pub(crate) fn run_vm(&mut self, vm: u16) -> Result<(), Status> {
        let Some(target) = self.vms.get_mut(usize::from(vm)) else { return Err(Status::BadArgument) };
        if target.running || target.stopper.is_some() {
            return Err(Status::WrongState);
        }
        target.running = true;
        let first = target.clock == VmClock::ZERO;
        target.clock.run(crate::arch::cpu::tsc());
        let offset = target.clock.offset();
        if first {
            let micros =
                crate::arch::cpu::tsc().saturating_sub(self.tsc_boot) / (self.tsc_hz / 1_000_000).max(1);
            let name = self.vm_name(vm);
            self.say(format_args!("VM {name} runs for the first time, {micros} us after the core took over"));
        }
        self.saw_vm_start(vm);
        for vcpu in self.vcpus_of(vm) {
            if let Some(target) = self.vcpus.get_mut(usize::from(vcpu)) {
                target.tsc_offset = offset.wrapping_add(target.tsc_adjust);
            }
            self.kick(vcpu);
            self.wake_vcpu(vcpu);
        }
        self.arm_servers(vm);
        Ok(())
    }

    /// `vm_stop`: true if no vCPU is in the guest; otherwise the last one out wakes `stopper`.
    pub(crate) fn stop_vm(&mut self, vm: u16, stopper: u16) -> bool {
        let Some(target) = self.vms.get_mut(usize::from(vm)) else { return true };
        target.running = false;
        for vcpu in self.vcpus_of(vm) {
            self.scheduler.remove(ActorId::vcpu(vcpu));
            self.poke(vcpu);
            self.save_stopped(vcpu);
        }
        let out = self.all_out(vm);
        if out {
            self.stop_clock(vm);
        } else if let Some(target) = self.vms.get_mut(usize::from(vm)) {
            target.stopper = Some(stopper);
        }
        out
    }

    /// A vCPU has left the guest: whoever waits for the VM to stop may be served.
    pub(crate) fn left_guest(&mut self, vm: u16) {
        let stopper = self.vms.get(usize::from(vm)).and_then(|vm| vm.stopper);
        if let Some(task) = stopper
            && self.all_out(vm)
        {
            if let Some(target) = self.vms.get_mut(usize::from(vm)) {
                target.stopper = None;
            }
            self.stop_clock(vm);
            self.finish_call(task, Status::Ok, 0);
        }
    }

    /// The VM's time stands still: not before its last vCPU is out, or a counter would be seen to go back.
    fn stop_clock(&mut self, vm: u16) {
        if let Some(target) = self.vms.get_mut(usize::from(vm)) {
            target.clock.stop(crate::arch::cpu::tsc());
        }
    }

    /// The VM's time passes again: what its servers wait for comes.
    fn arm_servers(&mut self, vm: u16) {
        for task in (0u16..).take(MAX_TASKS) {
            if self.serves(task) == Some(vm) {
                self.arm(self.scheduler.cpu(ActorId::task(task)), self.receive_due(task));
            }
        }
    }

    /// The VM of a device server, whose time it lives in.
    fn serves(&self, task: u16) -> Option<u16> {
        self.tasks.get(usize::from(task)).map(|task| task.vm).filter(|vm| *vm != bulkhead_abi::image::NONE)
    }

    /// The time that a task is told: its VM's, counted from the moment at which the system booted; the host's otherwise.
    pub(crate) fn time_of(&self, task: u16, host: u64) -> u64 {
        let vm = self.serves(task).and_then(|vm| self.vms.get(usize::from(vm)));
        vm.map_or(host, |vm| self.tsc_boot.saturating_add(vm.clock.now(host)))
    }

    /// Host time at which a task that waits for events is told that its deadline has passed; `u64::MAX` is never.
    pub(crate) fn receive_due(&self, task: u16) -> u64 {
        let deadline = self.tasks.get(usize::from(task)).map_or(0, |task| task.deadline);
        let vm = self.serves(task).and_then(|vm| self.vms.get(usize::from(vm)));
        match (deadline, vm) {
            (0, _) => u64::MAX,
            (_, Some(vm)) => vm.clock.due(deadline.saturating_sub(self.tsc_boot)),
            (_, None) => deadline,
        }
    }

    /// What a vCPU's time-stamp counter shows now, also while its VM stands still.
    pub(crate) fn vcpu_time(&self, id: u16) -> u64 {
        let Some(vcpu) = self.vcpus.get(usize::from(id)) else { return 0 };
        let vm = self.vms.get(usize::from(vcpu.vm));
        vm.map_or(0, |vm| vm.clock.now(crate::arch::cpu::tsc())).wrapping_add(vcpu.tsc_adjust)
    }

    /// No vCPU is in the guest, and the registers of all can be read.
    pub(crate) fn all_out(&self, vm: u16) -> bool {
        self.vcpus_of(vm).all(|vcpu| {
            self.saves & 1 << vcpu == 0 && self.vcpus.get(usize::from(vcpu)).is_none_or(|vcpu| !vcpu.in_guest)
        })
    }

    /// Something happened to a VM that its manager must hear.
    pub(crate) fn vm_event(&mut self, vcpu: u16, event: VmEvents, detail: u64, rip: u64) {
        let Some(source) = self.vcpus.get_mut(usize::from(vcpu)) else { return };
        source.phase = VcpuPhase::Stopped;
        let (vm, local) = (source.vm, source.local);
        let Some(target) = self.vms.get_mut(usize::from(vm)) else { return };
        target.events |= event;
        target.detail = detail;
        target.event_vcpu = local;
        target.event_rip = rip;
        let (manager, bit) = (target.manager, target.manager_bit);
        self.notify(manager, 1 << bit);
    }

    /// `vm_status`.
    pub(crate) fn vm_status(&self, vm: u16) -> Option<VmStatus> {
        let count = |is: &dyn Fn(ActorId) -> bool| {
            self.vcpus_of(vm).filter(|vcpu| is(ActorId::vcpu(*vcpu))).fold(0, |count, _| count + 1)
        };
        let queued = count(&|vcpu| self.scheduler.queued(vcpu));
        let waiting =
            count(&|vcpu| self.clients.get(vcpu.index()).is_some_and(|client| client.calling.is_some()));
        let now = crate::arch::cpu::tsc();
        let deaf = self.vcpus_of(vm).filter_map(|vcpu| {
            let heard = self.vcpus.get(usize::from(vcpu))?.heard;
            Some(self.scheduler.ran(ActorId::vcpu(vcpu), now).saturating_sub(heard))
        });
        let deaf = deaf.max().unwrap_or(0);
        let target = self.vms.get(usize::from(vm))?;
        #[expect(clippy::cast_possible_truncation, reason = "the tables are small")]
        let (routes, cpuid) = (target.port_count as u32, target.cpuid_count as u32);
        Some(VmStatus {
            lines: target.lines,
            routes,
            cpuid,
            queued,
            waiting,
            events: target.events.bits(),
            running: u32::from(target.running),
            detail: target.detail,
            vcpu: u32::from(target.event_vcpu),
            vcpus: u32::from(target.vcpu_count),
            exits: target.exits,
            rip: target.event_rip,
            deaf,
            mark: target.mark,
        })
    }
}
