//! The tool behind `cargo xtask`, also used by the tests that boot emulators.
//!
//! Whatever goes wrong ends in a [`Failure`]: one message that says what to do.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod bench;
pub mod board;
pub mod build;
pub mod check;
pub mod command;
pub mod corpse;
pub mod emulator;
pub mod failure;
pub mod fuzz;
pub mod guests;
pub mod image;
pub mod inject;
pub mod iso;
pub mod packages;
pub mod report;
pub mod run;
pub mod serial;
pub mod simulate;
pub mod soak;
pub mod soak_manifests;
pub mod terminal;
pub mod test;
pub mod toolchain;
pub mod workspace;

pub use failure::Failure;

use bulkhead_schema::{board_schema, manifest_schema};
use command::Command;
use std::process::ExitCode;

/// The whole tool: reads the command line, does what it says.
#[must_use]
pub fn main() -> ExitCode {
    match arguments::parse(lexopt::Parser::from_env()).and_then(dispatch) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.status)
        }
    }
}

fn dispatch(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Help => {
            print!("{}", arguments::HELP);
            Ok(0)
        }
        Command::Build => build::everything().map(|()| 0),
        Command::Image { manifest, out } => image::command(&manifest, out.as_deref()).map(|()| 0),
        Command::Iso { manifest, out, install } => {
            iso::command(&manifest, out.as_deref(), install).map(|()| 0)
        }
        Command::Run(options) => run::command(&options),
        Command::Check { manifests, format } => check::command(&manifests, format),
        Command::Graph { manifest, out } => report::draw(&manifest, out.as_deref()).map(|()| 0),
        Command::Report { manifest, format, html } => {
            report::command(&manifest, format, html.as_deref()).map(|()| 0)
        }
        Command::Simulate { seed, sets } => simulate::command(seed, sets).map(|()| 0),
        Command::SoakManifests { seed, runs, smp } => soak_manifests::command(seed, runs, smp),
        Command::Schema { board } => {
            println!("{}", if board { board_schema() } else { manifest_schema() });
            Ok(0)
        }
        Command::Board { log, out } => board::command(log.as_deref(), out.as_deref()).map(|()| 0),
        Command::Fuzz { inputs, install } => fuzz::command(inputs, install).map(|()| 0),
        Command::Test { stage, install } => test::command(stage, install),
        Command::Inject(options) => inject::command(&options),
        Command::Corpse { log, manifest } => corpse::command(&log, manifest.as_deref()).map(|()| 0),
        Command::Soak(options) => soak::command(&options),
        Command::Bench { arguments } => bench::command(&arguments),
    }
}
