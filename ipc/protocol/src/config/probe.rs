//! What the tasks of tests are told.

use crate::Bytes;
use bulkhead_abi::id::Slot;
use serde::{Deserialize, Serialize};

/// A task of the tests: `script` says what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What it does; see `tests/probe`.
    pub script: Bytes<64>,
    /// Its call slots in the order of the manifest.
    pub slots: heapless::Vec<Slot, 16>,
    /// Its notify slots in the order of the manifest.
    pub notifies: heapless::Vec<Slot, 16>,
    /// Slot with the right to supervise.
    pub supervise: Option<Slot>,
    /// Platform slot.
    pub platform: Option<Slot>,
}
