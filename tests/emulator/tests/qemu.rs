//! Everything in QEMU: SVM with nested paging, two CPUs.
#![forbid(unsafe_code)]

use emulator_tests::scenario;
use xtask::emulator::Kind::Qemu;

#[test]
fn the_first_guest_finds_all_that_a_pc_has() {
    scenario::first_light(Qemu);
}

#[test]
fn the_machine_is_switched_off_by_acpi_with_the_last_guest() {
    scenario::soft_off(Qemu);
}

#[test]
fn vcpus_start_and_interrupt_each_other_in_every_way() {
    scenario::interprocessor_interrupts(Qemu);
}

#[test]
fn interrupts_come_when_cr8_lets_them_through() {
    scenario::task_priority(Qemu);
}

#[test]
fn a_multiboot_kernel_is_told_what_it_needs() {
    scenario::multiboot(Qemu);
}

#[test]
fn a_pvh_kernel_is_told_what_it_needs() {
    scenario::pvh(Qemu);
}

#[test]
fn a_payload_of_coreboot_finds_its_machine() {
    scenario::grub(Qemu);
}

#[test]
fn firmware_that_others_wrote_comes_up_from_the_reset_vector() {
    scenario::u_boot(Qemu);
}

#[test]
fn a_guest_that_resets_boots_again() {
    scenario::reset(Qemu);
}

#[test]
fn a_guest_that_spins_is_ended_by_its_watchdog_and_one_that_works_is_not() {
    scenario::watchdog(Qemu);
}

#[test]
fn of_two_servers_that_are_lost_at_once_the_stronger_policy_follows() {
    scenario::two_lost(Qemu);
}

#[test]
fn a_service_vm_ends_after_those_that_were_launched_beside_it() {
    scenario::farewell(Qemu);
}

#[test]
fn a_guest_counts_every_tick_over_many_pauses() {
    scenario::pauses(Qemu);
}

#[test]
fn a_person_types_while_shell_and_console_die_and_nothing_happens_twice() {
    scenario::typing(Qemu);
}

#[test]
fn linux_answers_at_its_shell_and_powers_off() {
    scenario::linux_answers(Qemu);
}

#[test]
fn linux_comes_up_again_after_each_of_its_ends_but_the_last() {
    scenario::linux_resets(Qemu);
}

#[test]
fn linux_takes_a_vcpu_away_and_brings_it_back() {
    scenario::two_vcpus(Qemu);
}

#[test]
fn a_real_time_guest_has_its_cpu_beside_linux() {
    scenario::real_time(Qemu);
}

#[test]
fn four_guests_run_at_once_on_a_board_that_the_core_describes() {
    scenario::many_guests(Qemu);
}

#[test]
fn linux_does_not_notice_that_its_servers_die_at_every_boundary() {
    scenario::under_fire(Qemu, "fault-injection");
}

#[test]
fn linux_does_not_notice_chaos() {
    scenario::under_fire(Qemu, "chaos");
}

#[test]
fn linux_copies_streams_while_its_server_the_supervisor_and_the_registry_die() {
    scenario::services_die(Qemu);
}

#[test]
fn two_guests_write_at_once_and_unmixed() {
    scenario::two_tiny(Qemu);
}

#[test]
fn the_generic_kernel_boots_on_four_vcpus() {
    scenario::generic_on_four_vcpus(Qemu);
}

#[test]
fn a_newer_kernel_boots() {
    scenario::newer_linux(Qemu);
}

#[test]
fn a_multiboot_hypervisor_that_others_wrote_starts_its_first_domain() {
    scenario::xen(Qemu);
}

#[test]
fn memtest_passes_over_all_memory_without_errors() {
    scenario::memtest(Qemu);
}

#[test]
fn a_reset_and_an_endless_loop_disturb_no_neighbour() {
    scenario::neighbours(Qemu);
}

#[test]
fn four_linux_guests_run_at_once_and_one_is_reset() {
    scenario::four_linux(Qemu);
}

#[test]
fn two_linux_guests_each_get_what_is_typed_for_them() {
    scenario::two_linux(Qemu);
}

#[test]
fn a_disc_starts_by_bios() {
    scenario::bios_disc(Qemu);
}

#[test]
fn a_disc_starts_by_uefi() {
    scenario::uefi_disc(Qemu);
}

