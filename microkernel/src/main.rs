//! The core: the only code in ring 0.
//!
//! CPU and interrupt entry, address spaces, EPT and NPT, VMX and SVM, the physical and the virtual local APICs,
//! scheduling, IPC with commit, and fault delivery. No device model, no VM lifecycle, no image loading, no decoder.
//!
//! All objects are made at boot; there is no heap. One lock guards them ([`system`]); it is held while the core works
//! and never while a task or a guest runs.
#![no_std]
#![no_main]

mod arch;
mod boot;
mod freestanding;
mod image;
#[cfg_attr(not(feature = "inject"), path = "inject/absent.rs")]
mod inject;
mod last_words;
mod log;
mod memory;
mod syscall;
mod system;
mod vcpu;
mod virt;
