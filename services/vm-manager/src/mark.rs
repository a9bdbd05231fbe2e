//! What the core is told of the move that takes a VM apart or builds it, and keeps for the manager's next life.
//!
//! The core's reset of a VM is the point of no return, and the mark goes with it. So a next life that finds another mark
//! than the committed one knows which move was begun behind the commit, and why.

use crate::order::Order;
use bulkhead_abi::limits::MAX_DEFINITIONS;
use bulkhead_protocol::registry::{AfterReset, ResetKind, VmNumber};
use bulkhead_protocol::{decode, encode};
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// A move of a VM in one word.
///
/// From the low byte on: a serial number, request, reason, flags with the definition in the high half; then the VM's number in 32
/// bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct Mark(u64);

const WARM: u8 = 1;
const START: u8 = 2;
const DEFINITION: u32 = 4;
const _: () = assert!(MAX_DEFINITIONS <= 16, "four bits for the definition");
/// The number of what is not made yet, or no more.
const NO_NUMBER: u32 = u32::MAX;

impl Mark {
    /// The word as the core has it.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The word.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The mark that follows this one, for a VM of this definition. It differs from the last 255.
    #[must_use]
    pub fn next(self, definition: u8, number: Option<VmNumber>, order: Order) -> Self {
        let [serial, ..] = self.0.to_le_bytes();
        let warm = if order.reset == ResetKind::Warm { WARM } else { 0 };
        let start = if order.then == AfterReset::Start { START } else { 0 };
        let [a, b, c, d] = number.map_or(NO_NUMBER, |number| number.0).to_le_bytes();
        let [request, reason] = [variant(&order.request), variant(&order.reason)];
        let flags = warm | start | definition.wrapping_shl(DEFINITION);
        Self(u64::from_le_bytes([serial.wrapping_add(1), request, reason, flags, a, b, c, d]))
    }

    /// What is done with the VM; `None` if nothing was yet.
    #[must_use]
    pub fn order(self) -> Option<Order> {
        let [_, request, reason, flags, ..] = self.0.to_le_bytes();
        let has = |flag| flags & flag != 0;
        let order = Order {
            request: decode(&[request]).ok()?,
            reason: decode(&[reason]).ok()?,
            reset: if has(WARM) { ResetKind::Warm } else { ResetKind::Cold },
            then: if has(START) { AfterReset::Start } else { AfterReset::Hold },
        };
        (self != Self::default()).then_some(order)
    }

    /// The definition of the VM.
    #[must_use]
    pub const fn definition(self) -> u8 {
        let [_, _, _, flags, ..] = self.0.to_le_bytes();
        flags >> DEFINITION
    }

    /// The VM's number.
    #[must_use]
    pub fn number(self) -> Option<VmNumber> {
        let [.., a, b, c, d] = self.0.to_le_bytes();
        let number = u32::from_le_bytes([a, b, c, d]);
        (self != Self::default() && number != NO_NUMBER).then_some(VmNumber(number))
    }
}

/// A variant's number, which is how postcard encodes it.
fn variant(of: &impl Serialize) -> u8 {
    let mut bytes = [0; 1];
    encode(of, &mut bytes).map_or(u8::MAX, |_| u8::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests;
