//! Identifiers. Each is an index into a table of the compiled manifest.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[cfg_attr(
            feature = "messages",
            derive(
                serde::Serialize,
                serde::Deserialize,
                postcard::experimental::max_size::MaxSize,
                postcard_schema::Schema
            )
        )]
        #[repr(transparent)]
        pub struct $name(pub u16);

        impl $name {
            /// The identifier as a table index.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

identifier!(
    /// A task of this system.
    TaskId
);
identifier!(
    /// A virtual machine of this system.
    VmId
);
identifier!(
    /// A virtual CPU, numbered across all VMs. Its number within its VM is its local APIC identifier.
    VcpuId
);
identifier!(
    /// A capability slot of the task that uses it.
    Slot
);
identifier!(
    /// A physical CPU, in the order of the manifest; 0 is the CPU that booted.
    CpuId
);

/// How often a task has been started: 0 is its first life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[cfg_attr(
    feature = "messages",
    derive(
        serde::Serialize,
        serde::Deserialize,
        postcard::experimental::max_size::MaxSize,
        postcard_schema::Schema
    )
)]
#[repr(transparent)]
pub struct Generation(pub u32);
