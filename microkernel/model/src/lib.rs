//! The pure part of the core: scheduling, IPC states, local APIC, page tables; no unsafe, no hardware.
#![no_std]
#![forbid(unsafe_code)]

pub mod lapic;
pub mod lists;
pub mod paging;
pub mod sched;
pub mod soft_off;
pub mod vm_clock;
