//! Puts boot images into guest memory.
#![no_std]
#![forbid(unsafe_code)]
