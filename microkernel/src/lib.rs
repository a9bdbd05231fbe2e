//! The core: the only code in ring 0.
#![no_std]
#![forbid(unsafe_code)]
