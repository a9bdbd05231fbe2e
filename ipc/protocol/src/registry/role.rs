//! Who calls the registry.

use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// What a caller of the registry is. The manifest gives it to the calling slot, as its badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum Role {
    /// Asks, and changes nothing.
    Observer,
    /// Acts for the person at the console.
    Operator,
    /// Acts for the service VM.
    ServiceVm,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Observer, Self::Operator, Self::ServiceVm];

    /// The badge of its slots.
    #[must_use]
    pub const fn badge(self) -> u16 {
        self as u16
    }

    /// Whose badge this is. A badge of nobody is an observer's: it has the fewest rights.
    #[must_use]
    pub const fn of_badge(badge: u16) -> Self {
        match badge {
            1 => Self::Operator,
            2 => Self::ServiceVm,
            _ => Self::Observer,
        }
    }
}
