//! A VM that is connected to the console has a serial port.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use bulkhead_protocol::config::ServerKind;

pub(super) static RULE: Rule = Rule {
    code: "BH0603",
    name: "console-without-port",
    says: "A VM with `console = true` has the device `vuart`.",
    why: "The console shows what a guest writes to its serial port; without one there is nothing to connect.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let pairs = subject.manifest.machines().zip(&subject.system.vms);
    pairs
        .filter(|(_, vm)| vm.server(ServerKind::Vuart).is_none())
        .filter_map(|(written, vm)| {
            let console = written.machine.console.as_ref().filter(|console| console.value)?;
            let problem = Problem::new(
                &RULE,
                console.span,
                format!("`{}` has no serial port to connect to the console", vm.name.value),
                "nothing to connect",
                "add `vuart` to its devices, or leave `console` out",
            );
            let devices = written.machine.devices.as_ref().and_then(|devices| devices.first());
            Some(match devices {
                Some(first) => problem.with_related(first.span, "its devices"),
                None => problem,
            })
        })
        .collect()
}
