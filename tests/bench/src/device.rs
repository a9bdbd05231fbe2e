//! A serial port's server without a guest: what it does for a register access, with its commit and without.

use bulkhead_protocol::config;
use bulkhead_runtime::Kernel;
use vdev::{Access, Answers, Committed, Device, Nanos, Outcome, Space, Width};
use vuart::{State, StreamPeer, Uart};

/// First port of the device.
const BASE: u16 = 0x3f8;
/// The scratch register: it does nothing but to keep what is written, so each write changes the state.
const SCRATCH: u64 = BASE as u64 + 7;

/// The device, and its state as the core has it.
pub(crate) struct Server {
    uart: Uart<StreamPeer<Kernel>>,
    committed: Committed<State>,
    answers: Answers,
    written: u8,
}

impl Server {
    pub(crate) fn new() -> Self {
        let config = config::Vuart { base: BASE, line: 4, stream: None };
        let uart = Uart::new(&config, Nanos(0));
        Self { uart, committed: Committed::empty(), answers: Answers::NONE, written: 0 }
    }

    /// An access as the guest makes it.
    pub(crate) fn write(&mut self) {
        self.written = self.written.wrapping_add(1);
        let access = Access { space: Space::Port, address: SCRATCH, width: Width::Byte };
        let mut outcome = Outcome::new();
        self.uart.write(access, u64::from(self.written), Nanos(0), &mut outcome);
        self.uart.exchange(&mut None, Nanos(0), &mut outcome);
        core::hint::black_box(&outcome);
    }

    /// The patch of the state that is committed with it: where, what, and the whole length.
    pub(crate) fn patch(&mut self) -> Option<(u32, &[u8], u32)> {
        self.committed.advance(&mut self.answers, self.uart.snapshot())
    }
}
