//! The trait that every device model implements.

use crate::{LineChange, Nanos, Outcome, PowerRequest, Space, Width};
use core::fmt;
use postcard::experimental::max_size::MaxSize;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where and how wide a guest touches a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Ports or memory.
    pub space: Space,
    /// Absolute address in the space.
    pub address: u64,
    /// Width.
    pub width: Width,
}

impl Access {
    /// An access to a port.
    #[must_use]
    pub const fn port(port: u16, width: Width) -> Self {
        Self { space: Space::Port, address: port as u64, width }
    }

    /// An access to memory.
    #[must_use]
    pub const fn mmio(address: u64, width: Width) -> Self {
        Self { space: Space::Mmio, address, width }
    }
}

/// A set of interrupt vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VectorSet(pub [u64; 4]);

impl VectorSet {
    /// Is the vector in the set?
    #[must_use]
    pub fn contains(&self, vector: u8) -> bool {
        let word = self.0.get(usize::from(vector >> 6)).copied().unwrap_or(0);
        word >> (vector & 63) & 1 != 0
    }

    /// Adds a vector.
    pub fn insert(&mut self, vector: u8) {
        if let Some(word) = self.0.get_mut(usize::from(vector >> 6)) {
            *word |= 1 << (vector & 63);
        }
    }

    /// No vector is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }
}

/// What a device hears without being asked by a guest's instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Notification bits.
    pub bits: u64,
    /// Changes of interrupt lines (interrupt controllers only).
    pub lines: LineChange,
    /// Ended level-triggered vectors (I/O APIC only).
    pub eoi: VectorSet,
}

/// A committed state that no device could have had; the device cannot be restored from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidState;

/// A virtual device.
///
/// All functions are total: a guest may do anything, at any width and any address that is routed here. Time is
/// passed in and never goes backwards. Everything that leaves the device goes into the [`Outcome`].
///
/// Laws, each with a property test per device:
/// - `restore(snapshot())` behaves exactly as the original from there on;
/// - `reset` leads to the state that `new` has, whatever came before, and sets all own lines to that state's level;
/// - the levels of the own lines are a function of the state: after every event the device sets them anew.
pub trait Device: Sized {
    /// What the manifest says about the device.
    type Config: DeserializeOwned;
    /// Everything that must survive the server's death. At most
    /// [`MAX_COMMITTED`](bulkhead_abi::limits::MAX_COMMITTED) bytes encoded; fixed-width fields (bytes, byte arrays)
    /// keep commits small.
    type State: Serialize + DeserializeOwned + MaxSize + PartialEq;
    /// What the device may call while it handles an event; `()` for most.
    type Peer;

    /// The device after power-on.
    fn new(config: &Self::Config, now: Nanos) -> Self;

    /// Its state.
    fn snapshot(&self) -> Self::State;

    /// The part of its state by which two lives of a VM are compared: without what it shares with somebody outside of the
    /// VM and keeps over a reset, like positions on a line.
    fn own_state(&self) -> Self::State {
        self.snapshot()
    }

    /// The device with a state that an earlier life left.
    ///
    /// # Errors
    /// The state breaks an invariant of the device.
    fn restore(config: &Self::Config, state: Self::State) -> Result<Self, InvalidState>;

    /// Power-on reset.
    fn reset(&mut self, now: Nanos, outcome: &mut Outcome);

    /// Reset of a machine that stays on: as [`reset`](Self::reset), but for what a battery keeps.
    fn warm_reset(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.reset(now, outcome);
    }

    /// A guest reads; bits above the width are ignored.
    fn read(&mut self, access: Access, now: Nanos, outcome: &mut Outcome) -> u64;

    /// A guest writes; bits of `value` above the width are zero.
    fn write(&mut self, access: Access, value: u64, now: Nanos, outcome: &mut Outcome);

    /// Notifications, lines, ends of interrupts.
    fn signal(&mut self, signal: &Signal, now: Nanos, outcome: &mut Outcome) {
        let _ = (signal, now, outcome);
    }

    /// Time has passed; called at or after [`deadline`](Self::deadline).
    fn tick(&mut self, now: Nanos, outcome: &mut Outcome) {
        let _ = (now, outcome);
    }

    /// When the device wants `tick`, if nothing else happens before.
    fn deadline(&self) -> Option<Nanos> {
        None
    }

    /// A CPU accepts an external interrupt and asks for its vector. Only the 8259A answers.
    fn acknowledge(&mut self, now: Nanos, outcome: &mut Outcome) -> Option<u8> {
        let _ = (now, outcome);
        None
    }

    /// The time of day, in seconds since 1970.
    fn set_clock(&mut self, seconds: u64, now: Nanos, outcome: &mut Outcome) {
        let _ = (seconds, now, outcome);
    }

    /// The ACPI power button is pressed.
    fn press_power_button(&mut self, now: Nanos, outcome: &mut Outcome) {
        let _ = (now, outcome);
    }

    /// What the guest has asked of its platform since the last reset.
    fn power_request(&self) -> Option<PowerRequest> {
        None
    }

    /// One line of the device's state in words, for a person. Writes nothing behind the last line.
    ///
    /// # Errors
    /// The line is longer than `bulkhead_protocol::inspect::LINE`.
    fn inspect(&self, number: u16, line: &mut dyn fmt::Write) -> fmt::Result {
        let _ = (number, line);
        Ok(())
    }

    /// Exchanges data with the peer, at the end of every event and before its commit. Must be idempotent towards the
    /// peer: after a death it is repeated from the last committed state.
    fn exchange(&mut self, peer: &mut Self::Peer, now: Nanos, outcome: &mut Outcome) {
        let _ = (peer, now, outcome);
    }
}
