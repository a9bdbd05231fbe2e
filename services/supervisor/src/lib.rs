//! Restarts faulted tasks with back-off and a limit.
#![no_std]
#![forbid(unsafe_code)]
