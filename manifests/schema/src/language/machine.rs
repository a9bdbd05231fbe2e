//! `[[pool]]`, and what VMs and pools have: memory, vCPUs and devices.

use super::placement::ON_FAILURE;
use super::{Absent, Key, Kind, PLACEMENT, Table};
use crate::device::DEVICES;
use crate::expand::defaults;
use crate::parse::quantity::time_text;
use bulkhead_abi::limits::{MAX_CPUS, PRIORITIES};

/// The last second of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;
const CPU: Kind = Kind::Number(0, MAX_CPUS as u64 - 1);

pub(crate) static POOL: Table = Table {
    what: "a [[pool]]",
    title: "`[[pool]]`",
    says: "Memory, vCPUs and devices for one post-launched VM at a time: those that name it in `pool`. Its name is that of \
           its device servers, `lab.vuart`, and has at most 14 characters.",
    keys: &[Key::new("name", Kind::Name, Absent::Refused("\"lab\""), "its name")],
    shares: Some(&MACHINE),
};

pub(crate) static MACHINE: Table = Table {
    what: "a machine",
    title: "Memory, vCPUs and devices",
    says: "In `[[pool]]`, and in `[[vm]]` without `pool`.",
    keys: &[
        Key::new(
            "memory",
            Kind::Size,
            Absent::Unless("pool", "\"128 MiB\""),
            "RAM; a multiple of 2 MiB, 2 MiB to 63 GiB",
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
        Key::new(
            "epoch",
            Kind::Number(0, LAST_SECOND),
            Absent::Means("the machine's clock, taken as UTC"),
            "what its real-time clock shows when it begins to run, in seconds since 1970",
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

static SERVER: Table = Table {
    what: "a table of a device server",
    title: "`[vm.server.NAME]`, `[pool.server.NAME]`",
    says: "[Placement](#placement) of one of the device servers: a device's name, or `emulator`.",
    keys: &[],
    shares: Some(&PLACEMENT),
};
