//! Which interrupt comes next: acceptance, task and processor priority, acknowledgement and end of interrupts.

use super::error::Errors;
use super::{FIRST_LEGAL_VECTOR, LocalApic, Mode};

/// Priority class of a vector or priority ("Interrupt, Task, and Processor Priority").
const fn class(value: u8) -> u8 {
    value & 0xf0
}

impl LocalApic {
    /// A vector arrives. True if it was not yet requested and now is; false also if the APIC is disabled or the
    /// vector is illegal, which the ESR then tells.
    pub fn accept(&mut self, vector: u8, level_triggered: bool) -> bool {
        if !self.software_enabled() {
            return false;
        }
        if vector < FIRST_LEGAL_VECTOR {
            self.record(Errors::RECEIVED_ILLEGAL_VECTOR);
            return false;
        }
        if level_triggered {
            self.tmr.insert(vector);
        } else {
            self.tmr.remove(vector);
        }
        self.irr.insert(vector)
    }

    /// The vector that the CPU should take next: the highest requested one whose class is above the processor
    /// priority's. What was requested before the APIC was disabled by software is still delivered.
    #[must_use]
    pub fn pending(&self) -> Option<u8> {
        let vector = self.irr.highest()?;
        (class(vector) > class(self.ppr()) && self.mode != Mode::Disabled).then_some(vector)
    }

    /// Something is requested that only the task priority may hold back.
    #[must_use]
    pub fn waits_for_task_priority(&self) -> bool {
        self.irr.highest().is_some_and(|vector| class(vector) > self.isr.highest().map_or(0, class))
    }

    /// The CPU takes the vector: it is in service from now on. Nothing happens if it was not requested.
    pub fn acknowledge(&mut self, vector: u8) {
        if self.irr.contains(vector) {
            self.irr.remove(vector);
            self.isr.insert(vector);
        }
    }

    /// Ends the highest interrupt in service; its vector if it was level-triggered.
    pub fn end_of_interrupt(&mut self) -> Option<u8> {
        let vector = self.isr.highest()?;
        self.isr.remove(vector);
        self.tmr.contains(vector).then_some(vector)
    }

    /// Task priority.
    #[must_use]
    pub const fn tpr(&self) -> u8 {
        self.tpr
    }

    /// Sets the task priority.
    pub const fn set_tpr(&mut self, value: u8) {
        self.tpr = value;
    }

    /// CR8: the class of the task priority ("Interaction of Task Priorities between CR8 and APIC").
    #[must_use]
    pub const fn cr8(&self) -> u64 {
        (self.tpr >> 4) as u64
    }

    /// Sets the task priority by CR8; the CPU has already refused values above 15.
    pub const fn tpr_from_cr8(&mut self, cr8: u64) {
        self.tpr = ((cr8 & 0xf) as u8).wrapping_shl(4);
    }

    /// Processor priority.
    #[must_use]
    pub fn ppr(&self) -> u8 {
        let in_service = class(self.isr.highest().unwrap_or(0));
        if class(self.tpr) >= in_service { self.tpr } else { in_service }
    }

    /// Arbitration priority.
    pub(super) fn apr(&self) -> u8 {
        let in_service = class(self.isr.highest().unwrap_or(0));
        let requested = class(self.irr.highest().unwrap_or(0));
        let task = class(self.tpr);
        if task >= requested && task > in_service { self.tpr } else { task.max(in_service).max(requested) }
    }
}
