//! `[[vm]]`, its `boot` and its `server.NAME`.

use super::placement::ON_FAILURE;
use super::{Absent, Key, Kind, PLACEMENT, Table, words};
use crate::device::DEVICES;
use crate::expand::defaults;
use crate::parse::quantity::time_text;
use crate::parse::vm::{ENDS, FLAT_ADDRESS, KINDS, PROTOCOLS, SEVERITIES, WATCHDOG_ACTIONS};
use bulkhead_abi::limits::{MAX_CPUS, PRIORITIES};

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
const CPU: Kind = Kind::Number(0, MAX_CPUS as u64 - 1);
const END: Kind = Kind::Words(|| words(&ENDS));

pub(crate) static VM: Table = Table {
    what: "a [[vm]]",
    title: "`[[vm]]`",
    says: "At most one VM is of kind `service`; `post-launched` needs one. Names of VMs have at most 14 characters.",
    keys: &[
        Key::new("name", Kind::Name, Absent::Refused("\"linux\""), "its name"),
        Key::new(
            "memory",
            Kind::Size,
            Absent::Refused("\"128 MiB\""),
            "RAM; a multiple of 2 MiB, 2 MiB to 63 GiB",
        ),
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
        Key::new("cpu", CPU, Absent::Means("0"), "CPU of the only vCPU"),
        Key::new(
            "vcpus",
            Kind::List(&CPU),
            Absent::Means("one vCPU"),
            "the CPU of each vCPU; instead of `cpu`; at most 16",
        ),
        Key::new(
            "exclusive",
            Kind::Flag,
            Absent::Means("`false`"),
            "`true`: nothing else runs on the CPUs of its vCPUs, and each has a CPU of its own",
        ),
        Key::new(
            "priority",
            Kind::Number(0, PRIORITIES as u64 - 1),
            Absent::Is(|| defaults::VCPU_PRIORITY.to_string()),
            "of its vCPUs; below all tasks",
        ),
        Key::new("budget", Kind::Time, Absent::Means("no bound"), "time of each vCPU in a period"),
        Key::new(
            "period",
            Kind::Time,
            Absent::Is(|| format!("{} with a budget", time_text(defaults::PERIOD_US.into()))),
            "period of the budget",
        ),
        Key::new(
            "devices",
            Kind::List(&Kind::Words(|| DEVICES.iter().map(|device| device.name).collect())),
            Absent::Means("all"),
            "its devices",
        ),
        Key::new("servers_cpu", CPU, Absent::Means("`services_cpu`"), "CPU of its device servers"),
        Key::new(
            "console",
            Kind::Flag,
            Absent::Means("`true`"),
            "its serial port is connected to the console",
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
            "epoch",
            Kind::Number(0, LAST_SECOND),
            Absent::Means("the machine's clock, taken as UTC"),
            "what its real-time clock shows when it begins to run, in seconds since 1970",
        ),
        Key::new(
            "shutdown_deadline",
            Kind::Time,
            Absent::Is(|| time_text(defaults::SHUTDOWN_US.into())),
            "how long it has to power itself off when it is asked because the machine or its service VM ends",
        ),
        Key::new(
            "on_failure",
            ON_FAILURE,
            Absent::Means("`power-off-vm`"),
            "when one of its device servers is given up, [below](#on_failure)",
        ),
        Key::new(
            "server",
            Kind::Named(&SERVER),
            Absent::Means("all defaults"),
            "its device servers, by the device's name, and its `emulator`",
        ),
    ],
    shares: None,
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

static SERVER: Table = Table {
    what: "a [vm.server] table",
    title: "`[vm.server.NAME]`",
    says: "[Placement](#placement) of one of the VM's device servers: a device's name, or `emulator`.",
    keys: &[],
    shares: Some(&PLACEMENT),
};
