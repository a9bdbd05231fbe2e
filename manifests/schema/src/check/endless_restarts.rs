//! A restart limit can be reached in its period.

use super::Subject;
use crate::parse::quantity::time_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::Task;

pub(super) static RULE: Rule = Rule {
    code: "BH0802",
    name: "endless-restarts",
    says: "The pauses before the restarts of a period are shorter than the period together.",
    why: "Otherwise the period is over, and its faults forgotten, before the limit is reached: a task that \
          always dies would be restarted for ever, and `on_failure` would never come. Who wants that writes \
          `limit = 65535`.",
};

/// The supervisor doubles a pause so often.
const MAX_DOUBLINGS: u16 = 10;
/// As many restarts as it takes.
const FOR_EVER: u16 = u16::MAX;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    subject.system.tasks.iter().filter_map(|task| endless(subject, task)).collect()
}

fn endless(subject: &Subject<'_>, task: &Task) -> Option<Problem> {
    let limit = task.restart_limit;
    let pauses: u64 =
        (0..limit).map(|restart| u64::from(task.backoff_us) << restart.min(MAX_DOUBLINGS)).sum();
    let period_us = u64::from(task.restart_period_ms) * 1000;
    let restart = &subject.placement(task)?.restart;
    if limit == FOR_EVER || limit == 0 || pauses < period_us {
        return None;
    }
    let written = [
        restart.limit.as_ref().map(|limit| limit.span),
        restart.period.as_ref().map(|period| period.span),
        restart.backoff.as_ref().map(|backoff| backoff.span),
    ];
    let mut spans = written.into_iter().flatten();
    let problem = Problem::new(
        &RULE,
        spans.next()?,
        format!("`{}` would be restarted for ever", task.name),
        format!("the pauses before {limit} restarts add up to {}", rounded(pauses)),
        format!(
            "lower `limit` or `backoff`, or make `period` ({}) longer; `limit = {FOR_EVER}` is for ever",
            time_text(period_us)
        ),
    );
    Some(spans.fold(problem, |problem, span| problem.with_related(span, "with this")))
}

fn rounded(microseconds: u64) -> String {
    match microseconds {
        0..10_000 => time_text(microseconds),
        10_000..10_000_000 => format!("{} ms", microseconds / 1000),
        _ => format!("{} s", microseconds / 1_000_000),
    }
}
