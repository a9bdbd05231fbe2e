//! Files that must equal what the program makes: `BLESS=1 cargo test -p bulkhead-schema` writes them.

use std::fs;
use std::path::Path;

/// Says how a file differs from what it should be, or writes it where that was asked for.
pub(crate) fn difference(path: &Path, expected: &str) -> Option<String> {
    let found = fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return None;
    }
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
        return None;
    }
    Some(format!(
        "{} is not what it should be; to write it: BLESS=1 cargo test -p bulkhead-schema\n--- in the file\n{found}\n\
         --- expected\n{expected}",
        path.display()
    ))
}
