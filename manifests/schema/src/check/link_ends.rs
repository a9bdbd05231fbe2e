//! A link has two different VMs at its ends, and each VM is at the end of one link at the most.

use super::Subject;
use crate::manifest::SerialLink;
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Spanned;

pub(super) static RULE: Rule = Rule {
    code: "BH0313",
    name: "link-ends",
    says: "A link has two different VMs or pools at its ends, and each is at the end of one link at the most.",
    why: "A cable has two ends, and a VM has one serial port, COM2, for a cable to another VM.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let links = &subject.manifest.links;
    let mut problems: Vec<_> = links.iter().filter(|link| link.vms.len() != 2).map(wrong_number).collect();
    let names = || subject.manifest.machines().map(|named| named.name.value.as_str());
    let mut seen: Vec<&Spanned<String>> = Vec::new();
    for end in links.iter().flat_map(|link| &link.vms) {
        let pool = subject.manifest.vms.iter().find(|vm| vm.name.value == end.value);
        if let Some(pool) = pool.and_then(|vm| vm.pool.as_ref()) {
            let title = format!("a link to `{}`, which has its serial ports from its pool", end.value);
            let help = format!("write `{}`: the cable is for whoever is in the pool", pool.value);
            let problem = Problem::new(&RULE, end.span, title, "is in a pool", help);
            problems.push(problem.replace(end.span, format!("\"{}\"", pool.value)));
        } else if names().all(|name| name != end.value) {
            let title = format!("a link to `{}`, which is no VM", end.value);
            let help = did_you_mean(&end.value, names());
            problems.push(Problem::new(&RULE, end.span, title, "unknown VM", help));
        } else if let Some(first) = seen.iter().find(|first| first.value == end.value) {
            let title = format!("VM `{}` is at two ends", end.value);
            let help = "a VM can be at one end of one link";
            let problem = Problem::new(&RULE, end.span, title, "its COM2 is taken", help);
            problems.push(problem.with_related(first.span, "the first end"));
        }
        seen.push(end);
    }
    problems
}

fn wrong_number(link: &SerialLink) -> Problem {
    let title = format!("a link has two ends, not {}", link.vms.len());
    Problem::new(&RULE, link.span, title, "this link", "write for example `vms = [\"red\", \"blue\"]`")
}
