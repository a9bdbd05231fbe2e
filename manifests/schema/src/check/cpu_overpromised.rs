//! The budgets of a CPU are no more than its time.

use super::Subject;
use super::promises::{self, MANY, budget_of};
use crate::analysis::{Actor, Analysis};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::System;

pub(super) static RULE: Rule = Rule {
    code: "BH0407",
    name: "cpu-overpromised",
    says: "The budgets of a CPU come to no more than its time.",
    why: "A budget is a promise, and a CPU has one second in a second.",
};

const WHOLE_PPM: u64 = 1_000_000;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let (analysis, over, _) = promises::of(subject);
    over.into_iter().filter_map(|cpu| promised_twice(subject.system, &analysis, cpu)).collect()
}

/// Reported at the largest of the CPU's budgets.
fn promised_twice(system: &System, analysis: &Analysis, cpu: u16) -> Option<Problem> {
    let share = |actor: &Actor| actor.budget.map_or(0, |budget| budget.share_ppm());
    let mut here: Vec<&Actor> = analysis.on_cpu(cpu).map(|(actor, _)| actor).collect();
    here.retain(|actor| actor.budget.is_some());
    here.sort_by_key(|actor| core::cmp::Reverse(share(actor)));
    let largest = here.first()?;
    let shares: Vec<_> =
        here.iter().map(|actor| format!("`{}` {}", actor.name, percent(share(actor)))).collect();
    let (all, more) = (analysis.promised_ppm(cpu), here.len().saturating_sub(MANY));
    let listed = shares.get(..MANY).unwrap_or(&shares).join(", ");
    let rest = if more == 0 { String::new() } else { format!(", and {more} more") };
    Some(Problem::new(
        &RULE,
        budget_of(system, largest).span,
        format!("CPU {cpu} is promised {} of its time", percent(all)),
        format!("{listed}{rest}"),
        format!("take {} off these budgets, or move somebody to another CPU", percent(all - WHOLE_PPM)),
    ))
}

fn percent(ppm: u64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm % 10_000 / 1_000)
}
