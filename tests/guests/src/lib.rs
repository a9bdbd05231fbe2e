//! Guests to boot: tiny ones of our own, assembled here, and those of the distribution ([`debian`], [`linux`], [`grub`]).
#![forbid(unsafe_code)]

pub mod debian;
mod error;
pub mod grub;
pub mod linux;
mod newc;

pub use error::Error;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A guest of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    /// Its source is `asm/<name>.S`.
    pub name: &'static str,
    /// What it is built as.
    pub format: Format,
}

/// What a guest is built as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Bytes for [`FLAT_ADDRESS`], entered there in real mode.
    Flat,
    /// A 32-bit ELF.
    Elf,
}

/// Where flat guests are loaded and entered.
pub const FLAT_ADDRESS: u64 = 0x8000;

/// All of them.
pub const GUESTS: [Guest; 18] = [
    Guest { name: "first-light", format: Format::Flat },
    Guest { name: "multiboot", format: Format::Elf },
    Guest { name: "pvh", format: Format::Elf },
    Guest { name: "spin", format: Format::Flat },
    Guest { name: "reset", format: Format::Flat },
    Guest { name: "ticker", format: Format::Flat },
    Guest { name: "smp", format: Format::Flat },
    Guest { name: "link", format: Format::Flat },
    Guest { name: "priority", format: Format::Flat },
    Guest { name: "witness", format: Format::Flat },
    Guest { name: "bench", format: Format::Flat },
    Guest { name: "stream", format: Format::Flat },
    Guest { name: "steady", format: Format::Flat },
    Guest { name: "ends", format: Format::Flat },
    Guest { name: "button", format: Format::Flat },
    Guest { name: "watcher", format: Format::Flat },
    Guest { name: "neighbour", format: Format::Flat },
    Guest { name: "malice", format: Format::Flat },
];

impl Guest {
    /// Name of the file that it becomes.
    #[must_use]
    pub fn file_name(&self) -> String {
        match self.format {
            Format::Flat => format!("{}.bin", self.name),
            Format::Elf => format!("{}.elf", self.name),
        }
    }
}

/// Builds all guests into a folder; the files in the order of [`GUESTS`].
///
/// Needs nothing but the C compiler driver that Rust needs to link.
///
/// # Errors
/// The folder cannot be written, or a guest does not assemble.
pub fn build(out: &Path) -> Result<Vec<PathBuf>, Error> {
    fs::create_dir_all(out).map_err(|error| Error::file(out, error))?;
    GUESTS.iter().map(|guest| build_one(guest, out)).collect()
}

fn build_one(guest: &Guest, out: &Path) -> Result<PathBuf, Error> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("asm");
    let file = out.join(guest.file_name());
    let (script, format) = match guest.format {
        Format::Flat => ("flat.ld", Some("-Wl,--oformat=binary")),
        Format::Elf => ("elf.ld", None),
    };
    let mut command = Command::new("cc");
    command
        .args([
            "-m32",
            "-nostdlib",
            "-static",
            "-no-pie",
            "-Wl,--build-id=none",
            "-Wl,-z,max-page-size=0x1000",
        ])
        .args(["-Wl,-z,noexecstack", "-Wl,-T"])
        .arg(sources.join(script))
        .args(format)
        .arg(sources.join(guest.name).with_extension("S"))
        .arg("-o")
        .arg(&file);
    run(&mut command)?;
    Ok(file)
}

/// Runs a program to its end; its output is shown only if it fails.
fn run(command: &mut Command) -> Result<Vec<u8>, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| Error::Missing { program: program.clone(), error })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Error::Failed { program, output: String::from_utf8_lossy(&output.stderr).into_owned() })
}

#[cfg(test)]
mod tests;
