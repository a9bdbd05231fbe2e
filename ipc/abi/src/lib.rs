//! The contract between the core and the tasks: numbers and fixed-layout structs, nothing else.
//!
//! Both sides compile this crate, so a change here is a change of the binary interface and must raise
//! [`ABI_VERSION`]. There is no behaviour here beyond conversions that are total.
#![no_std]
#![forbid(unsafe_code)]

pub mod exit;
pub mod fault;
pub mod id;
pub mod image;
pub mod inject;
pub mod layout;
pub mod limits;
pub mod message;
pub mod msi;
pub mod msr;
pub mod syscall;
pub mod vcpu;
pub mod vm;

/// Version of everything in this crate. An image built for another version is refused at boot.
pub const ABI_VERSION: u32 = 7;
