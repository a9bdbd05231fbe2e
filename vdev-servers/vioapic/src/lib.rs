//! An 82093AA I/O APIC.
#![no_std]
#![forbid(unsafe_code)]
