//! `bench`: what operations cost, in instructions of an emulator that counts them.
//!
//! A measurement boots a system in QEMU with one instruction a nanosecond, reads the numbers that its guest prints,
//! and compares them with their goals. Runs repeat to the instruction, so a number that moves has a cause.

use crate::Failure;

/// A number that is measured.
#[derive(Debug, Clone, Copy)]
pub struct Measurement {
    /// What `bench NAME` runs.
    pub name: &'static str,
    /// The manifest, below `manifests/`.
    pub manifest: &'static str,
    /// What the line with the number begins with.
    pub prefix: &'static str,
    /// The number that it must not exceed.
    pub goal: u64,
}

/// All measurements.
pub const MEASUREMENTS: &[Measurement] = &[];

/// QEMU's options for repeatable runs.
pub const COUNTING: &[&str] =
    &["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01T00:00:00,clock=vm", "-seed", "1"];

/// Runs the measurements that are named, or all.
///
/// # Errors
/// There is none of that name.
pub fn command(arguments: &[String]) -> Result<u8, Failure> {
    for name in arguments {
        if MEASUREMENTS.iter().all(|measurement| measurement.name != name) {
            let known: Vec<_> = MEASUREMENTS.iter().map(|measurement| measurement.name).collect();
            return Err(Failure::new(format!("there is no measurement `{name}`"))
                .help(format!("there are: {}", known.join(", "))));
        }
    }
    if MEASUREMENTS.is_empty() {
        println!("there are no measurements yet");
    }
    Ok(0)
}
