//! A VM's RAM is whole large pages and fits its window.

use super::Subject;
use crate::problem::Problem;
use bulkhead_abi::layout::{GUEST_MEMORY_STRIDE, LOW_MEMORY_END};

/// Nested page tables map guest RAM by pages of this size.
const LARGE_PAGE: u64 = 2 << 20;
/// RAM above the hole below 4 GiB is moved up by the hole's size.
const LARGEST: u64 = GUEST_MEMORY_STRIDE - ((4 << 30) - LOW_MEMORY_END);

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for memory in subject.system.vms.iter().map(|vm| &vm.memory) {
        let bytes = memory.value;
        if bytes == 0 || bytes > LARGEST {
            problems.push(Problem::new(
                memory.span,
                "a VM cannot have this much memory",
                "out of range",
                format!("use 2 MiB to {} GiB", LARGEST >> 30),
            ));
        } else if !bytes.is_multiple_of(LARGE_PAGE) {
            problems.push(Problem::new(
                memory.span,
                "a VM's memory is a multiple of 2 MiB",
                "not a multiple of 2 MiB",
                format!("write \"{} MiB\"", bytes.next_multiple_of(LARGE_PAGE) >> 20),
            ));
        }
    }
    problems
}
