//! `test`: everything that must hold, in stages, with a summary at the end.

use crate::arguments::Stage;
use crate::emulator::Kind;
use crate::{Failure, build, check, toolchain, workspace};
use std::process::Command;
use std::time::{Duration, Instant};

/// A step and how it ended.
struct Step {
    name: &'static str,
    passed: bool,
    took: Duration,
}

/// Runs the stages; 1 if a step fails. A failed step does not keep the others of its stage from running.
///
/// # Errors
/// A tool that the tests need is missing.
pub fn command(stage: Stage, install: bool) -> Result<u8, Failure> {
    let mut steps = Vec::new();
    if matches!(stage, Stage::Host | Stage::All) {
        host(&mut steps);
    }
    if matches!(stage, Stage::Qemu | Stage::All) {
        Kind::Qemu.ensure(install)?;
        step(&mut steps, "emulator tests in QEMU", || emulator_tests(Kind::Qemu));
    }
    if matches!(stage, Stage::Bochs | Stage::All) {
        Kind::Bochs.ensure(install)?;
        step(&mut steps, "emulator tests in Bochs", || emulator_tests(Kind::Bochs));
    }
    println!("\nsummary");
    for step in &steps {
        let verdict = if step.passed { "passed" } else { "FAILED" };
        println!("  {verdict}  {:<28} {:>7.1} s", step.name, step.took.as_secs_f64());
    }
    Ok(u8::from(steps.iter().any(|step| !step.passed)))
}

fn host(steps: &mut Vec<Step>) {
    step(steps, "formatting", || run(toolchain::cargo().args(["fmt", "--all", "--check"])));
    step(steps, "lints", || {
        let mut command = toolchain::cargo();
        command.args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]);
        run(&mut command)
    });
    step(steps, "host tests", || {
        let mut command = toolchain::cargo();
        command.args(["test", "--workspace", "--exclude", "emulator-tests", "--quiet"]);
        run(&mut command)
    });
    step(steps, "manifests", || match check::command(&workspace::manifests())? {
        0 => Ok(()),
        _ => Err(Failure::found("a manifest of the repository is refused")),
    });
    step(steps, "bare-metal build", build::everything);
}

/// The emulator tests learn from the environment which emulator to use.
fn emulator_tests(kind: Kind) -> Result<(), Failure> {
    let mut command = toolchain::cargo();
    command.args(["test", "--package", "emulator-tests", "--", "--test-threads=1", "--nocapture"]);
    run(command.env("BULKHEAD_EMULATOR", kind.name()))
}

fn run(command: &mut Command) -> Result<(), Failure> {
    toolchain::complete(command, "the step")
}

fn step(steps: &mut Vec<Step>, name: &'static str, work: impl FnOnce() -> Result<(), Failure>) {
    println!("== {name}");
    let start = Instant::now();
    let result = work();
    if let Err(failure) = &result {
        eprintln!("{failure}");
    }
    steps.push(Step { name, passed: result.is_ok(), took: start.elapsed() });
}
