//! PCI functions of a board have addresses of their own.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0604",
    name: "same-pci-address",
    says: "No two PCI functions of a board have the same bus, device and function.",
    why: "The address is how a function is found.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some((board, _)) = subject.board else { return Vec::new() };
    // Segment 0 may be left out.
    let full = |at: &str| if at.matches(':').count() == 1 { format!("0000:{at}") } else { at.to_owned() };
    let mut problems = Vec::new();
    for (index, function) in board.pci.iter().enumerate() {
        let earlier =
            board.pci.iter().take(index).find(|other| full(&other.at.value) == full(&function.at.value));
        if let Some(earlier) = earlier {
            let problem = Problem::new(
                &RULE,
                function.at.span,
                format!("there are two PCI functions at {}", function.at.value),
                "second one here",
                "correct the board file, or write it again with `cargo xtask board`",
            );
            problems.push(problem.with_related(earlier.at.span, "first one here"));
        }
    }
    problems
}
