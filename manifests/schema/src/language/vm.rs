//! `[[vm]]`, its `boot` and its `watchdog`.

use super::machine::MACHINE;
use super::{Absent, Key, Kind, Table, words};
use crate::expand::defaults;
use crate::parse::quantity::time_text;
use crate::parse::vm::{ENDS, FLAT_ADDRESS, KINDS, PROTOCOLS, SEVERITIES, WATCHDOG_ACTIONS};

const END: Kind = Kind::Words(|| words(&ENDS));

pub(crate) static VM: Table = Table {
    what: "a [[vm]]",
    title: "`[[vm]]`",
    says: "At most one VM is of kind `service`; `post-launched` needs the shell, \
           one of kind `service`, or a `[[task]]` with `registry`. Names of VMs have at most 14 characters. A VM \
           without `pool` takes the keys of [memory, vCPUs and devices](#memory-vcpus-and-devices) too.",
    keys: &[
        Key::new("name", Kind::Name, Absent::Refused("\"linux\""), "its name"),
        Key::new(
            "boot",
            Kind::Table(&BOOT),
            Absent::Refused("{ protocol = \"linux\", kernel = \"debian:kernel\" }"),
            "what it starts with",
        ),
        Key::new("kind", Kind::Words(|| words(&KINDS)), Absent::Means("`pre-launched`"), "who starts it"),
        Key::new(
            "severity",
            Kind::Words(|| words(&SEVERITIES)),
            Absent::Means("`safety` for `pre-launched`, `service` for `service`, else `standard`"),
            "how much depends on it",
        ),
        Key::new(
            "after",
            Kind::List(&Kind::Text),
            Absent::Means("none"),
            "names of VMs that the system starts before it",
        ),
        Key::new(
            "pool",
            Kind::Text,
            Absent::Means("memory, vCPUs and devices of its own"),
            "name of the [pool](#pool) in which it takes turns with others; `post-launched` only",
        ),
        Key::new("on_power_off", END, Absent::Means("`power-off`"), "after its S5"),
        Key::new("on_reset", END, Absent::Means("`restart`"), "after its reset request or triple fault"),
        Key::new(
            "watchdog",
            Kind::Table(&WATCHDOG),
            Absent::Means("none"),
            "what watches over a guest that may spin",
        ),
        Key::new(
            "shutdown_deadline",
            Kind::Time,
            Absent::Is(|| time_text(defaults::SHUTDOWN_US.into())),
            "how long it has to power itself off when it is asked because the machine or its service VM ends",
        ),
    ],
    shares: Some(&MACHINE),
};

static WATCHDOG: Table = Table {
    what: "a watchdog",
    title: "`watchdog` of a `[[vm]]`",
    says: "A vCPU that runs without taking an interrupt for `timeout` of its own time is taken to spin. A vCPU that \
           halts or waits for its CPU does not run. Not for guests that work with interrupts off.",
    keys: &[
        Key::new(
            "timeout",
            Kind::Time,
            Absent::Refused("\"30 s\""),
            "how long a vCPU may run without taking an interrupt; at least 10 ms",
        ),
        Key::new(
            "action",
            Kind::Words(|| words(&WATCHDOG_ACTIONS)),
            Absent::Means("`restart`"),
            "what follows",
        ),
    ],
    shares: None,
};

static BOOT: Table = Table {
    what: "boot",
    title: "`boot` of a `[[vm]]`",
    says: "Kernel and RAM disk are [images](#images).",
    keys: &[
        Key::new(
            "protocol",
            Kind::Words(|| words(&PROTOCOLS)),
            Absent::Refused("\"linux\""),
            "the boot protocol",
        ),
        Key::new("kernel", Kind::Text, Absent::Refused("\"debian:kernel\""), "an image"),
        Key::new(
            "ramdisk",
            Kind::Text,
            Absent::Means("none"),
            "an image; with `linux`, `pvh` and `multiboot` only",
        ),
        Key::new(
            "command_line",
            Kind::Text,
            Absent::Means("`console=ttyS0` for `linux`, else empty"),
            "boot arguments, at most 1024 bytes",
        ),
        Key::new(
            "load",
            Kind::Number(0, i64::MAX as u64),
            Absent::Is(|| format!("{FLAT_ADDRESS:#x}")),
            "`flat` only: guest-physical address of the first byte",
        ),
        Key::new(
            "entry",
            Kind::Number(0, i64::MAX as u64),
            Absent::Means("`load`"),
            "`flat` only: address of the first instruction, in the image, below 1 MiB",
        ),
    ],
    shares: None,
};
