//! Budgets are promises, and all of them can be kept: no CPU is promised twice, each budget comes within its period, and
//! each event of a server that has one ends before its deadline.

use super::Subject;
use crate::analysis::{Actor, Analysis, Bound, Who, analyse};
use crate::manifest::Spanned;
use crate::problem::Problem;
use crate::system::{Capability, System};
use toml_span::Span;

const WHOLE_PPM: u64 = 1_000_000;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let system = subject.system;
    let analysis = analyse(system);
    let mut cpus: Vec<u16> = analysis.actors.iter().map(|actor| actor.cpu).collect();
    cpus.sort_unstable();
    cpus.dedup();
    let mut problems = Vec::new();
    for cpu in cpus {
        if analysis.promised_ppm(cpu) > WHOLE_PPM {
            problems.extend(promised_twice(system, &analysis, cpu));
        } else {
            problems.extend(late_budgets(system, &analysis, cpu));
            problems.extend(late_events(system, &analysis, cpu));
        }
    }
    problems
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
        budget_of(system, largest).span,
        format!("CPU {cpu} is promised {} of its time", percent(all)),
        format!("{listed}{rest}"),
        format!("take {} off these budgets, or move somebody to another CPU", percent(all - WHOLE_PPM)),
    ))
}

/// Names that a message lists at the most.
const MANY: usize = 6;

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
            budget.span,
            format!(
                "`{}` cannot count on {} in every {}",
                actor.name,
                time(budget.value.into()),
                time(period.value.into())
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
            task.budget_us.span,
            format!(
                "`{}` may have an event of `{caller}` for {}, and would be stopped after {}",
                task.name,
                time(event),
                time(deadline)
            ),
            "a budget can be spent when an event comes: it goes on in the next period",
            format!("give it a deadline of {} or more, or a shorter period with the same share", time(event)),
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

fn budget_of<'a>(system: &'a System, actor: &Actor) -> &'a Spanned<u32> {
    match actor.who {
        Who::Task(task) => &system.tasks[task].budget_us,
        Who::Vcpu { vm, .. } => &system.vms[vm].budget_us,
    }
}

fn period_of<'a>(system: &'a System, actor: &Actor) -> &'a Spanned<u32> {
    match actor.who {
        Who::Task(task) => &system.tasks[task].period_us,
        Who::Vcpu { vm, .. } => &system.vms[vm].period_us,
    }
}

fn percent(ppm: u64) -> String {
    format!("{}.{} %", ppm / 10_000, ppm % 10_000 / 1_000)
}

/// As a manifest writes it.
fn time(us: u64) -> String {
    match us {
        us if us % 1_000_000 == 0 && us != 0 => format!("{} s", us / 1_000_000),
        us if us % 1_000 == 0 => format!("{} ms", us / 1_000),
        us => format!("{us} us"),
    }
}
