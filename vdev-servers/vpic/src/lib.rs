//! A pair of 8259A interrupt controllers.
#![no_std]
#![forbid(unsafe_code)]
