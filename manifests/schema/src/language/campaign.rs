//! The campaign file: which faults `cargo xtask inject` injects into which system.

use super::{Absent, Key, Kind, Table, words};
use crate::campaign;
use crate::parse::inject;

pub(crate) static CAMPAIGN: Table = Table {
    what: "the campaign",
    title: "Campaign file",
    says: "What `cargo xtask inject` runs, see [campaigns](campaigns.md).",
    keys: &[
        Key::new("name", Kind::Name, Absent::Refused("\"boundaries\""), "its name"),
        Key::new(
            "machine",
            Kind::Words(|| words(&campaign::PLACES)),
            Absent::Means("`emulator`"),
            "`host`: the servers' code runs around a model of the core, without a system",
        ),
        Key::new(
            "system",
            Kind::Text,
            Absent::Means("none; needed in an emulator"),
            "the manifest of the system, a path from the campaign's folder",
        ),
        Key::new(
            "servers",
            Kind::List(&Kind::Text),
            Absent::Means("all on the host; needed in an emulator"),
            "the victims: names of tasks, or patterns with one star",
        ),
        Key::new(
            "kinds",
            Kind::OneOrMore(&Kind::Words(inject::kinds_and_groups)),
            Absent::Means("`all`"),
            "kinds of fault, or groups of them",
        ),
        Key::new("faults", SOME, Absent::Refused("2000"), "faults to inject, at least"),
        Key::new(
            "orders",
            SOME,
            Absent::Is(|| campaign::ORDERS.to_string()),
            "faults of one server in one boot, at most",
        ),
        Key::new(
            "rounds",
            SOME,
            Absent::Is(|| campaign::ROUNDS.to_string()),
            "rounds of the watching guest in one boot",
        ),
        Key::new(
            "first",
            Kind::Number(0, u32::MAX as u64),
            Absent::Is(|| campaign::FIRST.to_string()),
            "events of a server to let pass before its first fault",
        ),
        Key::new("rate", Kind::List(&Kind::Table(&RATE)), Absent::Means("none"), "table, below"),
        Key::new("ends", Kind::List(&Kind::Table(&ENDS)), Absent::Means("none"), "table, below"),
        Key::new("seed", Kind::Number(0, i64::MAX as u64), Absent::Means("1"), "start of the random numbers"),
        Key::new(
            "goal",
            Kind::Number(0, 1000),
            Absent::Is(|| campaign::GOAL.to_string()),
            "of 1000 faults, recovered from at least",
        ),
    ],
    shares: None,
};

/// At least one.
const SOME: Kind = Kind::Number(1, u32::MAX as u64);

static ENDS: Table = Table {
    what: "an [[ends]]",
    title: "`[[ends]]` of a campaign",
    says: "How a guest that ends itself again and again may end: any other reason breaks the campaign.",
    keys: &[
        Key::new("vm", Kind::Name, Absent::Refused("\"sleeper\""), "the VM"),
        Key::new(
            "reason",
            Kind::Text,
            Absent::Refused("\"GuestPowerOff\""),
            "the reason, as the registry has it",
        ),
    ],
    shares: None,
};

static RATE: Table = Table {
    what: "a [[rate]]",
    title: "`[[rate]]` of a campaign",
    says: "How far apart the faults of a server are, so that they spread over a boot.",
    keys: &[
        Key::new("server", Kind::Text, Absent::Refused("\"witness.vuart\""), "the server, or a pattern"),
        Key::new(
            "events",
            SOME,
            Absent::Refused("100"),
            "its events between two faults; 4 for servers without a rate",
        ),
    ],
    shares: None,
};
