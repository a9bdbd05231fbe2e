//! What kind of boot image some bytes are, by the marks that the boot protocols define.

use core::fmt;
use object::read::elf::{ElfFile32, ElfFile64, FileHeader, ProgramHeader};

/// Kinds of boot image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Linux bzImage.
    Linux,
    /// ELF with a PVH entry.
    Pvh,
    /// With a multiboot 1 header.
    Multiboot,
    /// Any other ELF.
    Elf,
    /// No mark.
    Unmarked,
}

impl Kind {
    /// The boot protocol that takes it.
    pub(crate) const fn protocol_name(self) -> Option<&'static str> {
        match self {
            Self::Linux => Some("linux"),
            Self::Pvh => Some("pvh"),
            Self::Multiboot => Some("multiboot"),
            Self::Elf | Self::Unmarked => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linux => "a Linux bzImage",
            Self::Pvh => "an ELF with a PVH entry",
            Self::Multiboot => "a multiboot image",
            Self::Elf => "an ELF without a known entry",
            Self::Unmarked => "a file without a known mark",
        })
    }
}

/// The kind of these bytes.
#[must_use]
pub fn recognise(bytes: &[u8]) -> Kind {
    if bytes.get(0x202..0x206) == Some(b"HdrS") {
        Kind::Linux
    } else if has_pvh_note(bytes) {
        Kind::Pvh
    } else if has_multiboot_header(bytes) {
        Kind::Multiboot
    } else if bytes.starts_with(b"\x7fELF") {
        Kind::Elf
    } else {
        Kind::Unmarked
    }
}

/// Multiboot specification 0.6.96, section 3.1.1: a 4-aligned header in the first 8 KiB whose magic, flags and
/// checksum add up to zero.
pub(crate) fn has_multiboot_header(bytes: &[u8]) -> bool {
    let searched = bytes.get(..8192).unwrap_or(bytes);
    (0..searched.len()).step_by(4).any(|offset| {
        let word = |index: usize| read_u32(searched, offset + 4 * index);
        match (word(0), word(1), word(2)) {
            (Some(0x1bad_b002), Some(flags), Some(checksum)) => {
                0x1bad_b002_u32.wrapping_add(flags).wrapping_add(checksum) == 0
            }
            _ => false,
        }
    })
}

/// What a Linux kernel asks for.
pub(crate) struct LinuxNeeds {
    /// Bytes of memory from 1 MiB on in which it unpacks itself.
    pub(crate) memory: u64,
}

/// Linux `Documentation/arch/x86/boot.rst`, "The Real-Mode Kernel Header".
pub(crate) fn linux_needs(bytes: &[u8]) -> Result<LinuxNeeds, &'static str> {
    if bytes.get(0x202..0x206) != Some(b"HdrS") {
        return Err("it lacks the mark \"HdrS\" at offset 0x202");
    }
    let version = read_u16(bytes, 0x206).unwrap_or(0);
    if version < 0x020c {
        return Err("its boot protocol is older than 2.12");
    }
    if read_u16(bytes, 0x236).unwrap_or(0) & 1 == 0 {
        return Err("it has no 64-bit entry point (XLF_KERNEL_64)");
    }
    let init_size = read_u32(bytes, 0x260).ok_or("it ends within its header")?;
    Ok(LinuxNeeds { memory: u64::from(init_size) + (1 << 20) })
}

/// The Xen note of type 18 (XEN_ELFNOTE_PHYS32_ENTRY).
fn has_pvh_note(bytes: &[u8]) -> bool {
    fn search<H: FileHeader<Endian = object::Endianness>>(header: &H, data: &[u8]) -> bool {
        let Ok(endian) = header.endian() else { return false };
        let Ok(segments) = header.program_headers(endian, data) else { return false };
        segments.iter().any(|segment| {
            let Ok(Some(mut notes)) = segment.notes(endian, data) else { return false };
            while let Ok(Some(note)) = notes.next() {
                if note.name() == b"Xen" && note.n_type(endian).0 == 18 {
                    return true;
                }
            }
            false
        })
    }
    match bytes.get(4) {
        Some(1) => ElfFile32::parse(bytes).is_ok_and(|file: ElfFile32<'_>| search(file.elf_header(), bytes)),
        Some(2) => ElfFile64::parse(bytes).is_ok_and(|file: ElfFile64<'_>| search(file.elf_header(), bytes)),
        _ => false,
    }
}

fn read_u16(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..offset + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn read_u32(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..offset + 4)?.try_into().ok().map(u32::from_le_bytes)
}
