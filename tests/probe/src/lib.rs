//! A task that misbehaves on purpose, for the isolation tests.
#![no_std]
#![forbid(unsafe_code)]
