//! The manifests in `refused/` and `kept/`. A refused one is called after the rule that it breaks, and more behind a
//! dot where there are several.

use super::library::TestLibrary;
use bulkhead_schema::{Loaded, load_file};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) struct Case {
    pub(crate) path: PathBuf,
    /// The rule that it is named after.
    pub(crate) rule: String,
    pub(crate) text: String,
    pub(crate) loaded: Loaded,
}

/// All manifests of a folder, by name.
pub(crate) fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    paths.into_iter().map(case).collect()
}

fn case(path: PathBuf) -> Case {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(&path).unwrap();
    let loaded = load_file(&name, &text, &library(&path));
    let rule = name.split('.').next().unwrap().to_owned();
    Case { path, rule, text, loaded }
}

/// The files beside a manifest.
pub(crate) fn library(path: &Path) -> TestLibrary {
    TestLibrary { folder: path.parent().unwrap().to_path_buf() }
}
