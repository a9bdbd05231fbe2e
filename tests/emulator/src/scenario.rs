//! Dialogues with machines, the same in every emulator.

mod disc;
mod given_up;
mod link;
mod linux;
mod probes;
mod refused_guest;
mod refused_machine;
mod shell;
mod tiny;
mod two_guests;

pub use disc::{bios_disc, uefi_disc};
pub use given_up::{power_off, start_anew, stay_dead};
pub use link::{cable, cable_under_fire};
pub use linux::{linux_answers, two_vcpus};
pub use probes::{isolation, probes};
pub use refused_guest::{damaged_kernel, kernel_of_another_kind};
pub use refused_machine::{
    another_abi, damaged_header, no_image, too_few_cpus, too_little_memory, truncated_image,
    without_virtualization,
};
pub use shell::shell;
pub use tiny::{ends, first_light, interprocessor_interrupts, multiboot, pvh, reset};
pub use two_guests::{two_linux, two_tiny};
