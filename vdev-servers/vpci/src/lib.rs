//! A PCI host bridge with configuration mechanism #1 and ECAM.
#![no_std]
#![forbid(unsafe_code)]
