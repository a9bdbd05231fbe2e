//! Dialogues with machines, the same in every emulator.

mod disc;
mod examples;
mod farewell;
mod firmware;
mod given_up;
mod grub;
mod hardware;
mod link;
mod linux;
mod memtest;
mod neighbours;
mod pauses;
mod pools;
mod probes;
mod random;
mod refused_guest;
mod refused_machine;
mod services_die;
mod shell;
mod tiny;
mod truth;
mod two_guests;
mod two_lost;
mod typing;
mod xen;

pub use disc::{bios_disc, uefi_disc};
pub use examples::{many_guests, real_time, under_fire};
pub use farewell::farewell;
pub use firmware::u_boot;
pub use given_up::{power_off, start_anew, stay_dead};
pub use grub::grub;
pub use hardware::{soft_off, x2apic};
pub use link::{cable, cable_under_fire};
pub use linux::{four_vcpus, generic_on_four_vcpus, linux_answers, linux_resets, newer_linux, two_vcpus};
pub use memtest::memtest;
pub use neighbours::{four_linux, neighbours};
pub use pauses::pauses;
pub use pools::{lab, turns_under_fire};
pub use probes::{isolation, probes};
pub use random::{mistaken_systems, random_systems};
pub use refused_guest::{damaged_kernel, kernel_of_another_kind};
pub use refused_machine::{
    another_abi, another_schema, damaged_header, no_image, other_limits, too_few_cpus, too_little_memory,
    truncated_image, without_virtualization,
};
pub use services_die::{services_die, services_die_under_a_tiny_guest};
pub use shell::shell;
pub use tiny::{
    ends, first_light, interprocessor_interrupts, multiboot, pvh, reset, task_priority, watchdog,
};
pub use truth::census;
pub use two_guests::{two_linux, two_tiny};
pub use two_lost::two_lost;
pub use typing::typing;
pub use xen::xen;
