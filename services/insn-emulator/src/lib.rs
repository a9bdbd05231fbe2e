//! Decodes and carries out the guest instructions that touch devices by memory.
#![no_std]
#![forbid(unsafe_code)]
