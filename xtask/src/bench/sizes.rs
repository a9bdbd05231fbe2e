//! How large things are: privileged lines, the core's image, a task, a VM.

use crate::build::Flavour;
use crate::{Failure, build, workspace};
use object::{Object, ObjectSegment};
use std::fs;
use std::path::Path;

/// Code that runs in ring 0, by folder.
const PRIVILEGED: &[&str] = &["microkernel/src", "microkernel/model/src", "ipc/abi/src"];

/// Prints all sizes.
pub(super) fn print(core: &Path, root: &Path) -> Result<(), Failure> {
    println!("\nprivileged code (lines that are neither blank nor comment, without tests; goal 8000):");
    let mut total = Lines::default();
    for folder in PRIVILEGED {
        let lines = count_folder(&root.join(folder))?;
        println!("  {:>7}  {folder}", lines.code);
        total.add(lines);
    }
    let share = 1000 * total.with_unsafe / total.code.max(1);
    println!("  {:>7}  together, {}.{} % of them with `unsafe`", total.code, share / 10, share % 10);

    println!("\nbytes in memory (text, data, zeroed data):");
    println!("  {:>9}  core (goal {})", in_memory(core)?, 512 << 10);
    let tasks = workspace::task_packages();
    for (name, path) in tasks.iter().zip(build::programs(Flavour::Production, &tasks)?) {
        println!("  {:>9}  task {name}", in_memory(&path)?);
    }
    Ok(())
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Lines {
    code: usize,
    with_unsafe: usize,
}

impl Lines {
    fn add(&mut self, other: Self) {
        self.code += other.code;
        self.with_unsafe += other.with_unsafe;
    }
}

fn count_folder(folder: &Path) -> Result<Lines, Failure> {
    let mut lines = Lines::default();
    let entries = fs::read_dir(folder).map_err(|error| Failure::file("read", folder, &error))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "tests") {
                lines.add(count_folder(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name().is_none_or(|name| name != "tests.rs")
        {
            let text = fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
            lines.add(count_text(&text));
        }
    }
    Ok(lines)
}

fn count_text(text: &str) -> Lines {
    let mut lines = Lines::default();
    for line in text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]") {
        if !line.is_empty() && !line.starts_with("//") {
            lines.code += 1;
            lines.with_unsafe +=
                usize::from(line.split(|c: char| !c.is_alphanumeric()).any(|word| word == "unsafe"));
        }
    }
    lines
}

fn in_memory(path: &Path) -> Result<u64, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let file = object::File::parse(&*bytes)
        .map_err(|error| Failure::new(format!("{} is no ELF file: {error}", path.display())))?;
    Ok(file.segments().map(|segment| segment.size()).sum())
}

#[cfg(test)]
mod tests {
    use super::{Lines, count_text};

    #[test]
    fn comments_blank_lines_and_tests_do_not_count() {
        let text =
            "//! Doc.\n\nfn a() {\n    // SAFETY: x\n    unsafe { b() };\n}\n#[cfg(test)]\nmod tests {}\n";
        assert_eq!(count_text(text), Lines { code: 3, with_unsafe: 1 });
    }
}
