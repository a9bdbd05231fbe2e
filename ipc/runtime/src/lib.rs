//! What a task links: entry, system calls, log, the server loop.
#![no_std]
#![forbid(unsafe_code)]
