//! The VMs' memory fits the board.

use super::Subject;
use crate::board::MemoryKind;
use crate::parse::quantity::size_text;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0508",
    name: "memory-beyond-board",
    says: "Each VM's memory fits in one piece of the board's RAM, beside the core and the other VMs.",
    why: "The core gives each VM one piece of RAM, aligned to 2 MiB, from the lowest that is large enough, and \
          has no memory to swap. It keeps 64 MiB for itself, the tasks and the system image.",
};

/// Alignment of a VM's memory.
const LARGE_PAGE: u64 = 2 << 20;
/// The core, its arena and the system image, for which the checker cannot know the size of every guest's image.
const OF_THE_CORE: u64 = 64 << 20;
/// Firmware and start-up code.
const LOW: u64 = 1 << 20;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some((board, named)) = subject.board.filter(|(board, _)| board.is_whole) else { return Vec::new() };
    let ram = board.memory.iter().filter(|region| region.kind == MemoryKind::Ram);
    let mut free: Vec<(u64, u64)> = ram
        .map(|region| (region.range.value.0.max(LOW), region.range.value.1.saturating_add(1)))
        .filter(|(start, end)| start < end)
        .collect();
    free.sort_unstable();
    // The loader puts core and image low, where the first piece is large enough.
    if let Some((start, _)) = free.iter_mut().find(|(start, end)| end - *start >= OF_THE_CORE) {
        *start += OF_THE_CORE;
    }
    let mut problems = Vec::new();
    for vm in subject.whole_vms() {
        let bytes = vm.memory.value;
        let fits = |&(start, end): &(u64, u64)| {
            let start = start.checked_next_multiple_of(LARGE_PAGE)?;
            (start.checked_add(bytes)? <= end).then_some(start)
        };
        match free.iter().position(|piece| fits(piece).is_some()) {
            Some(index) => {
                if let Some(piece) = free.get_mut(index) {
                    piece.0 = fits(piece).unwrap_or(piece.0).saturating_add(bytes);
                }
            }
            None => {
                let largest = free.iter().map(|(start, end)| end.saturating_sub(*start)).max().unwrap_or(0);
                let problem = Problem::new(
                    &RULE,
                    vm.memory.span,
                    format!("the board has no piece of {} left for `{}`", size_text(bytes), vm.name.value),
                    format!("the largest free piece has {} MiB", largest >> 20),
                    "give VMs less memory, or name another board",
                );
                problems.push(problem.with_related(named, "the board"));
            }
        }
    }
    problems
}
