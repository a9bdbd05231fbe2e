//! Owns the physical serial port; carries guest output and the log.
#![no_std]
#![forbid(unsafe_code)]
