//! The clock against its data sheet, its drivers, and the laws of every device.

mod bench;
mod interrupts;
mod laws;
mod memory;
mod time;
mod words;
