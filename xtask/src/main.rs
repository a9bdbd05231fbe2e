//! Builds, runs, tests and measures Bulkhead: `cargo xtask help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
