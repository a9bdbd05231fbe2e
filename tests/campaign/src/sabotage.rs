//! A device with a saboteur inside: panics at chosen points, and flips bits in its own memory.
//!
//! The saboteur takes its orders from the thread: the bench gives one before an event and takes it back after it.

use bulkhead_protocol::CallError;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::panic::panic_any;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, PowerRequest, Signal};

/// What the saboteur does in the next event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Nothing.
    #[default]
    None,
    /// Panics when the device's code begins.
    PanicFirst,
    /// Panics after all calls to others.
    PanicLast,
    /// Dies in the call with this number, before it is received.
    DieInCall(u32),
    /// Dies in the call with this number, after it was carried out.
    DieAfterCall(u32),
    /// Flips this bit of the device, modulo its length.
    Flip(u64),
}

/// What a death inside of a server unwinds with.
pub(crate) struct Death;

/// The flipped memory holds no state of the device: in a real life, code that assumes one goes wrong from here on.
pub(crate) struct Refused;

thread_local! {
    static ORDER: Cell<Order> = const { Cell::new(Order::None) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Gives an order and starts to count calls.
pub(crate) fn give(order: Order) {
    ORDER.set(order);
    CALLS.set(0);
}

/// Calls since the last order, and whether the order was carried out.
pub(crate) fn take_back() -> (u32, bool) {
    (CALLS.get(), ORDER.replace(Order::None) == Order::None)
}

fn carry_out(order: Order) -> bool {
    let given = ORDER.get() == order;
    if given {
        ORDER.set(Order::None);
    }
    given
}

/// Around every call to another server.
pub(crate) fn calling<T>(call: impl FnOnce() -> Result<T, CallError>) -> Result<T, CallError> {
    let number = CALLS.get();
    CALLS.set(number + 1);
    if carry_out(Order::DieInCall(number)) {
        panic_any(Death);
    }
    let result = call();
    if carry_out(Order::DieAfterCall(number)) {
        panic_any(Death);
    }
    result
}

/// The device.
pub(crate) struct Sabotaged<D: Device> {
    device: D,
    config: D::Config,
}

impl<D: Device<Config: Clone + DeserializeOwned>> Sabotaged<D> {
    fn act(&mut self) {
        if carry_out(Order::PanicFirst) {
            panic_any(Death);
        }
        if let Order::Flip(bit) = ORDER.get() {
            ORDER.set(Order::None);
            self.flip(bit);
        }
    }

    fn flip(&mut self, bit: u64) {
        let mut bytes = [0; bulkhead_abi::limits::MAX_COMMITTED];
        let length = bulkhead_protocol::encode(&self.device.snapshot(), &mut bytes).unwrap_or(0);
        let bit = bit % (length as u64 * 8).max(1);
        bytes[usize::try_from(bit / 8).unwrap_or(0)] ^= 1 << (bit % 8);
        let state = bulkhead_protocol::decode(&bytes[..length]).ok();
        match state.and_then(|state| D::restore(&self.config, state).ok()) {
            Some(device) => self.device = device,
            None => panic_any(Refused),
        }
    }
}

impl<D: Device<Config: Clone>> Device for Sabotaged<D> {
    type Config = D::Config;
    type State = D::State;
    type Peer = D::Peer;

    fn new(config: &Self::Config, now: Nanos) -> Self {
        Self { device: D::new(config, now), config: config.clone() }
    }

    fn snapshot(&self) -> Self::State {
        self.device.snapshot()
    }

    fn restore(config: &Self::Config, state: Self::State) -> Result<Self, InvalidState> {
        Ok(Self { device: D::restore(config, state)?, config: config.clone() })
    }

    fn own_state(&self) -> Self::State {
        self.device.own_state()
    }

    fn warm_reset(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.act();
        self.device.warm_reset(now, outcome);
    }

    fn reset(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.act();
        self.device.reset(now, outcome);
    }

    fn read(&mut self, access: Access, now: Nanos, outcome: &mut Outcome) -> u64 {
        self.act();
        self.device.read(access, now, outcome)
    }

    fn write(&mut self, access: Access, value: u64, now: Nanos, outcome: &mut Outcome) {
        self.act();
        self.device.write(access, value, now, outcome);
    }

    fn signal(&mut self, signal: &Signal, now: Nanos, outcome: &mut Outcome) {
        self.act();
        self.device.signal(signal, now, outcome);
    }

    fn tick(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.act();
        self.device.tick(now, outcome);
    }

    fn deadline(&self) -> Option<Nanos> {
        self.device.deadline()
    }

    fn acknowledge(&mut self, now: Nanos, outcome: &mut Outcome) -> Option<u8> {
        self.act();
        self.device.acknowledge(now, outcome)
    }

    fn press_power_button(&mut self, now: Nanos, outcome: &mut Outcome) {
        self.act();
        self.device.press_power_button(now, outcome);
    }

    fn power_request(&self) -> Option<PowerRequest> {
        self.device.power_request()
    }

    fn exchange(&mut self, peer: &mut Self::Peer, now: Nanos, outcome: &mut Outcome) {
        // Events that reach no other function, like a request that does not decode.
        self.act();
        self.device.exchange(peer, now, outcome);
        if carry_out(Order::PanicLast) {
            panic_any(Death);
        }
    }
}
