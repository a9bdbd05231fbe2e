//! Budgets fit their periods.

use super::Subject;
use crate::parse::quantity::time_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Spanned;

pub(super) static RULE: Rule = Rule {
    code: "BH0405",
    name: "budget-over-period",
    says: "A budget is not longer than its period.",
    why: "A CPU has no more than one second in a second.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let of_tasks = subject.system.tasks.iter().map(|task| (&task.budget_us, &task.period_us));
    let of_vms = subject.system.vms.iter().map(|vm| (&vm.budget_us, &vm.period_us));
    of_tasks.chain(of_vms).filter_map(|(budget, period)| over(budget, period)).collect()
}

fn over(budget: &Spanned<u32>, period: &Spanned<u32>) -> Option<Problem> {
    (budget.value > period.value).then(|| {
        let (budget_text, period_text) = (time_text(budget.value.into()), time_text(period.value.into()));
        Problem::new(
            &RULE,
            budget.span,
            "the budget is longer than its period",
            format!("{budget_text} in {period_text}"),
            "make the budget shorter, or the period longer (10 ms if it is not written)",
        )
        .with_related(period.span, format!("the period, {period_text}"))
    })
}
