//! `[[task]]` and the placement keys that all tasks share.

use super::fields::Fields;
use crate::language::Table;
use crate::manifest::{ExtraTask, FailurePolicy, Placement, RegistryRole, Restart, Right, ShellSettings};
use crate::problem::Problem;
use crate::source::Spanned;
use crate::tree::{self, Value};

pub(crate) const RIGHTS: [(&str, Right); 3] =
    [("log", Right::Log), ("platform", Right::Platform), ("supervise", Right::Supervise)];

pub(crate) const ROLES: [(&str, RegistryRole); 3] = [
    ("observer", RegistryRole::Observer),
    ("operator", RegistryRole::Operator),
    ("service-vm", RegistryRole::ServiceVm),
];

pub(crate) const FAILURES: [(&str, FailurePolicy); 7] = [
    ("reset-device", FailurePolicy::ResetDevice),
    ("pause-vm", FailurePolicy::PauseVm),
    ("reset-vm", FailurePolicy::ResetVm),
    ("power-off-vm", FailurePolicy::PowerOffVm),
    ("stay-dead", FailurePolicy::StayDead),
    ("start-anew", FailurePolicy::StartAnew),
    ("power-off", FailurePolicy::PowerOff),
];

/// Reads one task; nothing if it has no name to speak of.
pub(super) fn read(value: Value, declared: &'static Table, problems: &mut Vec<Problem>) -> Option<ExtraTask> {
    let mut fields = Fields::open(value, declared, problems)?;
    let span = fields.span();
    let name = fields.text("name");
    let binary = fields.text("binary");
    Some(ExtraTask {
        binary: fields.or(binary, Spanned::with_span(String::new(), span)),
        script: fields.text("script"),
        calls: read_calls(&mut fields),
        registry: fields.choice("registry", &ROLES),
        notifies: read_notifies(&mut fields),
        serves: fields.texts("serves").unwrap_or_default(),
        ports: fields.ranges("ports").iter().filter_map(as_ports).collect(),
        rights: fields.choices("rights", &RIGHTS),
        placement: read_placement(&mut fields),
        name: name?,
    })
}

/// The declaration lets nothing larger through.
fn as_ports(range: &Spanned<(u64, u64)>) -> Option<Spanned<(u16, u16)>> {
    let first = u16::try_from(range.value.0).ok()?;
    let last = u16::try_from(range.value.1).ok()?;
    Some(Spanned::with_span((first, last), range.span))
}

/// `"task"`, or `{ task = "task", interface = "echo" }`.
fn read_calls(fields: &mut Fields<'_>) -> Vec<(Spanned<String>, Option<Spanned<String>>)> {
    let mut calls = Vec::new();
    for (declared, value) in fields.tables("calls") {
        match value.kind {
            tree::Kind::Text(text) => calls.push((Spanned::with_span(text, value.span), None)),
            tree::Kind::Table(_) => {
                let Some(mut entry) = Fields::open(value, declared, fields.problems()) else { continue };
                let task = entry.text("task");
                let interface = entry.text("interface");
                calls.extend(task.map(|task| (task, interface)));
            }
            other => fields.problems().push(super::fields::wanted(
                value.span,
                "the name of a task, or a table",
                &other,
                "put it in quotes",
            )),
        }
    }
    calls
}

/// `{ task = "task", bit = 3 }`.
fn read_notifies(fields: &mut Fields<'_>) -> Vec<(Spanned<String>, Spanned<u16>)> {
    let mut notifies = Vec::new();
    for (declared, value) in fields.tables("notifies") {
        let Some(mut entry) = Fields::open(value, declared, fields.problems()) else { continue };
        let (task, bit) = (entry.text("task"), entry.number("bit"));
        notifies.extend(task.zip(bit));
    }
    notifies
}

/// The placement keys as a table of their own.
pub(super) fn read_placement_table(
    value: Value,
    declared: &'static Table,
    problems: &mut Vec<Problem>,
) -> Placement {
    Fields::open(value, declared, problems)
        .map_or_else(Placement::default, |mut fields| read_placement(&mut fields))
}

/// The shell's table: the placement keys, whether there is one, and whether it reads guests' memory.
pub(super) fn read_shell(
    value: Value,
    declared: &'static Table,
    problems: &mut Vec<Problem>,
) -> (Placement, ShellSettings) {
    let Some(mut fields) = Fields::open(value, declared, problems) else {
        return (Placement::default(), ShellSettings::default());
    };
    let flag = |flag: Option<Spanned<bool>>| flag.map(|flag| flag.value);
    let settings =
        ShellSettings { enabled: flag(fields.flag("enabled")), inspect: flag(fields.flag("inspect")) };
    (read_placement(&mut fields), settings)
}

fn read_placement(fields: &mut Fields<'_>) -> Placement {
    Placement {
        cpu: fields.number("cpu"),
        priority: fields.number("priority"),
        budget: fields.time("budget"),
        period: fields.time("period"),
        stack: fields.size("stack"),
        memory: fields.size("memory"),
        deadline: fields.time("deadline"),
        signal_deadline: fields.time("signal_deadline"),
        callers: fields.texts("callers"),
        restart: read_restart(fields),
        // Whether the word suits the task is checked later.
        on_failure: fields.choice("on_failure", &FAILURES),
    }
}

fn read_restart(fields: &mut Fields<'_>) -> Restart {
    let Some((declared, value)) = fields.inner("restart") else { return Restart::default() };
    let Some(mut entry) = Fields::open(value, declared, fields.problems()) else { return Restart::default() };
    Restart {
        backoff: entry.time("backoff"),
        limit: entry.number("limit"),
        period: entry.time("period").map(|period| Spanned::with_span(period.value / 1000, period.span)),
    }
}
