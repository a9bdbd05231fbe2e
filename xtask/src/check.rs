//! `check`: manifests and what is wrong with them.

use crate::Failure;
use crate::guests::GuestLibrary;
use bulkhead_schema::{Problem, System, load, render};
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Checks all; 1 if one of them is refused.
///
/// # Errors
/// A file cannot be read.
pub fn command(manifests: &[PathBuf]) -> Result<u8, Failure> {
    let mut refused = 0_usize;
    for path in manifests {
        let text = read(path)?;
        match load(&text, &GuestLibrary::for_manifest(path)) {
            Ok(_) => println!("{}: good", path.display()),
            Err(problems) => {
                refused += 1;
                show(&problems, path, &text);
            }
        }
    }
    Ok(u8::from(refused != 0))
}

/// Reads and checks a manifest; its text and what it stands for. Problems are shown.
///
/// # Errors
/// The file cannot be read, or the manifest is refused.
pub fn load_manifest(path: &Path) -> Result<(String, System), Failure> {
    let text = read(path)?;
    match load(&text, &GuestLibrary::for_manifest(path)) {
        Ok(system) => Ok((text, system)),
        Err(problems) => {
            show(&problems, path, &text);
            Err(Failure::found(format!("{} is refused", path.display())))
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| {
        Failure::file("read", path, &error)
            .help("the examples are in manifests/, for example single-linux.toml")
    })
}

fn show(problems: &[Problem], path: &Path, text: &str) {
    let colour = std::io::stderr().is_terminal();
    eprint!("{}", render(problems, &path.display().to_string(), text, colour));
    eprintln!("{}: {} problem(s)", path.display(), problems.len());
}
