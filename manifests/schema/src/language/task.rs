//! `[[task]]`: a further task.

use super::{Absent, Key, Kind, PLACEMENT, Table, words};
use crate::interface::INTERFACES;
use crate::parse::task::{RIGHTS, ROLES};

const INTERFACE: Kind = Kind::Words(|| words(&INTERFACES));

pub(crate) static TASK: Table = Table {
    what: "a [[task]]",
    title: "`[[task]]`",
    says: "A further task. It also takes the keys of its [placement](#placement).",
    keys: &[
        Key::new("name", Kind::Name, Absent::Refused("\"probe\""), "its name"),
        Key::new("binary", Kind::Text, Absent::Refused("\"probe\""), "a task program of the workspace"),
        Key::new("script", Kind::Text, Absent::Means("empty"), "what it is told, at most 64 bytes"),
        Key::new(
            "calls",
            Kind::List(&Kind::TextOr(&CALL)),
            Absent::Means("none"),
            "whom it calls: names of tasks, or tables",
        ),
        Key::new(
            "notifies",
            Kind::List(&Kind::Table(&NOTIFICATION)),
            Absent::Means("none"),
            "whom it notifies; other `[[task]]`s only",
        ),
        Key::new(
            "registry",
            Kind::Words(|| words(&ROLES)),
            Absent::Means("`observer`"),
            "what it is to the VM registry, if it calls that",
        ),
        Key::new("serves", Kind::List(&INTERFACE), Absent::Means("none"), "interfaces that it serves"),
        Key::new(
            "ports",
            Kind::List(&Kind::Range(u16::MAX as u64)),
            Absent::Means("none"),
            "physical ports that it uses; each has one owner",
        ),
        Key::new(
            "rights",
            Kind::List(&Kind::Words(|| words(&RIGHTS))),
            Absent::Means("none"),
            "rights over the system: read the log, power the machine off, see and restart tasks",
        ),
    ],
    shares: Some(&PLACEMENT),
};

static CALL: Table = Table {
    what: "a call",
    title: "An entry of `calls`",
    says: "A text stands for a table with that `task`.",
    keys: &[
        Key::new("task", Kind::Text, Absent::Refused("\"console\""), "name of the task that is called"),
        Key::new("interface", INTERFACE, Absent::Means("the first that the task serves"), "what is called"),
    ],
    shares: None,
};

static NOTIFICATION: Table = Table {
    what: "a notification",
    title: "An entry of `notifies`",
    says: "",
    keys: &[
        Key::new("task", Kind::Text, Absent::Refused("\"listener\""), "name of the task that is notified"),
        Key::new("bit", Kind::Number(0, 63), Absent::Refused("3"), "bit of that task's notification word"),
    ],
    shares: None,
};
