//! `report` and `graph`: what a manifest stands for, in words and as a picture.

use crate::{Failure, check};
use bulkhead_schema::report::{Report, to_html, to_json, to_text};
use bulkhead_schema::{System, digest, graph};
use std::fs;
use std::path::Path;

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For tools.
    Json,
}

/// Prints what a manifest stands for, or writes it as a page.
///
/// # Errors
/// The manifest is refused, or the page cannot be written.
pub fn command(manifest: &Path, format: Format, html: Option<&Path>) -> Result<(), Failure> {
    let (report, system) = describe(manifest)?;
    if let Some(path) = html {
        return write(path, &to_html(&report, &graph::draw(&system)));
    }
    match format {
        Format::Text => print!("{}", to_text(&report)),
        Format::Json => println!("{}", to_json(&report)),
    }
    Ok(())
}

/// What a manifest stands for.
///
/// # Errors
/// The manifest is refused.
pub fn describe(manifest: &Path) -> Result<(Report, System), Failure> {
    let (text, system) = check::load_manifest(manifest)?;
    Ok((Report::new(&system, digest(&text)), system))
}

/// Draws a manifest's system, to a file or to standard output.
///
/// # Errors
/// The manifest is refused, or the file cannot be written.
pub fn draw(manifest: &Path, out: Option<&Path>) -> Result<(), Failure> {
    let (_, system) = check::load_manifest(manifest)?;
    let picture = graph::draw(&system);
    match out {
        Some(path) => write(path, &picture),
        None => {
            print!("{picture}");
            Ok(())
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::file("write", path, &error))?;
    println!("{}", path.display());
    Ok(())
}
