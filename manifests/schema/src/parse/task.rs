//! `[[task]]` and the placement keys that all tasks share.

use super::fields::Fields;
use crate::manifest::{ExtraTask, FailurePolicy, Placement, RegistryRole, Restart, Right, ShellSettings};
use crate::problem::Problem;
use toml_span::value::ValueInner;
use toml_span::{Spanned, Value};

const RIGHTS: [(&str, Right); 3] =
    [("log", Right::Log), ("platform", Right::Platform), ("supervise", Right::Supervise)];

const ROLES: [(&str, RegistryRole); 3] = [
    ("observer", RegistryRole::Observer),
    ("operator", RegistryRole::Operator),
    ("service-vm", RegistryRole::ServiceVm),
];

const FAILURES: [(&str, FailurePolicy); 7] = [
    ("reset-device", FailurePolicy::ResetDevice),
    ("pause-vm", FailurePolicy::PauseVm),
    ("reset-vm", FailurePolicy::ResetVm),
    ("power-off-vm", FailurePolicy::PowerOffVm),
    ("stay-dead", FailurePolicy::StayDead),
    ("start-anew", FailurePolicy::StartAnew),
    ("power-off", FailurePolicy::PowerOff),
];

/// Reads one task; nothing if a part is missing that cannot be guessed.
pub(super) fn read(value: Value<'_>, problems: &mut Vec<Problem>) -> Option<ExtraTask> {
    let mut fields = Fields::open(value, "a [[task]]", problems)?;
    let name = fields.name("name");
    let binary = fields.text("binary");
    let script = fields.text("script");
    let calls = read_calls(&mut fields);
    let registry = fields.choice("registry", &ROLES);
    let notifies = read_notifies(&mut fields);
    let serves = fields.texts("serves").unwrap_or_default();
    let ports = fields.texts("ports").unwrap_or_default();
    let ports = ports.iter().filter_map(|text| read_ports(text, fields.problems())).collect();
    let rights = fields.texts("rights").unwrap_or_default();
    let rights = rights.iter().filter_map(|word| fields.as_choice(word, &RIGHTS)).collect();
    let placement = read_placement(&mut fields);
    let name = fields.require("name", name, "\"probe\"");
    let binary = fields.require("binary", binary, "\"probe\"");
    fields.close();
    Some(ExtraTask {
        name: name?,
        binary: binary?,
        script,
        calls,
        registry,
        notifies,
        serves,
        ports,
        rights,
        placement,
    })
}

/// `"task"`, or `{ task = "task", interface = "echo" }`.
fn read_calls(fields: &mut Fields<'_, '_>) -> Vec<(Spanned<String>, Option<Spanned<String>>)> {
    let mut calls = Vec::new();
    for value in fields.list("calls") {
        if matches!(value.as_ref(), ValueInner::Table(_)) {
            let Some(mut entry) = Fields::open(value, "a call", fields.problems()) else { continue };
            let task = entry.text("task");
            let interface = entry.text("interface");
            let task = entry.require("task", task, "\"console\"");
            entry.close();
            calls.extend(task.map(|task| (task, interface)));
        } else {
            calls.extend(fields.as_text(value, "the name of a task").map(|task| (task, None)));
        }
    }
    calls
}

/// `{ task = "task", bit = 3 }`.
fn read_notifies(fields: &mut Fields<'_, '_>) -> Vec<(Spanned<String>, Spanned<u16>)> {
    let mut notifies = Vec::new();
    for value in fields.list("notifies") {
        let Some(mut entry) = Fields::open(value, "a notification", fields.problems()) else { continue };
        let (task, bit) = (entry.text("task"), entry.number("bit"));
        let task = entry.require("task", task, "\"listener\"");
        let bit = entry.require("bit", bit, "3");
        entry.close();
        notifies.extend(task.zip(bit));
    }
    notifies
}

/// `"0x3f8-0x3ff"`, or `"0x80"`.
fn read_ports(text: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<Spanned<(u16, u16)>> {
    let port = |text: &str| {
        let text = text.trim();
        match text.strip_prefix("0x") {
            Some(digits) => u16::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
    };
    let (first, last) = text.value.split_once('-').unwrap_or((&text.value, &text.value));
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => Some(Spanned::with_span((first, last), text.span)),
        _ => {
            problems.push(Problem::new(
                text.span,
                format!("`{}` is no range of ports", text.value),
                "expected first and last port",
                "write for example \"0x2f8-0x2ff\" or \"0x80\"",
            ));
            None
        }
    }
}

/// The placement keys as a table of their own.
pub(super) fn read_placement_table(
    value: Value<'_>,
    what: &'static str,
    problems: &mut Vec<Problem>,
) -> Placement {
    let Some(mut fields) = Fields::open(value, what, problems) else { return Placement::default() };
    let placement = read_placement(&mut fields);
    fields.close();
    placement
}

/// The shell's table: the placement keys, whether there is one, and whether it reads guests' memory.
pub(super) fn read_shell(value: Value<'_>, problems: &mut Vec<Problem>) -> (Placement, ShellSettings) {
    let Some(mut fields) = Fields::open(value, "[service.shell]", problems) else {
        return (Placement::default(), ShellSettings::default());
    };
    let settings = ShellSettings { enabled: fields.flag("enabled"), inspect: fields.flag("inspect") };
    let placement = read_placement(&mut fields);
    fields.close();
    (placement, settings)
}

fn read_placement(fields: &mut Fields<'_, '_>) -> Placement {
    Placement {
        cpu: fields.number("cpu"),
        priority: fields.number("priority"),
        budget: fields.time("budget"),
        period: fields.time("period"),
        stack: fields.size("stack"),
        deadline: fields.time("deadline"),
        signal_deadline: fields.time("signal_deadline"),
        restart: read_restart(fields),
        on_failure: read_on_failure(fields),
    }
}

/// The word for what follows when a task is given up. Whether it suits the task is checked later.
pub(super) fn read_on_failure(fields: &mut Fields<'_, '_>) -> Option<Spanned<FailurePolicy>> {
    fields.choice("on_failure", &FAILURES)
}

fn read_restart(fields: &mut Fields<'_, '_>) -> Restart {
    let Some(value) = fields.take("restart") else { return Restart::default() };
    let Some(mut entry) = Fields::open(value, "restart", fields.problems()) else {
        return Restart::default();
    };
    let restart = Restart {
        backoff: entry.time("backoff"),
        limit: entry.number("limit"),
        period: entry.time("period").map(|period| Spanned::with_span(period.value / 1000, period.span)),
    };
    entry.close();
    restart
}
