//! `check`: manifests and what is wrong with them.

use crate::Failure;
use crate::guests::GuestLibrary;
use crate::report::Format;
use bulkhead_schema::{Json, Library, Loaded, System, load_file, render, to_json};
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Checks all; 1 if one of them is refused.
///
/// # Errors
/// A file cannot be read.
pub fn command(manifests: &[PathBuf], format: Format) -> Result<u8, Failure> {
    let mut refused = 0_usize;
    let mut reports = Vec::new();
    for path in manifests {
        let Loaded { sources, result } = read(path, &GuestLibrary::for_manifest(path))?;
        let problems = result.err().unwrap_or_default();
        refused += usize::from(!problems.is_empty());
        match format {
            Format::Json => reports.push(Json::object([
                ("manifest", path.display().to_string().into()),
                ("accepted", Json::Flag(problems.is_empty())),
                ("problems", to_json(&problems, &sources)),
            ])),
            Format::Text if problems.is_empty() => println!("{}: good", path.display()),
            Format::Text => show(&problems, &sources, path),
        }
    }
    if format == Format::Json {
        println!("{}", Json::object([("version", Json::Number(1)), ("manifests", Json::List(reports))]));
    }
    Ok(u8::from(refused != 0))
}

/// Reads and checks a manifest; its text and what it stands for. Problems are shown.
///
/// # Errors
/// The file cannot be read, or the manifest is refused.
pub fn load_manifest(path: &Path) -> Result<(String, System), Failure> {
    load_with(path, &GuestLibrary::for_manifest(path))
}

/// The same with what is known of programs and images.
///
/// # Errors
/// The file cannot be read, or the manifest is refused.
pub fn load_with(path: &Path, library: &dyn Library) -> Result<(String, System), Failure> {
    accepted(path, read(path, library)?)
}

/// The same for a text that stands for the file.
///
/// # Errors
/// The manifest is refused.
pub(crate) fn load_text(path: &Path, text: &str, library: &dyn Library) -> Result<(String, System), Failure> {
    accepted(path, load_file(&path.display().to_string(), text, library))
}

fn accepted(path: &Path, Loaded { sources, result }: Loaded) -> Result<(String, System), Failure> {
    match result {
        Ok(system) => Ok((sources.whole(), system)),
        Err(problems) => {
            show(&problems, &sources, path);
            Err(Failure::found(format!("{} is refused", path.display())))
        }
    }
}

fn read(path: &Path, library: &dyn Library) -> Result<Loaded, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::file("read", path, &error)
            .help("the examples are in manifests/, for example single-linux.toml")
    })?;
    Ok(load_file(&path.display().to_string(), &text, library))
}

/// Shows problems at their lines.
pub(crate) fn show(problems: &[bulkhead_schema::Problem], sources: &bulkhead_schema::Sources, path: &Path) {
    eprint!("{}", render(problems, sources, std::io::stderr().is_terminal()));
    let what = if problems.len() == 1 { "problem" } else { "problems" };
    eprintln!("{}: {} {what}", path.display(), problems.len());
}
