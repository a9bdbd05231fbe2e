//! `image`: from a manifest to the file that the core boots.

use crate::build::Flavour;
use crate::guests::GuestLibrary;
use crate::{Failure, build, check, workspace};
use bulkhead_schema::{Parts, Program, System, compile, load_unchecked, summary};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A system image on disk, and what it stands for.
#[derive(Debug)]
pub struct BuiltImage {
    /// The file.
    pub path: PathBuf,
    /// The system.
    pub system: System,
}

/// Builds an image and says what is in it.
///
/// # Errors
/// See [`build_image`].
pub fn command(manifest: &Path, out: Option<&Path>) -> Result<(), Failure> {
    let image = build_image(manifest, out)?;
    print!("{}", summary(&image.system));
    let length = fs::metadata(&image.path).map_or(0, |metadata| metadata.len());
    println!("{} ({} KiB)", image.path.display(), length / 1024);
    Ok(())
}

/// Checks the manifest, builds or fetches all that it names, and writes the image.
///
/// # Errors
/// The manifest is refused, something cannot be built or fetched, or the parts do not fit together.
pub fn build_image(manifest: &Path, out: Option<&Path>) -> Result<BuiltImage, Failure> {
    let text = fs::read_to_string(manifest).map_err(|error| {
        Failure::file("read", manifest, &error)
            .help("the examples are in manifests/, for example single-linux.toml")
    })?;
    let path = out.map_or_else(|| default_path(manifest), |out| Ok(out.to_path_buf()))?;
    image_of(manifest, &text, &GuestLibrary::for_manifest(manifest), path, |_, _| {})
}

/// Builds an image from a text that stands for a manifest's file. Guest images can be changed on their way into it.
///
/// # Errors
/// See [`build_image`].
pub(crate) fn image_of(
    manifest: &Path,
    text: &str,
    library: &GuestLibrary,
    path: PathBuf,
    change: impl Fn(&str, &mut [u8]),
) -> Result<BuiltImage, Failure> {
    let (_, system) = check::load_text(manifest, text, library)?;
    let mut parts = Parts { programs: programs_of(&system)?, ..Parts::default() };
    for name in system.image_names() {
        let mut image = library.fetch(name)?;
        change(name, &mut image);
        parts.images.insert(name.into(), image);
    }
    // Once more, now that every image and every program is there to be looked at.
    let mut library = library.clone();
    library.programs.clone_from(&parts.programs);
    let (text, system) = check::load_text(manifest, text, &library)?;
    assemble(manifest, &text, system, &parts, path)
}

/// An image of a manifest that the checker refuses, to see what comes of it. For tests only: no command leads here.
///
/// # Errors
/// The manifest cannot even be read, or no image can be made of it.
pub fn force_image(manifest: &Path, out: Option<&Path>) -> Result<BuiltImage, Failure> {
    let library = GuestLibrary::for_manifest(manifest);
    let text = fs::read_to_string(manifest).map_err(|error| Failure::file("read", manifest, &error))?;
    let system = load_unchecked(&text)
        .ok_or_else(|| Failure::found(format!("{} cannot be read", manifest.display())))?;
    let mut parts = Parts { programs: programs_of(&system)?, ..Parts::default() };
    for name in system.image_names() {
        parts.images.insert(name.into(), library.fetch(name)?);
    }
    let path = out.map_or_else(|| default_path(manifest), |out| Ok(out.to_path_buf()))?;
    assemble(manifest, &text, system, &parts, path)
}

fn assemble(
    manifest: &Path,
    text: &str,
    system: System,
    parts: &Parts,
    path: PathBuf,
) -> Result<BuiltImage, Failure> {
    let bytes = compile(&system, text, parts).map_err(|errors| {
        for error in &errors {
            eprintln!("error: {error}");
        }
        Failure::found(format!("no image can be made of {}", manifest.display()))
    })?;
    fs::write(&path, bytes).map_err(|error| Failure::file("write", &path, &error))?;
    Ok(BuiltImage { path, system })
}

/// Builds the programs of a system's tasks.
fn programs_of(system: &System) -> Result<BTreeMap<String, Program>, Failure> {
    let names: Vec<String> = system.binary_names().into_iter().map(Into::into).collect();
    let paths = build::programs(Flavour::of(system), &names)?;
    names.into_iter().zip(paths).map(|(name, path)| Ok((name.clone(), read_program(&name, &path)?))).collect()
}

fn default_path(manifest: &Path) -> Result<PathBuf, Failure> {
    let name = Path::new(manifest.file_stem().unwrap_or("system".as_ref())).with_extension("img");
    Ok(workspace::build_subdir("images")?.join(name))
}

fn read_program(name: &str, path: &Path) -> Result<Program, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    Program::from_elf(&bytes).map_err(|error| {
        Failure::new(format!("the program `{name}` cannot be a task: {error}"))
            .help("tasks are linked by ipc/runtime/task.ld; is its build script ipc/runtime/link.rs?")
    })
}
