//! What a vCPU says to a server when it leaves the guest, and what the server answers.

use crate::id::VcpuId;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Why the vCPU calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitKind {
    /// `IN`: `address` is the port. The reply's value is what the guest reads.
    PortRead = 0,
    /// `OUT`: `address` is the port.
    PortWrite = 1,
    /// An access to an address without memory; the instruction must be decoded. To the instruction emulator.
    Mmio = 2,
    /// `INS`/`OUTS`; the instruction must be decoded. To the instruction emulator.
    PortString = 3,
    /// The vCPU accepts an external interrupt and asks the 8259A for its vector: the reply's value.
    InterruptAcknowledge = 4,
    /// A hypercall (`VMCALL`, `VMMCALL`) that a route takes.
    Hypercall = 5,
}

impl ExitKind {
    /// The kind of this value.
    #[must_use]
    pub const fn from_value(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::PortRead,
            1 => Self::PortWrite,
            2 => Self::Mmio,
            3 => Self::PortString,
            4 => Self::InterruptAcknowledge,
            5 => Self::Hypercall,
            _ => return None,
        })
    }
}

/// A vCPU's exit, 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VcpuExit {
    /// An [`ExitKind`].
    pub kind: u8,
    /// Bytes of the access: 1, 2, 4 or 8; 0 where only the decoder can tell.
    pub size: u8,
    /// Which vCPU, counted across all VMs.
    pub vcpu: VcpuId,
    /// Its number within its VM.
    pub local: u16,
    /// 1 if the access writes (for `Mmio`, as far as the CPU told).
    pub write: u16,
    /// Port, or guest-physical address.
    pub address: u64,
    /// The value written.
    pub value: u64,
    /// Number of this exit among all of this vCPU's exits: the same again in a repeat.
    pub sequence: u64,
}

const _: () = assert!(size_of::<VcpuExit>() == 32);

/// What follows for the vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Disposition {
    /// The instruction is complete: the core stores `value` where the exit asked for one and steps over it.
    Complete = 0,
    /// The server has written the vCPU's registers itself, instruction pointer included.
    Resume = 1,
    /// The instruction raises an exception: `value` is vector | error code << 32, bit 31 set if there is an error code.
    Exception = 2,
    /// The vCPU cannot go on. One life's word for that is not enough: the first that says so ends with it, and the exit is
    /// delivered again. When the next one says so too, the VM's manager is told; `value` goes into the event.
    Stop = 3,
}

impl Disposition {
    /// The disposition of this value.
    #[must_use]
    pub const fn from_value(value: u32) -> Option<Self> {
        Some(match value {
            0 => Self::Complete,
            1 => Self::Resume,
            2 => Self::Exception,
            3 => Self::Stop,
            _ => return None,
        })
    }
}

/// The answer to an exit, 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ExitReply {
    /// A [`Disposition`].
    pub disposition: u32,
    /// Zero, or it is no answer.
    pub reserved: u32,
    /// See [`Disposition`].
    pub value: u64,
}

impl ExitReply {
    /// The instruction is complete with this value.
    #[must_use]
    pub const fn complete(value: u64) -> Self {
        Self { disposition: Disposition::Complete as u32, reserved: 0, value }
    }

    /// The registers are as they should be.
    #[must_use]
    pub const fn resume() -> Self {
        Self { disposition: Disposition::Resume as u32, reserved: 0, value: 0 }
    }

    /// The instruction raises this exception.
    #[must_use]
    pub const fn exception(vector: u8, error_code: Option<u32>) -> Self {
        let value = match error_code {
            Some(code) => vector as u64 | 1 << 31 | (code as u64) << 32,
            None => vector as u64,
        };
        Self { disposition: Disposition::Exception as u32, reserved: 0, value }
    }

    /// The vCPU cannot go on.
    #[must_use]
    pub const fn stop(reason: u64) -> Self {
        Self { disposition: Disposition::Stop as u32, reserved: 0, value: reason }
    }
}
