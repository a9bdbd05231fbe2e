//! A virtual local APIC (Intel SDM volume 3, chapter "Advanced Programmable Interrupt Controller (APIC)").
//!
//! Plain data and total functions. Time is the guest's time-stamp counter and is passed in; it jumps only
//! with [`follow_tsc_jump`](LocalApic::follow_tsc_jump).
//! The APIC touches nothing but itself: what has to happen elsewhere comes back as [`Effects`]. The owner
//! - calls [`tick`](LocalApic::tick) at or after [`deadline`](LocalApic::deadline), which any write may change;
//! - finds the addressees of a message with [`matches`](LocalApic::matches) and [`select_lowest_priority`], and gives
//!   them the vector with [`accept`](LocalApic::accept); NMI, INIT and start-up are the owner's own business;
//! - offers [`pending`](LocalApic::pending) to the CPU and calls [`acknowledge`](LocalApic::acknowledge) when it is
//!   taken.
//!
//! Not offered: EOI-broadcast suppression, LVT CMCI, a writable APIC identifier, SMI.
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod base;
mod destination;
mod error;
mod ipi;
mod lvt;
mod priority;
mod register;
mod timer;
mod vectors;
mod x2apic;
mod xapic;

#[cfg(test)]
mod tests;

pub use base::Mode;
pub use destination::{Destination, select_lowest_priority};
pub use ipi::{Ipi, Shorthand};
pub use lvt::{LocalPin, LvtEntry};
pub use x2apic::is_apic_msr;

use error::Errors;
use lvt::{Lvt, LvtIndex};
use timer::Timer;
use vectors::Vectors;

/// The access raises a general-protection exception, #GP(0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneralProtection;

/// What a write leads to outside of this APIC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effects {
    /// An interrupt for other APICs. Interrupts to the APIC itself by self shorthand are already accepted.
    pub ipi: Option<Ipi>,
    /// The end of a level-triggered interrupt of this vector is to be broadcast to the I/O APICs.
    pub eoi: Option<u8>,
}

impl Effects {
    /// Nothing.
    pub const NONE: Self = Self { ipi: None, eoi: None };
}

/// Version 0x14, highest LVT entry 5.
const VERSION: u32 = 0x0005_0014;
/// Software enable, in the spurious-interrupt vector register.
const SVR_ENABLE: u32 = 1 << 8;
/// Spurious-interrupt vector register after reset.
const SVR_RESET: u32 = 0xff;
/// Writable bits of the spurious-interrupt vector register: vector, enable, focus processor checking.
const SVR_WRITABLE: u32 = 0x3ff;
/// Vectors below cannot be delivered ("Valid Interrupt Vectors").
const FIRST_LEGAL_VECTOR: u8 = 16;

/// The local APIC of one vCPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalApic {
    id: u8,
    bsp: bool,
    mode: Mode,
    /// Physical address of the xAPIC page, as the guest has set it.
    page: u64,
    tpr: u8,
    isr: Vectors,
    irr: Vectors,
    tmr: Vectors,
    /// Interrupt command; the destination is in bits 56 to 63 in xAPIC mode and 32 to 63 in x2APIC mode.
    icr: u64,
    timer: Timer,
    lvt: Lvt,
    svr: u32,
    /// Logical destination as xAPIC mode has it.
    ldr: u32,
    dfr: u32,
    /// Errors since the last write to the ESR.
    errors: Errors,
    /// Errors that the last write to the ESR made readable.
    esr: Errors,
}

impl LocalApic {
    /// The APIC after power-on, in xAPIC mode.
    #[must_use]
    pub const fn new(id: u8, bsp: bool) -> Self {
        Self {
            id,
            bsp,
            mode: Mode::XApic,
            page: base::DEFAULT_PAGE,
            tpr: 0,
            isr: Vectors::EMPTY,
            irr: Vectors::EMPTY,
            tmr: Vectors::EMPTY,
            icr: 0,
            timer: Timer::new(),
            lvt: Lvt::new(),
            svr: SVR_RESET,
            ldr: 0,
            dfr: u32::MAX,
            errors: Errors::empty(),
            esr: Errors::empty(),
        }
    }

    /// Power-on reset.
    pub const fn reset(&mut self) {
        *self = Self::new(self.id, self.bsp);
    }

    /// INIT: as reset, but the mode and the base stay ("Local APIC State After It Receives an INIT-Reset").
    pub const fn init(&mut self) {
        let (mode, page) = (self.mode, self.page);
        self.reset();
        self.mode = mode;
        self.page = page;
    }

    /// Does what firmware does before it starts an operating system: virtual wire mode (MultiProcessor
    /// Specification, "Virtual Wire Mode"). The APIC is enabled, LINT0 is ExtINT on the bootstrap processor and
    /// masked on others, LINT1 is NMI.
    pub fn enter_virtual_wire_mode(&mut self) {
        self.svr |= SVR_ENABLE;
        self.lvt.set(LvtIndex::Lint0, LvtEntry::new().with_delivery_mode(7).with_masked(!self.bsp));
        self.lvt.set(LvtIndex::Lint1, LvtEntry::new().with_delivery_mode(4));
    }

    /// APIC identifier.
    #[must_use]
    pub const fn id(&self) -> u8 {
        self.id
    }

    /// Enabled by the spurious-interrupt vector register, and not disabled by IA32_APIC_BASE.
    #[must_use]
    pub fn software_enabled(&self) -> bool {
        self.svr & SVR_ENABLE != 0 && self.mode != Mode::Disabled
    }

    /// TSC at which [`tick`](Self::tick) has something to do. `None` also for a timer that runs masked: its count
    /// is worked out when it is read.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        if self.lvt.get(LvtIndex::Timer).masked() { None } else { self.timer.expires() }
    }

    /// Lets the timer see the time: what is due by `now` sets its bit in the IRR. A periodic timer that has missed
    /// several periods fires once and keeps its phase.
    pub fn tick(&mut self, now: u64) {
        if self.timer.settle(now) {
            let entry = self.lvt.get(LvtIndex::Timer);
            if !entry.masked() {
                self.accept(entry.vector(), false);
            }
        }
    }

    /// The guest moved its time-stamp counter by `delta`. The timer's count is not affected, a TSC deadline is.
    pub fn follow_tsc_jump(&mut self, delta: u64) {
        self.timer.follow_jump(delta);
    }

    fn write_svr(&mut self, value: u32, now: u64) {
        if value & SVR_ENABLE == 0 {
            self.tick(now);
            self.lvt.mask_all();
        }
        self.svr = value & SVR_WRITABLE;
    }
}
