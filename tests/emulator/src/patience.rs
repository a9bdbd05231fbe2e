//! How long each step may take before the machine counts as hung.

use std::time::Duration;
use xtask::emulator::Kind;

/// Bounds for one emulator: ten times what a quiet machine needs.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From power on to the end of a guest without an operating system, and from a key to its answer.
    pub step: Duration,
    /// From power on to the prompt of a Linux guest.
    pub linux: Duration,
}

impl Patience {
    /// The bounds for an emulator.
    #[must_use]
    pub const fn with(kind: Kind) -> Self {
        match kind {
            Kind::Qemu => Self { step: Duration::from_secs(120), linux: Duration::from_secs(480) },
            Kind::Bochs => Self { step: Duration::from_secs(240), linux: Duration::from_secs(900) },
        }
    }
}
