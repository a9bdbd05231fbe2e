//! The same images in Bochs: VMX with EPT. It is slow, so what the emulator has no part in is left to QEMU.
#![forbid(unsafe_code)]

use emulator_tests::scenario;
use xtask::emulator::Kind::Bochs;

#[test]
fn linux_answers_at_its_shell_and_powers_off() {
    scenario::linux_answers(Bochs);
}

#[test]
fn a_reset_and_an_endless_loop_disturb_no_neighbour() {
    scenario::neighbours(Bochs);
}

#[test]
fn two_linux_guests_each_get_what_is_typed_for_them() {
    scenario::two_linux(Bochs);
}

#[test]
fn linux_comes_up_again_after_each_of_its_ends_but_the_last() {
    scenario::linux_resets(Bochs);
}

#[test]
fn linux_takes_one_of_four_vcpus_away_and_brings_it_back() {
    scenario::four_vcpus(Bochs);
}

#[test]
fn the_first_guest_finds_all_that_a_pc_has() {
    scenario::first_light(Bochs);
}

#[test]
fn the_machine_is_switched_off_by_acpi_with_the_last_guest() {
    scenario::soft_off(Bochs);
}

#[test]
fn the_core_drives_local_apics_in_x2apic_mode() {
    scenario::x2apic(Bochs);
}

#[test]
fn vcpus_start_and_interrupt_each_other_in_every_way() {
    scenario::interprocessor_interrupts(Bochs);
}

#[test]
fn interrupts_come_when_cr8_lets_them_through() {
    scenario::task_priority(Bochs);
}

#[test]
fn a_multiboot_kernel_is_told_what_it_needs() {
    scenario::multiboot(Bochs);
}

#[test]
fn a_pvh_kernel_is_told_what_it_needs() {
    scenario::pvh(Bochs);
}

#[test]
fn a_payload_of_coreboot_finds_its_machine() {
    scenario::grub(Bochs);
}

#[test]
fn firmware_that_others_wrote_comes_up_from_the_reset_vector() {
    scenario::u_boot(Bochs);
}

#[test]
fn a_guest_that_resets_boots_again() {
    scenario::reset(Bochs);
}

#[test]
fn two_guests_write_at_once_and_unmixed() {
    scenario::two_tiny(Bochs);
}

#[test]
fn a_machine_without_a_system_image_is_refused() {
    scenario::no_image(Bochs);
}

#[test]
fn a_cpu_without_virtualization_is_refused() {
    scenario::without_virtualization(Bochs);
}

#[test]
fn too_few_cpus_are_refused() {
    scenario::too_few_cpus(Bochs);
}

#[test]
fn a_kernel_of_another_kind_is_refused_by_name() {
    scenario::kernel_of_another_kind(Bochs);
}

#[test]
fn calls_leases_and_notifications_keep_their_contracts_on_one_cpu() {
    scenario::probes(Bochs, "ipc-one-cpu");
}

#[test]
fn calls_leases_and_notifications_keep_their_contracts_across_cpus() {
    scenario::probes(Bochs, "ipc-server-first");
    scenario::probes(Bochs, "ipc-client-first");
}

#[test]
fn equals_share_a_cpu_and_registers_stay_private() {
    scenario::probes(Bochs, "scheduling");
}

#[test]
fn a_budget_leaves_the_rest_of_each_period_to_others() {
    scenario::probes(Bochs, "budgets");
}

#[test]
fn tasks_that_touch_foreign_memory_hurt_nobody() {
    scenario::isolation(Bochs, "isolation-memory");
}

#[test]
fn tasks_that_raise_exceptions_hurt_nobody() {
    scenario::isolation(Bochs, "isolation-exceptions");
}

#[test]
fn tasks_that_use_privileged_instructions_hurt_nobody() {
    scenario::isolation(Bochs, "isolation-privilege");
}

#[test]
fn wrong_system_calls_hurt_nobody() {
    scenario::isolation(Bochs, "isolation-calls");
}

#[test]
fn floods_and_endless_loops_hurt_nobody() {
    scenario::isolation(Bochs, "isolation-floods");
}

#[test]
fn guests_end_themselves_in_every_way_that_a_pc_has() {
    scenario::ends(Bochs);
}

#[test]
fn lives_of_vms_leave_nothing_behind_and_are_all_like_the_first() {
    scenario::probes(Bochs, "soak");
}

#[test]
fn a_used_pool_is_as_a_new_one_by_hash() {
    scenario::probes(Bochs, "turns");
}

#[test]
fn the_shell_answers_and_what_it_does_to_one_guest_leaves_the_other_alone() {
    scenario::shell(Bochs);
}

#[test]
fn a_serial_cable_carries_every_byte_once_and_in_order() {
    scenario::cable(Bochs);
}

#[test]
fn a_stream_is_whole_although_its_server_the_supervisor_and_the_registry_die() {
    scenario::services_die_under_a_tiny_guest(Bochs);
}
