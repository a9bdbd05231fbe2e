//! The rules that a system must keep. One rule a file; each reports everything that breaks it.

mod absent_cpu;
mod absent_image;
mod beyond_limit;
mod budget_over_period;
mod call_cycle;
mod callee_below_caller;
mod console_without_port;
mod cpu_beyond_board;
mod cpu_overpromised;
mod cpu_promised_twice;
mod different_interfaces;
mod endless_restarts;
mod flat_out_of_place;
mod forgetful_policy;
mod idle_restart_setting;
mod image_too_large;
mod keys_of_the_pool;
mod late_budget;
mod late_event;
mod link_ends;
mod long_vm_name;
mod memory_beyond_board;
mod name_taken;
mod nobody_to_launch;
mod odd_memory;
mod odd_stack;
mod overlapping_memory;
mod period_without_budget;
mod policy_of_another_kind;
mod pool_of_another_kind;
mod port_of_core;
mod port_taken;
mod program_too_large;
mod promises;
mod ramdisk_without_use;
mod repeated_entry;
mod same_pci_address;
mod second_service_vm;
mod short_deadline;
mod start_circle;
mod start_order;
mod strange_caller;
mod subject;
mod unknown_pool;
mod unknown_program;
mod unused_call;
mod unused_pool;
mod vcpu_above_task;
mod wrong_image;

use crate::board::Board;
use crate::library::Library;
use crate::manifest::Manifest;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;
use crate::system::System;
use subject::Subject;

/// A rule and how it is checked.
type Check = (&'static Rule, fn(&Subject<'_>) -> Vec<Problem>);

/// Names each module's rule beside its check.
macro_rules! checks {
    ($($module:ident),* $(,)?) => {
        const CHECKS: &[Check] = &[$((&$module::RULE, $module::check)),*];
        /// The rules of all checks.
        pub(crate) static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

checks![
    name_taken,
    long_vm_name,
    unknown_program,
    second_service_vm,
    nobody_to_launch,
    repeated_entry,
    start_order,
    start_circle,
    link_ends,
    unknown_pool,
    unused_pool,
    pool_of_another_kind,
    keys_of_the_pool,
    absent_cpu,
    cpu_promised_twice,
    cpu_beyond_board,
    vcpu_above_task,
    budget_over_period,
    period_without_budget,
    cpu_overpromised,
    late_budget,
    late_event,
    odd_memory,
    odd_stack,
    absent_image,
    wrong_image,
    image_too_large,
    flat_out_of_place,
    ramdisk_without_use,
    memory_beyond_board,
    overlapping_memory,
    program_too_large,
    port_taken,
    port_of_core,
    console_without_port,
    same_pci_address,
    call_cycle,
    callee_below_caller,
    strange_caller,
    short_deadline,
    different_interfaces,
    unused_call,
    policy_of_another_kind,
    endless_restarts,
    idle_restart_setting,
    forgetful_policy,
    beyond_limit,
];

/// Everything that keeps this system from working.
pub(crate) fn check(
    manifest: &Manifest,
    system: &System,
    board: Option<(&Board, Span)>,
    library: &dyn Library,
) -> Vec<Problem> {
    let subject = Subject { manifest, system, board, at_hand: library };
    let mut problems = Vec::new();
    for (rule, check) in CHECKS {
        let found = check(&subject);
        debug_assert!(found.iter().all(|problem| problem.rule == *rule), "{}", rule.name);
        problems.extend(found);
    }
    problems
}
