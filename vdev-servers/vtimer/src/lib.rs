//! An 8254 interval timer and the ACPI PM timer.
#![no_std]
#![forbid(unsafe_code)]
