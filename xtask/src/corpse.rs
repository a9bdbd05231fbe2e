//! `corpse`: the faults in a console's log, with addresses turned into the names of functions.

mod reading;
mod symbols;

use crate::build::{self, Flavour};
use crate::{Failure, check};
use reading::Corpse;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use symbols::Symbols;

/// Prints all corpses of a log, `-` for standard input. The manifest tells which program a task of its own runs,
/// and how it was built; device servers and services are known by their names.
///
/// # Errors
/// The log or the manifest cannot be read, or there is no corpse.
pub fn command(log: &Path, manifest: Option<&Path>) -> Result<(), Failure> {
    let corpses = reading::corpses(&read(log)?);
    if corpses.is_empty() {
        return Err(Failure::found(format!("there is no fault in {}", log.display())));
    }
    let system = manifest.map(check::load_manifest).transpose()?.map(|(_, system)| system);
    let flavour = system.as_ref().map_or(Flavour::Production, Flavour::of);
    for corpse in &corpses {
        let mut tasks = system.iter().flat_map(|system| &system.tasks);
        let known = tasks.find(|task| task.name == corpse.task).map(|task| task.binary.as_str());
        let path = build::program_path(flavour, known.unwrap_or_else(|| program_of(&corpse.task)));
        let symbols = fs::read(&path).ok().and_then(|elf| Symbols::of_elf(&elf));
        if symbols.is_none() {
            eprintln!("no symbols for {}: {} is not there", corpse.task, path.display());
        }
        let text = format!("{}\n", show(corpse, &symbols.unwrap_or_default()));
        if std::io::stdout().write_all(text.as_bytes()).is_err() {
            // Whoever reads has read enough.
            break;
        }
    }
    Ok(())
}

fn read(log: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let done = if log == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        fs::read(log).map(|content| bytes = content)
    };
    // A console carries whatever a guest writes.
    done.map(|()| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| Failure::file("read", log, &error))
}

/// The program of a service, or of the device server that a VM's server is named after.
fn program_of(task: &str) -> &str {
    match task.rsplit_once('.') {
        Some((_, "emulator")) => "insn-emulator",
        Some((_, device)) => device,
        None => task,
    }
}

fn show(corpse: &Corpse, symbols: &Symbols) -> String {
    let mut text = format!("{}\n", corpse.cause);
    let function = corpse.rip.and_then(|rip| symbols.resolve(rip));
    if let Some(function) = function {
        let _ = writeln!(text, "  in     {function}");
    }
    for (label, line) in [("event", &corpse.event), ("then", &corpse.then)] {
        if let Some(line) = line {
            let _ = writeln!(text, "  {label:<6} {line}");
        }
    }
    for line in &corpse.registers {
        let _ = writeln!(text, "  {line}");
    }
    for (word, offset) in corpse.stack.iter().zip((0..).step_by(8)) {
        let label = if offset == 0 { "stack" } else { "" };
        let function = symbols.resolve(*word).unwrap_or_default();
        let line = format!("  {label:<6} +{offset:02x} {word:016x}  {function}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests;
