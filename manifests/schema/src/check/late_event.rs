//! An event of a server that has a budget ends before its deadline.

use super::Subject;
use super::promises;
use crate::analysis::{Analysis, Who};
use crate::parse::quantity::time_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::{Capability, System};

pub(super) static RULE: Rule = Rule {
    code: "BH0409",
    name: "late-event",
    says: "A server with a budget ends an event before the deadline of its callers.",
    why: "A budget that was just spent comes again in the next period; a deadline shorter than that wait would stop a healthy server.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let (analysis, _, kept) = promises::of(subject);
    kept.into_iter().flat_map(|cpu| late_events(subject.system, &analysis, cpu).collect::<Vec<_>>()).collect()
}

/// A server's budget and the deadlines of those who call it. A callee without a bound of its own is not held against it:
/// the deadline of that call is.
fn late_events<'a>(
    system: &'a System,
    analysis: &'a Analysis,
    cpu: u16,
) -> impl Iterator<Item = Problem> + 'a {
    analysis.on_cpu(cpu).filter_map(move |(actor, outlook)| {
        let Who::Task(index) = actor.who else { return None };
        let task = &system.tasks[index];
        let (caller, deadline) = shortest_deadline(system, index)?;
        let event = outlook.alone.as_ref()?.within().filter(|event| *event > deadline)?;
        let problem = Problem::new(
            &RULE,
            task.budget_us.span,
            format!(
                "`{}` may have an event of `{caller}` for {}, and would be stopped after {}",
                task.name,
                time_text(event),
                time_text(deadline)
            ),
            "a budget can be spent when an event comes: it goes on in the next period",
            format!(
                "give it a deadline of {} or more, or a shorter period with the same share",
                time_text(event)
            ),
        );
        Some(problem.with_related(task.period_us.span, "its period"))
    })
}

/// The caller of a task whose patience is the shortest, and that, in microseconds.
fn shortest_deadline(system: &System, server: usize) -> Option<(&str, u64)> {
    let calls = system.tasks.iter().flat_map(|caller| {
        caller.slots.iter().filter_map(move |slot| match slot {
            Capability::Call(call) if call.target == server => {
                Some((caller.name.as_str(), u64::from(call.deadline_us)))
            }
            _ => None,
        })
    });
    calls.min_by_key(|(_, deadline)| *deadline)
}
