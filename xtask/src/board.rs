//! `board`: facts about a machine as a board file, from a Linux that runs on it or from the log of a start of Bulkhead.

mod linux;
mod log;

use crate::Failure;
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;

pub use linux::read as from_linux;
pub use log::read as from_log;

/// What a board file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What the machine is called.
    pub name: Option<String>,
    /// CPUs.
    pub cpus: usize,
    /// First and last byte, and the kind in the words of the board file.
    pub memory: Vec<(u64, u64, &'static str)>,
    /// PCI functions.
    pub pci: Vec<Function>,
}

/// A PCI function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Segment, bus, device, function.
    pub at: String,
    /// Vendor and device.
    pub id: String,
    /// Class, subclass, interface.
    pub class: String,
    /// First and last byte of what its base address registers claim.
    pub windows: Vec<(u64, u64)>,
}

/// Writes the board file of this machine, or of the one that wrote a log (`-` for standard input), to standard output or
/// a file.
///
/// # Errors
/// The facts are not to be had, or the file cannot be written.
pub fn command(log: Option<&Path>, out: Option<&Path>) -> Result<(), Failure> {
    let facts = match log {
        Some(path) => from_log(&read(path)?)?,
        None => from_linux(Path::new("/"))?,
    };
    let text = facts.to_toml();
    match out {
        Some(path) => fs::write(path, text).map_err(|error| Failure::file("write", path, &error))?,
        None => print!("{text}"),
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let result = if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(path).map(|content| bytes = content)
    };
    result.map_err(|error| Failure::file("read", path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl Facts {
    /// The board file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from("# Written by `cargo xtask board`.\n");
        if let Some(name) = &self.name {
            let name: String = name.chars().filter(|letter| !letter.is_control()).collect();
            let _ = writeln!(text, "name = \"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        }
        let _ = writeln!(text, "cpus = {}\nmemory = [", self.cpus);
        for (first, last, kind) in &self.memory {
            let _ = writeln!(text, "  {{ range = \"{first:#x}-{last:#x}\", kind = \"{kind}\" }},");
        }
        text.push_str("]\n");
        if !self.pci.is_empty() {
            text.push_str("pci = [\n");
            for Function { at, id, class, windows } in &self.pci {
                let windows: Vec<_> =
                    windows.iter().map(|(first, last)| format!("\"{first:#x}-{last:#x}\"")).collect();
                let windows = windows.join(", ");
                let _ = writeln!(
                    text,
                    "  {{ at = \"{at}\", id = \"{id}\", class = \"{class}\", windows = [{windows}] }},"
                );
            }
            text.push_str("]\n");
        }
        text
    }
}

#[cfg(test)]
mod tests;
