//! `fuzz`: the checker under libFuzzer, with coverage. It needs no nightly toolchain: the instrumentation is LLVM's, and
//! stable rustc can be told to use it.

use crate::packages::{self, FUZZ};
use crate::{Failure, toolchain, workspace};
use std::fs;
use std::process::Command;

/// What libFuzzer reads. Code generation in one piece, so that every function is instrumented once.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                     -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";
/// The longest input, in bytes: most mistakes fit, and short inputs are quick.
const LONGEST: &str = "-max_len=500";

/// Fuzzes with so many inputs, starting from the corpus of manifests and what earlier runs found.
///
/// # Errors
/// It cannot be built, or an input makes the checker panic: libFuzzer says which and keeps it.
pub fn command(inputs: u64, install: bool) -> Result<(), Failure> {
    packages::ensure(FUZZ, "fuzzing", install)?;
    let folder = workspace::build_subdir("fuzz")?;
    let mut build = toolchain::cargo();
    build.args(["build", "--release", "--target", "x86_64-unknown-linux-gnu", "--target-dir"]).arg(&folder);
    build.current_dir(workspace::root().join("manifests/fuzz")).env("RUSTFLAGS", FLAGS);
    toolchain::complete(&mut build, "building the fuzzer")?;
    let corpus = workspace::build_subdir("fuzz/corpus")?;
    let seeds = workspace::build_subdir("fuzz/seeds")?;
    copy_seeds(&seeds)?;
    let program = folder.join("x86_64-unknown-linux-gnu/release/fuzz-check");
    let mut run = Command::new(program);
    run.arg(format!("-runs={inputs}")).args([LONGEST, "-timeout=10", "-print_final_stats=1"]);
    run.arg(&corpus).arg(&seeds).current_dir(&folder);
    toolchain::complete(&mut run, "fuzzing")
}

/// Every manifest of the repository is a seed.
fn copy_seeds(to: &std::path::Path) -> Result<(), Failure> {
    let tests = workspace::root().join("manifests/schema/tests");
    for folder in [tests.join("refused"), tests.join("kept"), workspace::root().join("manifests")] {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|end| end == "toml") {
                let copy = to.join(entry.file_name());
                fs::copy(&path, &copy).map_err(|error| Failure::file("write", &copy, &error))?;
            }
        }
    }
    Ok(())
}
