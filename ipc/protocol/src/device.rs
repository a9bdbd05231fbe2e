//! Control of a device server by the VM manager.

use crate::registry::ResetKind;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// What a guest asked of its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum PowerRequest {
    /// ACPI S5.
    PowerOff,
    /// A reset that keeps nothing (port 0xCF9 bit 2 with a full reset).
    ColdReset,
    /// A reset by the ACPI reset register, port 0xCF9 or the keyboard controller.
    WarmReset,
}

interface! {
    /// Requests to a device server.
    "device" = 1 {
        /// Puts the device into its power-on state; after a warm reset a battery has kept what it keeps.
        Reset = reset(kind: ResetKind) -> ();
        /// Answers when all that was asked of the device before is done.
        Quiesce = quiesce() -> ();
        /// A hash of the device's state: equal states have equal hashes, in every life.
        StateHash = state_hash() -> u64;
        /// Tells the time of day, in seconds since 1970. Only the real-time clock does something.
        SetClock = set_clock(seconds: u64) -> ();
        /// Presses the ACPI power button. Only the power device does something.
        PressPowerButton = press_power_button() -> ();
        /// What the guest has asked for since the last reset. Only the power device has something to say.
        AskedFor = power_request() -> Option<PowerRequest>;
    }
}
