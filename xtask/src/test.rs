//! `test`: everything that must hold, in stages, with a summary at the end.

use crate::command::{InjectOptions, Stage};
use crate::emulator::Kind;
use crate::{Failure, build, check, inject, packages, report, toolchain, workspace};
use std::process::Command;
use std::time::{Duration, Instant};

/// Packages that ask for features with an allocator. Built together with the others, these would get them too, and the
/// programs for bare metal have no allocator.
const HOST_ONLY: &[&str] =
    &["--package=campaign", "--package=bulkhead-schema", "--package=xtask", "--package=emulator-tests"];
/// All other packages.
const REST: &[&str] = &[
    "--workspace",
    "--exclude=campaign",
    "--exclude=bulkhead-schema",
    "--exclude=xtask",
    "--exclude=emulator-tests",
];

/// A step and how it ended.
struct Step {
    name: String,
    passed: bool,
    took: Duration,
}

/// Runs the stages; 1 if a step fails. A failed step does not keep the others of its stage from running.
///
/// # Errors
/// A tool that the tests need is missing.
pub fn command(stage: Stage, install: bool) -> Result<u8, Failure> {
    ensure_packages(stage, install)?;
    let start = Instant::now();
    let mut steps = Vec::new();
    if matches!(stage, Stage::Host | Stage::All) {
        host(&mut steps);
    }
    if matches!(stage, Stage::Qemu | Stage::All) {
        step(&mut steps, "emulator tests in QEMU", || emulator_tests(Kind::Qemu));
        step(&mut steps, "fault campaign in QEMU", || campaign("short", Kind::Qemu, None));
        step(&mut steps, "policies in QEMU", || campaign("policies", Kind::Qemu, None));
        step(&mut steps, "ends of guests in QEMU", || campaign("ends", Kind::Qemu, Some(1)));
    }
    if matches!(stage, Stage::Bochs | Stage::All) {
        step(&mut steps, "emulator tests in Bochs", || emulator_tests(Kind::Bochs));
        step(&mut steps, "fault campaign in Bochs", || campaign("brief", Kind::Bochs, None));
        step(&mut steps, "malicious guest in Bochs", || campaign("malice", Kind::Bochs, Some(2)));
    }
    Ok(u8::from(!summarize(&steps, start.elapsed())))
}

/// All that the stages need, before the first of them begins: nobody waits half an hour to hear what is missing.
fn ensure_packages(stage: Stage, install: bool) -> Result<(), Failure> {
    packages::ensure(packages::BUILD, "building", install)?;
    if matches!(stage, Stage::Qemu | Stage::All) {
        Kind::Qemu.ensure(install)?;
        packages::ensure(packages::ISO, "booting from a disc", install)?;
        if install {
            packages::ensure(packages::ISO_UEFI, "an ISO for UEFI", install)?;
            packages::ensure(packages::UEFI, "booting by UEFI", install)?;
        }
    }
    if matches!(stage, Stage::Bochs | Stage::All) {
        Kind::Bochs.ensure(install)?;
    }
    Ok(())
}

/// One line for each step and one for all, as cargo writes them; did all pass?
fn summarize(steps: &[Step], took: Duration) -> bool {
    println!("\nsummary");
    for step in steps {
        let verdict = if step.passed { "ok" } else { "FAILED" };
        println!("test {} ... {verdict} ({:.1} s)", step.name, step.took.as_secs_f64());
    }
    let failed = steps.iter().filter(|step| !step.passed).count();
    println!(
        "\ntest result: {}. {} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        if failed == 0 { "ok" } else { "FAILED" },
        steps.len() - failed,
        took.as_secs_f64(),
    );
    failed == 0
}

fn host(steps: &mut Vec<Step>) {
    step(steps, "formatting", || run(toolchain::cargo().args(["fmt", "--all", "--check"])));
    for (name, packages) in [("", REST), (" of host-only packages", HOST_ONLY)] {
        step(steps, format!("lints{name}"), || {
            let mut command = toolchain::cargo();
            command.arg("clippy").args(packages).args(["--all-targets", "--quiet", "--", "-D", "warnings"]);
            run(&mut command)
        });
        step(steps, format!("host tests{name}"), || {
            let mut command = toolchain::cargo();
            command.arg("test").args(packages).arg("--quiet");
            run(&mut command)
        });
    }
    step(steps, "manifests", || match check::command(&workspace::manifests(), report::Format::Text)? {
        0 => Ok(()),
        _ => Err(Failure::found("a manifest of the repository is refused")),
    });
    step(steps, "bare-metal build", build::everything);
}

/// Two machines at a time: each can have two CPUs of its own.
fn emulator_tests(kind: Kind) -> Result<(), Failure> {
    let mut command = toolchain::cargo();
    command.args(["test", "--package", "emulator-tests", "--test", kind.name(), "--", "--test-threads=2"]);
    run(&mut command)
}

/// A campaign of the repository, or its first so many boots; what it breaks is shown with the command that replays it.
fn campaign(name: &str, emulator: Kind, runs: Option<u32>) -> Result<(), Failure> {
    let campaign = workspace::root().join("manifests/campaigns").join(name).with_extension("toml");
    let options =
        InjectOptions { campaign, runs, seed: None, run: None, emulator, out: None, install: false };
    match inject::command(&options)? {
        0 => Ok(()),
        _ => Err(Failure::found("the campaign broke a promise")),
    }
}

fn run(command: &mut Command) -> Result<(), Failure> {
    toolchain::complete(command, "the step")
}

fn step(steps: &mut Vec<Step>, name: impl Into<String>, work: impl FnOnce() -> Result<(), Failure>) {
    let name = name.into();
    println!("== {name}");
    let start = Instant::now();
    let result = work();
    if let Err(failure) = &result {
        eprintln!("{failure}");
    }
    steps.push(Step { name, passed: result.is_ok(), took: start.elapsed() });
}
