//! The core and the tasks as ELF files for bare metal.

use crate::toolchain::{self, Target};
use crate::{Failure, workspace};
use std::path::PathBuf;
use std::process::Command;

/// The package of the core.
const CORE: &str = "microkernel";

/// Builds the core and all tasks, and says where they are.
///
/// # Errors
/// Something does not compile or link.
pub fn everything() -> Result<(), Failure> {
    let tasks = workspace::task_packages();
    println!("for bare metal: {}", toolchain::target().name);
    println!("core   {}", core()?.display());
    for path in programs(&tasks)? {
        println!("task   {}", path.display());
    }
    Ok(())
}

/// Builds the core; its ELF.
///
/// # Errors
/// It does not compile or link.
pub fn core() -> Result<PathBuf, Failure> {
    let target = toolchain::target();
    build(&target, &[CORE], "building the core")?;
    expect_file(elf(&target, CORE))
}

/// Builds task programs; their ELFs in the same order.
///
/// # Errors
/// One does not compile or link.
pub fn programs(names: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let target = toolchain::target();
    let packages: Vec<&str> = names.iter().map(String::as_str).collect();
    if !packages.is_empty() {
        build(&target, &packages, "building the tasks")?;
    }
    packages.iter().map(|name| expect_file(elf(&target, name))).collect()
}

/// The core and the tasks are built apart: built together, the core would get every feature that a task asks for.
fn build(target: &Target, packages: &[&str], what: &str) -> Result<(), Failure> {
    let mut command: Command = toolchain::cargo_build(target);
    command.arg("--quiet");
    for package in packages {
        command.args(["--package", package]);
    }
    toolchain::complete(&mut command, what)
}

fn elf(target: &Target, name: &str) -> PathBuf {
    workspace::build_dir().join("bare").join(target.name).join("release").join(name)
}

fn expect_file(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::new(format!("{} was not built", path.display()))
        .help("does its package have a src/main.rs?"))
}
