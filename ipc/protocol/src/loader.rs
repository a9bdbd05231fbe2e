//! The loader service: puts boot images into guest memory.

use crate::registry::ResetKind;
use bulkhead_abi::id::VmId;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Why an image cannot be loaded: what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum LoadError {
    /// There is no plan for this definition of this VM.
    UnknownVm,
    /// The image ends before its own headers say.
    Truncated,
    /// The image lacks the mark of its protocol (bzImage "HdrS", ELF, multiboot header, PVH note).
    WrongKind,
    /// The image is of its kind, but needs something that the protocol's loader does not offer.
    Unsupported,
    /// The image and what belongs to it do not fit the VM's memory.
    DoesNotFit,
    /// The image wants to be where something else is.
    Overlaps,
    /// The command line is longer than the image allows.
    CommandLineTooLong,
    /// The core refused the VM's registers.
    RegistersRefused,
}

/// What a VM consists of beside its devices, hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct VmHash {
    /// Of the registers and local APICs of its vCPUs.
    pub vcpus: u64,
    /// Of its RAM.
    pub memory: u64,
}

interface! {
    /// Requests to the loader.
    "loader" = 4 {
        /// Clears the VM's memory, puts the images of a definition there and sets the registers of its first vCPU; the
        /// entry point. For a warm reset only what the images and their boot data take is cleared.
        Load = load(vm: VmId, definition: u8, kind: ResetKind) -> Result<u64, LoadError>;
        /// Hashes of a VM's vCPUs and RAM; none while it runs.
        Hash = hash(vm: VmId) -> Option<VmHash>;
    }
}
