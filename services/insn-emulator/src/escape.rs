//! Ways in which an instruction does not complete.

/// Why an instruction cannot be carried out here. The reply's value holds this number in bits 7:0 and the first seven
/// bytes of the instruction, as far as they were fetched, above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum StopReason {
    /// The bytes are no instruction that the decoder knows.
    Undecodable = 1,
    /// The instruction is none of those in the table of `CONFORMANCE.md`.
    Unsupported = 2,
    /// The instruction pointer is outside of guest memory.
    CodeOutsideMemory = 3,
    /// A page table is outside of guest memory.
    PageTableOutsideMemory = 4,
    /// The guest uses five-level paging.
    FiveLevelPaging = 5,
    /// A device server did not answer after part of the instruction had happened.
    DeviceLost = 6,
    /// The exit is not of a kind that this service takes.
    UnknownExit = 7,
    /// The core refused to read or to write the vCPU's registers.
    RegistersRefused = 8,
}

impl StopReason {
    /// The value for the reply.
    #[must_use]
    pub fn detail(self, instruction: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        let (code, rest) = bytes.split_at_mut(1);
        code.fill(self as u8);
        for (to, from) in rest.iter_mut().zip(instruction) {
            *to = *from;
        }
        u64::from_le_bytes(bytes)
    }
}

/// An exception that the instruction raises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) vector: u8,
    pub(crate) error_code: u32,
    /// New CR2.
    pub(crate) address: Option<u64>,
}

impl Exception {
    /// #SS(0)
    pub(crate) const STACK: Self = Self { vector: 12, error_code: 0, address: None };
    /// #GP(0)
    pub(crate) const PROTECTION: Self = Self { vector: 13, error_code: 0, address: None };

    /// #PF
    pub(crate) const fn page(address: u64, error_code: u32) -> Self {
        Self { vector: 14, error_code, address: Some(address) }
    }
}

/// Why an instruction did not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// It raises an exception.
    Exception(Exception),
    /// It has done nothing yet and is to be tried again: a device server is being restarted.
    Retry,
    /// It cannot be carried out.
    Stop(StopReason),
}

impl From<Exception> for Escape {
    fn from(exception: Exception) -> Self {
        Self::Exception(exception)
    }
}

impl From<StopReason> for Escape {
    fn from(reason: StopReason) -> Self {
        Self::Stop(reason)
    }
}
