//! A library of made-up images, one of each kind, and of the files of a folder.

use bulkhead_schema::{Availability, Library, Program, SchemaEntry, SchemaRole, Segment};
use std::fs;
use std::path::PathBuf;

/// `bzimage`, `multiboot`, `text`, `large`, `rom`, `debian:…`, `guest:…`; programs `probe`, `mute` and `odd`; files of `folder`.
#[derive(Default)]
pub(crate) struct TestLibrary {
    pub(crate) folder: PathBuf,
}

impl Library for TestLibrary {
    fn manifest(&self, name: &str) -> Result<(String, String), String> {
        let text = fs::read_to_string(self.folder.join(name)).map_err(|_| "no such file".to_owned())?;
        Ok((name.to_owned(), text))
    }

    fn image(&self, name: &str) -> Availability {
        match name {
            "bzimage" => Availability::Here(bzimage()),
            "multiboot" => Availability::Here(multiboot()),
            "text" | "parts/text" => Availability::Here(b"Lorem ipsum dolor sit amet.".to_vec()),
            "large" => Availability::Here(vec![0x90; 0x9_0000]),
            "rom" => Availability::Here(vec![0x90; 0x1_0000]),
            "large-rom" => Availability::Here(vec![0x90; (16 << 20) + 0x1000]),
            "elf" => Availability::Here(b"\x7fELF\x02\x01\x01".to_vec()),
            name if name.starts_with("debian:") || name.starts_with("guest:") => Availability::Later,
            _ => Availability::Absent { reason: "not in the library".into(), help: "name another".into() },
        }
    }

    fn programs(&self) -> Option<Vec<String>> {
        Some(["probe", "mute", "odd"].map(Into::into).into())
    }

    /// `probe` calls and serves everything, `mute` nothing, `odd` everything with other shapes.
    fn program(&self, name: &str) -> Option<Program> {
        let shift = match name {
            "probe" => Some(0),
            "odd" => Some(1),
            "mute" => None,
            _ => return None,
        };
        let entry = |interface: u16, role| {
            shift.map(|shift| SchemaEntry { interface, role, hash: u64::from(interface) + shift })
        };
        let schemas = (0..16).flat_map(|id| [entry(id, SchemaRole::Calls), entry(id, SchemaRole::Serves)]);
        let segment = Segment { address: 0x40_0000, memory_length: 0x1_0000, bytes: vec![0xf4], flags: 1 };
        Some(Program { entry: 0x40_0000, segments: vec![segment], schemas: schemas.flatten().collect() })
    }
}

/// The header of a kernel that unpacks itself in 64 MiB.
fn bzimage() -> Vec<u8> {
    let mut bytes = vec![0; 0x1000];
    bytes[0x202..0x206].copy_from_slice(b"HdrS");
    bytes[0x206..0x208].copy_from_slice(&0x020f_u16.to_le_bytes());
    bytes[0x236] = 1;
    bytes[0x260..0x264].copy_from_slice(&(64_u32 << 20).to_le_bytes());
    bytes
}

fn multiboot() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[8..12].copy_from_slice(&0x1bad_b002_u32.to_le_bytes());
    bytes[16..20].copy_from_slice(&0x1bad_b002_u32.wrapping_neg().to_le_bytes());
    bytes
}
