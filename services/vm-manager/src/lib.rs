//! The VM registry and the life of VMs.
#![no_std]
#![forbid(unsafe_code)]
