//! Nothing on the board overlaps.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "BH0509",
    name: "overlapping-memory",
    says: "Regions of a board's memory map, and the windows of its PCI functions, do not overlap; no window \
          lies in RAM.",
    why: "Two things at one address cannot both be true. A memory map of a machine that is not known exactly \
          is worse than none.",
};

/// First and last byte, where it is written, and what it is.
type Piece = (u64, u64, Span, &'static str);

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some((board, _)) = subject.board else { return Vec::new() };
    let piece =
        |range: &crate::source::Spanned<(u64, u64)>, what| (range.value.0, range.value.1, range.span, what);
    let mut memory: Vec<Piece> = board.memory.iter().map(|region| piece(&region.range, "memory")).collect();
    let mut problems = overlaps(&mut memory);
    // Firmware reports windows as reserved or as devices, or not at all: only RAM excludes them.
    let ram = board.memory.iter().filter(|region| region.kind == crate::board::MemoryKind::Ram);
    let mut windows: Vec<Piece> = ram.map(|region| piece(&region.range, "RAM")).collect();
    let of_functions = board.pci.iter().flat_map(|function| &function.windows);
    windows.extend(of_functions.map(|window| piece(window, "a PCI window")));
    for problem in overlaps(&mut windows) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

/// Every piece that begins before the end of an earlier one.
fn overlaps(pieces: &mut [Piece]) -> Vec<Problem> {
    pieces.sort_unstable();
    let mut problems = Vec::new();
    let mut reach: Option<Piece> = None;
    for &(start, end, span, what) in pieces.iter() {
        if let Some((first, last, earlier, other)) = reach
            && start <= last
            && (what, other) != ("memory", "RAM")
        {
            let title = format!("{start:#x} is in two pieces of the board");
            let label = format!("{what} from {start:#x} to {end:#x}");
            let help = "correct the board file, or write it again with `cargo xtask board`";
            let problem = Problem::new(&RULE, span, title, label, help);
            problems.push(problem.with_related(earlier, format!("{other} from {first:#x} to {last:#x}")));
        }
        if reach.is_none_or(|(_, last, ..)| end > last) {
            reach = Some((start, end, span, what));
        }
    }
    problems
}
