//! The manifest itself, `[system]`, `[service.NAME]`, and faults on purpose.

use super::{Absent, Key, Kind, PLACEMENT, POOL, TASK, Table, VM, words};
use crate::parse::inject;
use bulkhead_abi::limits::MAX_CPUS;

const CPU: Kind = Kind::Number(0, MAX_CPUS as u64 - 1);

pub(crate) static MANIFEST: Table = Table {
    what: "the manifest",
    title: "The file",
    says: "`extends`, `remove` and `board` stand before the first table. See [files](#files) for what they do.",
    keys: &[
        Key::new("extends", Kind::Text, Absent::Means("nothing"), "path of a manifest that this one changes"),
        Key::new(
            "remove",
            Kind::List(&Kind::Text),
            Absent::Means("nothing"),
            "what is taken away from the extended manifest: paths such as `vm.blue` or `vm.red.boot.ramdisk`",
        ),
        Key::new("board", Kind::Text, Absent::Means("any machine"), "path of a [board file](#board-file)"),
        Key::new("system", Kind::Table(&SYSTEM), Absent::Means("all defaults"), "the system as a whole"),
        Key::new("vm", Kind::List(&Kind::Table(&VM)), Absent::Means("none"), "virtual machines"),
        Key::new(
            "pool",
            Kind::List(&Kind::Table(&POOL)),
            Absent::Means("none"),
            "what post-launched VMs take turns in",
        ),
        Key::new("link", Kind::List(&Kind::Table(&LINK)), Absent::Means("none"), "serial cables between VMs"),
        Key::new("service", Kind::Table(&SERVICES), Absent::Means("all defaults"), "services, by name"),
        Key::new("task", Kind::List(&Kind::Table(&TASK)), Absent::Means("none"), "further tasks"),
        Key::new("inject", Kind::List(&Kind::Table(&INJECT)), Absent::Means("none"), "faults at messages"),
        Key::new("chaos", Kind::List(&Kind::Table(&CHAOS)), Absent::Means("none"), "faults by time"),
    ],
    shares: None,
};

static SYSTEM: Table = Table {
    what: "[system]",
    title: "`[system]`",
    says: "",
    keys: &[
        Key::new(
            "name",
            Kind::Name,
            Absent::Means("that of the first VM, or `bulkhead`"),
            "name of the system",
        ),
        Key::new(
            "cpus",
            Kind::Number(1, MAX_CPUS as u64),
            Absent::Means("the highest CPU that anything names, plus 1"),
            "physical CPUs that the system uses",
        ),
        Key::new("services_cpu", CPU, Absent::Means("0"), "CPU of services and device servers"),
    ],
    shares: None,
};

static LINK: Table = Table {
    what: "a [[link]]",
    title: "`[[link]]`",
    says: "A serial cable between two VMs. Each gets a second 16550A for it: ports 0x2F8 to 0x2FF, interrupt line 3, \
           COM2 or `/dev/ttyS1` to its guest. Its device server is named `vuart2`.",
    keys: &[Key::new(
        "vms",
        Kind::List(&Kind::Text),
        Absent::Refused("[\"red\", \"blue\"]"),
        "names of the two VMs, or of pools; each can be at the end of one link",
    )],
    shares: None,
};

static SERVICES: Table = Table {
    what: "service",
    title: "`[service]`",
    says: "Supervisor and console are in every system, the others where there are VMs.",
    keys: &[
        Key::new(
            "supervisor",
            SERVICE,
            Absent::Means("all defaults"),
            "starts tasks again after their faults",
        ),
        Key::new(
            "console",
            SERVICE,
            Absent::Means("all defaults"),
            "drives the serial port and shows the log",
        ),
        Key::new("loader", SERVICE, Absent::Means("all defaults"), "puts images into guests' memory"),
        Key::new("vm-manager", SERVICE, Absent::Means("all defaults"), "keeps the VM registry"),
        Key::new("shell", Kind::Table(&SHELL), Absent::Means("all defaults"), "answers a person's commands"),
    ],
    shares: None,
};

const SERVICE: Kind = Kind::Table(&PLACED);

static PLACED: Table = Table {
    what: "a [service] table",
    title: "`[service.NAME]`",
    says: "[Placement](#placement) of a service.",
    keys: &[],
    shares: Some(&PLACEMENT),
};

static SHELL: Table = Table {
    what: "[service.shell]",
    title: "`[service.shell]`",
    says: "It also takes the keys of its [placement](#placement).",
    keys: &[
        Key::new("enabled", Kind::Flag, Absent::Means("`true`"), "`false`: the system has no shell"),
        Key::new("inspect", Kind::Flag, Absent::Means("`false`"), "`true`: it may read the memory of guests"),
    ],
    shares: Some(&PLACEMENT),
};

static INJECT: Table = Table {
    what: "an [[inject]]",
    title: "`[[inject]]`",
    says: "Faults on purpose, at messages, by chance. A system with this or `[[chaos]]` is built with fault injection \
           and is no production system.",
    keys: &[
        Key::new(
            "task",
            Kind::Text,
            Absent::Refused("\"linux.vuart\""),
            "the victim, or a pattern with one star: `linux.*`, `*`",
        ),
        Key::new(
            "kinds",
            Kind::OneOrMore(&Kind::Words(inject::kinds_and_groups)),
            Absent::Refused("[\"before-commit\"]"),
            "kinds of fault, or groups of them",
        ),
        Key::new(
            "rate",
            Kind::Number(1, u32::MAX as u64),
            Absent::Is(|| inject::RATE.to_string()),
            "one event in so many",
        ),
        Key::new("first", COUNT, Absent::Means("0"), "events to let pass before"),
        Key::new("limit", COUNT, Absent::Means("no bound"), "faults at the most"),
        SEED,
    ],
    shares: None,
};

static CHAOS: Table = Table {
    what: "a [[chaos]]",
    title: "`[[chaos]]`",
    says: "Faults on purpose, by time.",
    keys: &[
        Key::new(
            "task",
            Kind::Text,
            Absent::Refused("\"linux.vuart\""),
            "the victim, or a pattern with one star",
        ),
        Key::new(
            "kind",
            Kind::Words(|| words(&inject::chaos_kinds())),
            Absent::Refused("\"kill\""),
            "`kill` at whatever instruction it is, or one of the kinds of `[[inject]]`",
        ),
        Key::new("every", Kind::Time, Absent::Refused("\"500 ms\""), "time between two faults; not zero"),
        Key::new("limit", COUNT, Absent::Means("no bound"), "faults at the most"),
        SEED,
    ],
    shares: None,
};

const COUNT: Kind = Kind::Number(0, u32::MAX as u64);
const SEED: Key = Key::new(
    "seed",
    Kind::Number(0, i64::MAX as u64),
    Absent::Means("1"),
    "the same seed chooses the same faults",
);
