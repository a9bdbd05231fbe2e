//! A library of made-up images, one of each kind.

use bulkhead_schema::{Availability, Library};

/// `bzimage`, `multiboot`, `text`, `debian:…`; program `probe`.
pub(crate) struct TestLibrary;

impl Library for TestLibrary {
    fn image(&self, name: &str) -> Availability {
        match name {
            "bzimage" => Availability::Here(bzimage()),
            "multiboot" => Availability::Here(multiboot()),
            "text" => Availability::Here(b"Lorem ipsum dolor sit amet.".to_vec()),
            name if name.starts_with("debian:") || name.starts_with("guest:") => Availability::Later,
            _ => Availability::Absent { reason: "not in the library".into(), help: "name another".into() },
        }
    }

    fn programs(&self) -> Option<Vec<String>> {
        Some(vec!["probe".into()])
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
