//! Where things are in this repository.

use crate::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Everything that the tool makes.
#[must_use]
pub fn build_dir() -> PathBuf {
    root().join("build")
}

/// A folder below [`build_dir`], made if it is not there.
///
/// # Errors
/// It cannot be made.
pub fn build_subdir(name: &str) -> Result<PathBuf, Failure> {
    let path = build_dir().join(name);
    fs::create_dir_all(&path).map_err(|error| Failure::file("create", &path, &error))?;
    Ok(path)
}

/// The packages of the workspace that are tasks: those with a program, in the folders of tasks.
#[must_use]
pub fn task_packages() -> Vec<String> {
    let mut packages = Vec::new();
    for folder in ["services", "vdev-servers", "tests"] {
        let entries = fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
        for entry in entries {
            let is_task = links_as_task(&entry.path());
            packages.extend(entry.file_name().into_string().ok().filter(|_| is_task));
        }
    }
    packages.sort();
    packages
}

fn links_as_task(package: &Path) -> bool {
    package.join("src/main.rs").is_file()
        && fs::read_to_string(package.join("Cargo.toml")).is_ok_and(|text| text.contains("bulkhead-runtime"))
}

/// All manifests that come with the repository.
#[must_use]
pub fn manifests() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("manifests")).into_iter().flatten().flatten();
    let is_manifest = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(is_manifest).collect();
    paths.sort();
    paths
}
