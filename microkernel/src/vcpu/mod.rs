//! Virtual CPUs: what they are doing, and how they are run.

mod cpuid;
mod exits;
mod interrupts;
mod msr;
mod run;
mod state;

pub(crate) use run::run;

use crate::virt::VcpuHardware;
use bulkhead_abi::exit::VcpuExit;
use bulkhead_abi::id::VcpuId;
use bulkhead_abi::vcpu::{StateGroups, VcpuState};
use bulkhead_model::lapic::LocalApic;

/// What a vCPU is doing, apart from whether its VM runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Executes.
    Running,
    /// Executed HLT with interrupts on.
    Halted,
    /// Executed HLT with interrupts off: only an NMI or INIT ends that.
    HaltedDeaf,
    /// Waits for a start-up IPI.
    WaitForSipi,
    /// Waits for the server of an exit.
    Exited,
    /// Cannot go on until the VM is reset.
    Stopped,
}

/// Changes of a vCPU that a server asked for while it handles the vCPU's exit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Staged {
    pub(crate) state: VcpuState,
    pub(crate) groups: StateGroups,
    /// A write to the local APIC's page: offset and value.
    pub(crate) apic: Option<(u16, u32)>,
}

impl Staged {
    pub(crate) const NONE: Self =
        Self { state: VcpuState::power_on(), groups: StateGroups::empty(), apic: None };

    /// Nothing of it happens.
    pub(crate) fn discard(&mut self) {
        self.groups = StateGroups::empty();
        self.apic = None;
    }
}

/// A vCPU.
pub(crate) struct Vcpu {
    pub(crate) vm: u16,
    /// Its number within the VM.
    pub(crate) local: u16,
    pub(crate) phase: Phase,
    /// It is in the guest on its CPU right now.
    pub(crate) in_guest: bool,
    /// The control structure was built since the last reset.
    pub(crate) attached: bool,
    pub(crate) apic: LocalApic,
    /// An NMI waits.
    pub(crate) nmi: bool,
    /// An interrupt message in ExtINT mode waits.
    pub(crate) external: bool,
    /// An exception to give to the guest at the next entry: vector and error code.
    pub(crate) exception: Option<(u8, Option<u32>)>,
    /// The vector that the 8259A gave, to be injected at the next entry.
    pub(crate) external_vector: Option<u8>,
    /// The instruction of the last exit is to be stepped over before the next entry.
    pub(crate) step: bool,
    /// The exit that a server works on.
    pub(crate) exit: VcpuExit,
    pub(crate) exits: u64,
    /// Registers as far as they are not in the hardware: groups of `dirty` must be loaded before the next entry.
    pub(crate) state: VcpuState,
    pub(crate) dirty: StateGroups,
    /// What the server of the exit under way wants changed: it happens with the server's reply, or not at all.
    pub(crate) staged: Staged,
    /// `state` is what the hardware holds.
    pub(crate) saved: bool,
    /// The timer of its local APIC makes the core act no earlier than this, however short the guest's period is.
    pub(crate) timer_floor: u64,
    /// For how long it had run since boot when it last took an interrupt, in time-stamp ticks.
    pub(crate) heard: u64,
    /// Added to the time-stamp counter in the guest.
    pub(crate) tsc_offset: u64,
    /// IA32_TSC_ADJUST: the part of it that the guest asked for.
    pub(crate) tsc_adjust: u64,
    /// Lies in the arena; used by the vCPU's CPU only.
    pub(crate) hardware: *mut VcpuHardware,
}

impl Vcpu {
    pub(crate) const fn new() -> Self {
        Self {
            vm: 0,
            local: 0,
            phase: Phase::Stopped,
            in_guest: false,
            attached: false,
            apic: LocalApic::new(0, false),
            nmi: false,
            external: false,
            exception: None,
            external_vector: None,
            step: false,
            exit: VcpuExit {
                kind: 0,
                size: 0,
                vcpu: VcpuId(0),
                local: 0,
                write: 0,
                address: 0,
                value: 0,
                sequence: 0,
            },
            exits: 0,
            state: VcpuState::power_on(),
            dirty: StateGroups::empty(),
            staged: Staged::NONE,
            saved: true,
            timer_floor: 0,
            heard: 0,
            tsc_offset: 0,
            tsc_adjust: 0,
            hardware: core::ptr::null_mut(),
        }
    }

    /// Power-on reset.
    pub(crate) fn reset(&mut self) {
        self.apic = LocalApic::new(u8::try_from(self.local).unwrap_or(u8::MAX), self.local == 0);
        if self.local == 0 {
            // There is no firmware to connect the 8259A: guests that use it find it connected.
            self.apic.enter_virtual_wire_mode();
        }
        self.phase = if self.local == 0 { Phase::Running } else { Phase::WaitForSipi };
        self.attached = false;
        self.tsc_adjust = 0;
        self.nmi = false;
        self.external = false;
        self.exception = None;
        self.external_vector = None;
        self.step = false;
        self.exits = 0;
        self.staged.discard();
        self.state = VcpuState::power_on();
        self.dirty = StateGroups::all();
        self.saved = true;
    }

    /// INIT: as a reset, but the local APIC keeps its mode, and the vCPU waits for a start-up.
    pub(crate) fn init(&mut self) {
        self.apic.init();
        self.phase = Phase::WaitForSipi;
        self.exception = None;
        self.external = false;
        self.external_vector = None;
        self.staged.discard();
        self.step = false;
        self.nmi = false;
        self.state = VcpuState::power_on();
        self.dirty = StateGroups::all();
        self.saved = true;
    }

    /// Start-up IPI: real mode at this page.
    pub(crate) fn start_up(&mut self, page: u8) {
        if self.phase != Phase::WaitForSipi {
            return;
        }
        self.phase = Phase::Running;
        self.state.cs.selector = u16::from(page) << 8;
        self.state.cs.base = u64::from(page) << 12;
        self.state.rip = 0;
        self.dirty = StateGroups::all();
    }

    /// Host time at which its local APIC's timer is due.
    pub(crate) fn timer_due(&self) -> u64 {
        let due = self.apic.deadline().map_or(u64::MAX, |deadline| deadline.wrapping_sub(self.tsc_offset));
        due.max(self.timer_floor)
    }

    /// The guest's time-stamp counter.
    pub(crate) const fn guest_time(&self, now: u64) -> u64 {
        now.wrapping_add(self.tsc_offset)
    }

    /// Moves the guest's time-stamp counter.
    pub(crate) fn adjust_tsc(&mut self, delta: u64) {
        self.tsc_adjust = self.tsc_adjust.wrapping_add(delta);
        self.tsc_offset = self.tsc_offset.wrapping_add(delta);
        self.apic.follow_tsc_jump(delta);
    }

    /// Something waits that ends a HLT.
    pub(crate) fn has_interrupt(&self, intr: bool) -> bool {
        self.nmi
            || self.external
            || self.external_vector.is_some()
            || self.apic.pending().is_some()
            || intr && self.apic.extint_enabled()
    }
}
