//! A VM's RAM is whole large pages and fits its window.

use super::Subject;
use crate::parse::quantity::size_text;
use crate::problem::Problem;
use crate::rule::Rule;
use bulkhead_abi::layout::{GUEST_MEMORY_STRIDE, LOW_MEMORY_END};

pub(super) static RULE: Rule = Rule {
    code: "BH0501",
    name: "odd-memory",
    says: "A VM's memory is a multiple of 2 MiB, from 2 MiB to 63 GiB.",
    why: "Nested page tables map it by pages of 2 MiB; the window through which its loader sees it ends there.",
};

/// Nested page tables map guest RAM by pages of this size.
const LARGE_PAGE: u64 = 2 << 20;
/// RAM above the hole below 4 GiB is moved up by the hole's size.
const LARGEST: u64 = GUEST_MEMORY_STRIDE - ((4 << 30) - LOW_MEMORY_END);

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for vm in subject.whole_vms() {
        let (bytes, span) = (vm.memory.value, vm.memory.span);
        if bytes == 0 || bytes > LARGEST {
            problems.push(Problem::new(
                &RULE,
                span,
                "a VM cannot have this much memory",
                "out of range",
                format!("use 2 MiB to {} GiB", LARGEST >> 30),
            ));
        } else if !bytes.is_multiple_of(LARGE_PAGE) {
            let next = size_text(bytes.next_multiple_of(LARGE_PAGE));
            let problem = Problem::new(
                &RULE,
                span,
                "a VM's memory is a multiple of 2 MiB",
                "not a multiple of 2 MiB",
                "round it up",
            );
            problems.push(problem.replace(span, format!("\"{next}\"")));
        }
    }
    problems
}
