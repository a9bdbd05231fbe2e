//! Lists name each thing once.

use super::Subject;
use crate::manifest::Placement;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    code: "BH0310",
    name: "repeated-entry",
    says: "A list of devices, calls, interfaces, rights, notifications or callers names each once.",
    why: "The second mention would be a capability that nobody uses.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let manifest = subject.manifest;
    let mut problems = Vec::new();
    for machine in manifest.machines().map(|named| named.machine) {
        let devices = machine.devices.iter().flatten().map(|device| (device.value.clone(), device.span));
        problems.extend(repeated("device", devices));
        problems.extend(machine.servers.iter().flat_map(|(_, placement)| repeated_callers(placement)));
    }
    problems.extend(manifest.services.iter().flat_map(|(_, placement)| repeated_callers(placement)));
    for task in &manifest.tasks {
        let calls = task.calls.iter().map(|(target, interface)| {
            let interface = interface.as_ref().map_or("", |interface| interface.value.as_str());
            (format!("{} {interface}", target.value).trim_end().to_owned(), target.span)
        });
        problems.extend(repeated("call", calls));
        problems
            .extend(repeated("interface", task.serves.iter().map(|name| (name.value.clone(), name.span))));
        let rights =
            task.rights.iter().map(|right| (format!("{:?}", right.value).to_lowercase(), right.span));
        problems.extend(repeated("right", rights));
        let notifies = task.notifies.iter();
        let notifies = notifies.map(|(name, bit)| (format!("{} bit {}", name.value, bit.value), name.span));
        problems.extend(repeated("notification", notifies));
        problems.extend(repeated_callers(&task.placement));
    }
    problems
}

fn repeated_callers(placement: &Placement) -> Vec<Problem> {
    repeated("caller", placement.callers.iter().flatten().map(|name| (name.value.clone(), name.span)))
}

fn repeated(what: &str, entries: impl Iterator<Item = (String, Span)>) -> Vec<Problem> {
    let mut seen: Vec<(String, Span)> = Vec::new();
    let mut problems = Vec::new();
    for (name, span) in entries {
        if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == name) {
            let title = format!("the {what} `{name}` is listed twice");
            let problem = Problem::new(&RULE, span, title, "second time here", "leave one of them out");
            problems.push(problem.with_related(*first, "first time here"));
        }
        seen.push((name, span));
    }
    problems
}
