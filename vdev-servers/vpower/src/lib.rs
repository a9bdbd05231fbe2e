//! Guest power control: ACPI PM1, reset registers.
#![no_std]
#![forbid(unsafe_code)]
