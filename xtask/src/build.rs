//! The core and the tasks as ELF files for bare metal.

use crate::toolchain::{self, Target};
use crate::{Failure, workspace};
use bulkhead_schema::System;
use std::path::PathBuf;
use std::process::Command;

/// The package of the core.
const CORE: &str = "microkernel";
/// The package that all tasks link.
const RUNTIME: &str = "bulkhead-runtime";

/// What is built into the core and the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// What runs in production.
    Production,
    /// With fault injection, for systems whose manifest asks for it.
    Injection,
}

impl Flavour {
    /// What this system needs.
    #[must_use]
    pub const fn of(system: &System) -> Self {
        if system.injections.is_empty() { Self::Production } else { Self::Injection }
    }

    /// Each has a folder of its own, so that neither is ever taken for the other.
    const fn folder(self) -> &'static str {
        match self {
            Self::Production => "bare",
            Self::Injection => "inject",
        }
    }
}

/// Builds the core and all tasks, and says where they are.
///
/// # Errors
/// Something does not compile or link.
pub fn everything() -> Result<(), Failure> {
    let tasks = workspace::task_packages();
    println!("for bare metal: {}", toolchain::target().name);
    println!("core   {}", core(Flavour::Production)?.display());
    for path in programs(Flavour::Production, &tasks)? {
        println!("task   {}", path.display());
    }
    Ok(())
}

/// Builds the core; its ELF.
///
/// # Errors
/// It does not compile or link.
pub fn core(flavour: Flavour) -> Result<PathBuf, Failure> {
    let target = toolchain::target();
    build(flavour, &target, &[CORE], &["microkernel/inject"], "building the core")?;
    expect_file(elf(flavour, &target, CORE))
}

/// Builds task programs; their ELFs in the same order.
///
/// # Errors
/// One does not compile or link.
pub fn programs(flavour: Flavour, names: &[String]) -> Result<Vec<PathBuf>, Failure> {
    let target = toolchain::target();
    let packages: Vec<&str> = names.iter().map(String::as_str).collect();
    if !packages.is_empty() {
        // The runtime is named beside its users, so that the feature is its own.
        let all: Vec<&str> = packages.iter().copied().chain([RUNTIME]).collect();
        build(flavour, &target, &all, &["bulkhead-runtime/inject"], "building the tasks")?;
    }
    packages.iter().map(|name| expect_file(elf(flavour, &target, name))).collect()
}

/// The core and the tasks are built apart: built together, the core would get every feature that a task asks for.
fn build(
    flavour: Flavour,
    target: &Target,
    packages: &[&str],
    features: &[&str],
    what: &str,
) -> Result<(), Failure> {
    let mut command: Command = toolchain::cargo_build(target, flavour.folder());
    command.arg("--quiet");
    if flavour == Flavour::Injection {
        command.arg("--features").args(features);
    }
    for package in packages {
        command.args(["--package", package]);
    }
    toolchain::complete(&mut command, what)
}

/// Where a task's program is once it is built.
#[must_use]
pub fn program_path(flavour: Flavour, name: &str) -> PathBuf {
    elf(flavour, &toolchain::target(), name)
}

fn elf(flavour: Flavour, target: &Target, name: &str) -> PathBuf {
    workspace::build_dir().join(flavour.folder()).join(target.name).join("release").join(name)
}

fn expect_file(path: PathBuf) -> Result<PathBuf, Failure> {
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::new(format!("{} was not built", path.display()))
        .help("does its package have a src/main.rs?"))
}
