//! Where and how a task runs: the keys that all tasks share.

use super::{Absent, Key, Kind, Table, words};
use crate::expand::defaults;
use crate::parse::quantity::{size_text, time_text};
use crate::parse::task::FAILURES;
use crate::system::Role;
use bulkhead_abi::limits::{MAX_CPUS, PRIORITIES};
use bulkhead_protocol::config::ServerKind;

pub(super) const ON_FAILURE: Kind = Kind::Words(|| words(&FAILURES));

pub(crate) static PLACEMENT: Table = Table {
    what: "a placement",
    title: "Placement",
    says: "In `[[task]]`, `[service.NAME]` and `[vm.server.NAME]`.",
    keys: &[
        Key::new(
            "cpu",
            Kind::Number(0, MAX_CPUS as u64 - 1),
            Absent::Means("`servers_cpu`, `services_cpu`"),
            "where it runs",
        ),
        Key::new(
            "priority",
            Kind::Number(0, PRIORITIES as u64 - 1),
            Absent::Is(priorities),
            "above its callers and above all vCPUs",
        ),
        Key::new("budget", Kind::Time, Absent::Means("no bound"), "time in a period"),
        Key::new(
            "period",
            Kind::Time,
            Absent::Is(|| format!("{} with a budget", time_text(defaults::PERIOD_US.into()))),
            "period of the budget",
        ),
        Key::new("stack", Kind::Size, Absent::Is(stacks), "a multiple of 4 KiB, at most 4 MiB"),
        Key::new(
            "memory",
            Kind::Size,
            Absent::Means("what its program needs"),
            "bound of its program and stack together; an image is refused if they need more",
        ),
        Key::new("deadline", Kind::Time, Absent::Means("[below](#deadlines)"), "bound of each call to it"),
        Key::new(
            "signal_deadline",
            Kind::Time,
            Absent::Is(signal_deadlines),
            "bound of its handling of an event that nobody waits for",
        ),
        Key::new(
            "callers",
            Kind::List(&Kind::Text),
            Absent::Means("whoever has it in `calls`"),
            "who may call it: names of tasks; a call of anybody else is refused",
        ),
        Key::new(
            "restart",
            Kind::Table(&RESTART),
            Absent::Means("all defaults"),
            "what happens after its faults",
        ),
        Key::new(
            "on_failure",
            ON_FAILURE,
            Absent::Means("[below](#on_failure)"),
            "what follows when it is given up",
        ),
    ],
    shares: None,
};

static RESTART: Table = Table {
    what: "restart",
    title: "`restart`",
    says: "A task that is a victim of faults on purpose is always restarted, after the shortest pause, unless its \
           manifest says otherwise.",
    keys: &[
        Key::new(
            "backoff",
            Kind::Time,
            Absent::Is(|| time_text(defaults::RESTART[0].into())),
            "pause before the first restart in a period; doubles with each further one, ten times at the most",
        ),
        Key::new(
            "limit",
            Kind::Number(0, u16::MAX as u64),
            Absent::Is(|| defaults::RESTART[1].to_string()),
            "restarts in a period; one fault more and the task is given up",
        ),
        Key::new(
            "period",
            Kind::Time,
            Absent::Is(|| time_text(u64::from(defaults::RESTART[2]) * 1000)),
            "time after which faults are forgotten",
        ),
    ],
    shares: None,
};

fn priorities() -> String {
    let of = |name: &str, priority: u8| format!("{name} {priority}");
    [
        of("supervisor", defaults::SUPERVISOR.priority),
        of("console", defaults::CONSOLE.priority),
        of("devices", defaults::server(ServerKind::Vuart).priority),
        of("loader", defaults::LOADER.priority),
        of("emulator", defaults::server(ServerKind::InsnEmulator).priority),
        of("vm-manager", defaults::VM_MANAGER.priority),
        of("shell", defaults::SHELL.priority),
        format!("a `[[task]]` {}, or less to be below what it calls", defaults::EXTRA.priority),
    ]
    .join(", ")
}

fn signal_deadlines() -> String {
    let of = |role: Role| time_text(defaults::signal_deadline(&role).into());
    let device = Role::Device { vm: 0, kind: ServerKind::Vuart };
    format!("its `deadline`, or {}, for device servers; {} for others", of(device), of(Role::Console))
}

fn stacks() -> String {
    [
        format!("vm-manager {}", size_text(defaults::VM_MANAGER.stack)),
        format!("loader {}", size_text(defaults::LOADER.stack)),
        format!("console and supervisor {}", size_text(defaults::CONSOLE.stack)),
        format!("others {}", size_text(defaults::EXTRA.stack)),
    ]
    .join(", ")
}
