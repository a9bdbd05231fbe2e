//! The UART against its data sheet, its drivers, another model, and the laws of every device.

mod bench;
mod interrupts;
mod laws;
mod oracle;
mod probe;
mod stream;
mod words;
