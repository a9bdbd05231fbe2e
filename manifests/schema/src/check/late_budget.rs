//! Each budget comes within its period.

use super::Subject;
use super::promises::{self, MANY, budget_of, period_of};
use crate::analysis::{Actor, Analysis, Bound};
use crate::parse::quantity::time_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;
use crate::system::System;

pub(super) static RULE: Rule = Rule {
    code: "BH0408",
    name: "late-budget",
    says: "A budget can be had within each of its periods.",
    why: "What comes first on the CPU may take so much of it that a period ends before the budget was had: the response-time analysis says so.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let (analysis, _, kept) = promises::of(subject);
    kept.into_iter()
        .flat_map(|cpu| late_budgets(subject.system, &analysis, cpu).collect::<Vec<_>>())
        .collect()
}

fn late_budgets<'a>(
    system: &'a System,
    analysis: &'a Analysis,
    cpu: u16,
) -> impl Iterator<Item = Problem> + 'a {
    let late = analysis.on_cpu(cpu).filter(|(_, outlook)| matches!(outlook.budget, Bound::Beyond(_)));
    let mut seen: Vec<Span> = Vec::new();
    late.filter_map(move |(actor, _)| {
        let (budget, period) = (budget_of(system, actor), period_of(system, actor));
        // All vCPUs of a VM have the same line.
        if seen.contains(&budget.span) {
            return None;
        }
        seen.push(budget.span);
        let problem = Problem::new(
        &RULE,
            budget.span,
            format!(
                "`{}` cannot count on {} in every {}",
                actor.name,
                time_text(budget.value.into()),
                time_text(period.value.into())
            ),
            format!("may take longer than a period beside {}", before(analysis, actor)),
            "make this budget or theirs smaller, make its period longer, or make it more urgent than they are",
        );
        Some(problem.with_related(period.span, "its period"))
    })
}

/// Those that can keep an actor waiting.
fn before(analysis: &Analysis, own: &Actor) -> String {
    let others =
        analysis.on_cpu(own.cpu).filter(|(actor, _)| actor.who != own.who && actor.priority >= own.priority);
    let names: Vec<_> = others.map(|(actor, _)| format!("`{}`", actor.name)).collect();
    match names.len().checked_sub(MANY) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{}, and {more} more", names[..MANY].join(", ")),
    }
}
