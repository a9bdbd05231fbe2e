//! The timer against its data sheet, its drivers, and the laws of every device.

mod bench;
mod edges;
mod laws;
mod ports;
mod reference;
mod waveforms;
mod words;