#[test]
fn a_task_that_the_system_needs_ends_the_machine_when_it_cannot_be_kept_alive() {
    scenario::power_off(Qemu);
}

#[test]
fn a_task_is_started_without_its_state_before_it_is_given_up() {
    scenario::start_anew(Qemu);
}

#[test]
fn a_task_that_stays_dead_does_not_keep_the_others_from_going_on() {
    scenario::stay_dead(Qemu);
}

#[test]
fn a_machine_without_a_system_image_is_refused() {
    scenario::no_image(Qemu);
}

#[test]
fn a_truncated_image_is_refused() {
    scenario::truncated_image(Qemu);
}

#[test]
fn a_flipped_bit_in_the_header_is_refused() {
    scenario::damaged_header(Qemu);
}

#[test]
fn an_image_of_another_abi_is_refused() {
    scenario::another_abi(Qemu);
}

#[test]
fn an_image_for_other_limits_is_refused() {
    scenario::other_limits(Qemu);
}

#[test]
fn an_image_whose_parts_were_built_apart_is_refused() {
    scenario::another_schema(Qemu);
}

#[test]
fn the_running_system_is_the_one_that_the_report_describes() {
    scenario::census(Qemu);
}

#[test]
fn random_systems_that_are_accepted_run() {
    scenario::random_systems();
}

#[test]
fn systems_that_are_refused_do_not_come_up_when_they_are_forced() {
    scenario::mistaken_systems();
}

#[test]
fn a_cpu_without_virtualization_is_refused() {
    scenario::without_virtualization(Qemu);
}

#[test]
fn too_little_memory_is_refused() {
    scenario::too_little_memory(Qemu);
}

#[test]
fn too_few_cpus_are_refused() {
    scenario::too_few_cpus(Qemu);
}

#[test]
fn a_kernel_of_another_kind_is_refused_by_name() {
    scenario::kernel_of_another_kind(Qemu);
}

#[test]
fn a_damaged_kernel_is_refused_by_name() {
    scenario::damaged_kernel(Qemu);
}

#[test]
fn calls_leases_and_notifications_keep_their_contracts_on_one_cpu() {
    scenario::probes(Qemu, "ipc-one-cpu");
}

#[test]
fn calls_leases_and_notifications_keep_their_contracts_across_cpus() {
    scenario::probes(Qemu, "ipc-server-first");
    scenario::probes(Qemu, "ipc-client-first");
}

#[test]
fn equals_share_a_cpu_and_registers_stay_private() {
    scenario::probes(Qemu, "scheduling");
}

#[test]
fn a_budget_leaves_the_rest_of_each_period_to_others() {
    scenario::probes(Qemu, "budgets");
}

#[test]
fn tasks_that_touch_foreign_memory_hurt_nobody() {
    scenario::isolation(Qemu, "isolation-memory");
}

#[test]
fn tasks_that_raise_exceptions_hurt_nobody() {
    scenario::isolation(Qemu, "isolation-exceptions");
}

#[test]
fn tasks_that_use_privileged_instructions_hurt_nobody() {
    scenario::isolation(Qemu, "isolation-privilege");
}

#[test]
fn wrong_system_calls_hurt_nobody() {
    scenario::isolation(Qemu, "isolation-calls");
}

#[test]
fn floods_and_endless_loops_hurt_nobody() {
    scenario::isolation(Qemu, "isolation-floods");
}

#[test]
fn guests_end_themselves_in_every_way_that_a_pc_has() {
    scenario::ends(Qemu);
}

#[test]
fn lives_of_vms_leave_nothing_behind_and_are_all_like_the_first() {
    scenario::probes(Qemu, "soak");
}

#[test]
fn the_shell_answers_and_what_it_does_to_one_guest_leaves_the_other_alone() {
    scenario::shell(Qemu);
}

#[test]
fn guests_take_turns_in_a_pool_and_each_finds_it_as_new() {
    scenario::lab(Qemu);
}

#[test]
fn a_used_pool_is_as_a_new_one_by_hash() {
    scenario::probes(Qemu, "turns");
}

#[test]
fn a_pool_is_anyones_while_those_die_who_give_it_away() {
    scenario::turns_under_fire(Qemu);
}

#[test]
fn a_serial_cable_carries_every_byte_once_and_in_order() {
    scenario::cable(Qemu);
}

#[test]
fn a_serial_cable_loses_nothing_when_its_servers_die() {
    scenario::cable_under_fire(Qemu);
}
