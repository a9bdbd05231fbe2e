//! The board file: facts about a machine. `cargo xtask board` writes one.

use super::{Absent, Form, Key, Kind, Table, words};
use crate::board::MEMORY_KINDS;

pub(crate) static BOARD: Table = Table {
    what: "the board file",
    title: "Board file",
    says: "Facts about a machine, written by `cargo xtask board`. A manifest that names one is checked against it.",
    keys: &[
        Key::new("name", Kind::Text, Absent::Means("nothing"), "what the machine is called"),
        Key::new("cpus", Kind::Number(1, 4096), Absent::Refused("4"), "CPUs that it has"),
        Key::new(
            "memory",
            Kind::List(&Kind::Table(&REGION)),
            Absent::Refused("[{ range = \"0x100000-0x7fffffff\", kind = \"ram\" }]"),
            "its memory map",
        ),
        Key::new("pci", Kind::List(&Kind::Table(&PCI)), Absent::Means("not known"), "its PCI functions"),
    ],
    shares: None,
};

static REGION: Table = Table {
    what: "a memory region",
    title: "An entry of `memory` of a board",
    says: "",
    keys: &[
        Key::new(
            "range",
            Kind::Range(i64::MAX as u64),
            Absent::Refused("\"0x100000-0x7fffffff\""),
            "first and last byte",
        ),
        Key::new("kind", Kind::Words(|| words(&MEMORY_KINDS)), Absent::Means("`ram`"), "what is there"),
    ],
    shares: None,
};

static PCI: Table = Table {
    what: "a PCI function",
    title: "An entry of `pci` of a board",
    says: "",
    keys: &[
        Key::new("at", Kind::Form(&BDF), Absent::Refused("\"00:1f.2\""), "bus, device and function"),
        Key::new("id", Kind::Form(&PCI_ID), Absent::Refused("\"8086:2922\""), "vendor and device"),
        Key::new(
            "class",
            Kind::Form(&PCI_CLASS),
            Absent::Means("not known"),
            "class, subclass and interface",
        ),
        Key::new(
            "windows",
            Kind::List(&Kind::Range(i64::MAX as u64)),
            Absent::Means("not known"),
            "memory that its base address registers claim",
        ),
    ],
    shares: None,
};

static BDF: Form = Form {
    pattern: "^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-1][0-9a-f]\\.[0-7]$",
    what: "bus:device.function such as \"00:1f.2\"",
    fits: |text| {
        let parts =
            text.rsplit_once('.').map(|(place, function)| (place.split(':').collect::<Vec<_>>(), function));
        parts.is_some_and(|(place, function)| {
            let [segment @ .., bus, device] = place.as_slice() else { return false };
            let has_segment = matches!(segment, [] | [_]) && segment.iter().all(|segment| is_hex(segment, 4));
            let is_device = is_hex(device, 2) && device.starts_with(['0', '1']);
            has_segment && is_hex(bus, 2) && is_device && matches!(function.as_bytes(), [b'0'..=b'7'])
        })
    },
};

static PCI_ID: Form = Form {
    pattern: "^[0-9a-f]{4}:[0-9a-f]{4}$",
    what: "vendor:device such as \"8086:2922\"",
    fits: |text| text.split_once(':').is_some_and(|(vendor, device)| is_hex(vendor, 4) && is_hex(device, 4)),
};

static PCI_CLASS: Form =
    Form { pattern: "^[0-9a-f]{6}$", what: "six digits such as \"010601\"", fits: |text| is_hex(text, 6) };

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
