//! `bench`: what operations cost, in instructions of an emulator that counts them, and how large things are.
//!
//! The systems boot in QEMU with one instruction a nanosecond and a tick, so runs repeat to the instruction: a number
//! that moves has a cause. Goals are shown, not enforced.

mod recovery;
mod sizes;

use crate::build::Flavour;
use crate::emulator::{Kind, Machine, Serial, qemu};
use crate::{Failure, build, image, run, workspace};
use std::time::Duration;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// What a line with a number begins with, after the name of the task that says it.
const MARK: &str = "bench: ";
/// Executions of an operation, where the line does not say.
const REPEATS: u64 = 1024;

/// A number that is measured: its name in the output, what it is, and what it should not exceed.
struct Operation {
    name: &'static str,
    what: &'static str,
    goal: Option<u64>,
}

const OPERATIONS: &[Operation] = &[
    Operation { name: "null-call", what: "system call that is refused", goal: None },
    Operation { name: "ipc-raw", what: "IPC round trip, 32 bytes, one CPU, core and stubs", goal: Some(900) },
    Operation { name: "ipc-typed", what: "IPC round trip, 32 bytes typed, encoded and decoded", goal: None },
    Operation {
        name: "ipc-device",
        what: "ipc-raw, and the server does a device's work: a UART register",
        goal: None,
    },
    Operation { name: "ipc-commit", what: "the same, and commits it as a device does", goal: None },
    Operation { name: "state-bytes", what: "bytes of the state that is compared for that", goal: None },
    Operation { name: "patch-bytes", what: "bytes of the patch that the core takes", goal: None },
    Operation { name: "cpuid", what: "exit answered by the core: CPUID", goal: Some(300) },
    Operation { name: "vmmcall", what: "exit answered by the core: hypercall", goal: None },
    Operation {
        name: "uart-write",
        what: "port write to the vUART server and back, with commit",
        goal: Some(1400),
    },
    Operation { name: "uart-read", what: "port read from the vUART server and back", goal: Some(1400) },
    Operation { name: "pic-read", what: "port read from the vPIC server and back", goal: Some(1400) },
];

/// Measures everything and prints it.
///
/// # Errors
/// Something cannot be built, or a run does not come to its end.
pub fn command(arguments: &[String]) -> Result<u8, Failure> {
    if let Some(name) = arguments.first() {
        return Err(
            Failure::new(format!("`bench` takes no argument `{name}`")).help("it measures everything")
        );
    }
    Kind::Qemu.ensure(false)?;
    let core = build::core(Flavour::Production)?;

    println!("instructions per operation (QEMU, SVM, one CPU):");
    let transcript = count("tests/manifests/bench.toml", "VMs are off")?;
    for operation in OPERATIONS {
        let cost = transcript.lines().find_map(|line| cost(line, operation.name));
        println!(
            "  {:<12} {:>8}  {}{}",
            operation.name,
            shown(cost),
            operation.what,
            shown_goal(operation.goal)
        );
    }

    recovery::print()?;

    println!("\nboot, in thousands of instructions:");
    let transcript = count("manifests/single-linux.toml", "Run /init")?;
    let first = after(&transcript, "runs for the first time, ");
    let init = init_time(&transcript);
    println!(
        "  {:>12}  from the core in 64-bit mode to the first guest instruction, image loading included",
        shown(first)
    );
    println!("  {:>12}  from there to Linux' /init", shown(init));

    sizes::print(&core, &workspace::root())?;
    Ok(0)
}

/// Boots a system under the counter until it has said `end`; everything that it said.
fn count(manifest: &str, end: &str) -> Result<String, Failure> {
    let image = image::build_image(&workspace::root().join(manifest), None)?;
    let core = build::core(Flavour::of(&image.system))?;
    let machine = Machine { cpus: 1, counted: true, ..run::machine(&core, &image, Kind::Qemu) };
    let mut running = qemu::start(&machine, Serial::Line)?;
    let seen = match running.serial.as_mut() {
        Some(serial) => {
            serial.expect(end, PATIENCE)?;
            serial.transcript()
        }
        None => String::new(),
    };
    // What is left of the run is of no interest.
    drop(running);
    Ok(seen)
}

/// `… bench: NAME TICKS [REPEATS]`, both hexadecimal: instructions per execution.
fn cost(line: &str, name: &str) -> Option<u64> {
    let (_, rest) = line.split_once(MARK)?;
    let mut words = rest.split_whitespace();
    if words.next()? != name {
        return None;
    }
    let ticks = u64::from_str_radix(words.next()?, 16).ok()?;
    let repeats = words.next().map_or(Some(REPEATS), |text| u64::from_str_radix(text, 16).ok())?;
    ticks.checked_div(repeats)
}

/// The number that follows a text; microseconds are thousands of instructions here.
fn after(transcript: &str, text: &str) -> Option<u64> {
    let (_, rest) = transcript.split_once(text)?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The kernel's own time stamp, `[    3.094059]`, on the line that starts /init.
fn init_time(transcript: &str) -> Option<u64> {
    let line = transcript.lines().find(|line| line.contains("Run /init"))?;
    let (seconds, micros) = line.split_once('[')?.1.split_once(']')?.0.trim().split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?)
}

fn shown(number: Option<u64>) -> String {
    number.map_or_else(|| "?".into(), |number| number.to_string())
}

fn shown_goal(goal: Option<u64>) -> String {
    goal.map_or_else(String::new, |goal| format!(" (goal {goal})"))
}

#[cfg(test)]
mod tests {
    use super::{after, cost, init_time};

    #[test]
    fn a_line_gives_instructions_per_execution() {
        assert_eq!(cost("measure: bench: ipc-raw 1000 10", "ipc-raw"), Some(0x100));
        assert_eq!(cost("bench: cpuid 000a8c00", "cpuid"), Some(675));
        assert_eq!(cost("bench: cpuid 000a8c00", "vmmcall"), None);
        assert_eq!(cost("bench: cpuid x", "cpuid"), None);
    }

    #[test]
    fn times_are_read_from_the_transcript() {
        assert_eq!(after("VM x runs for the first time, 1234 us after", "first time, "), Some(1234));
        assert_eq!(init_time("a\n[    3.094059] Run /init as init process\n"), Some(3_094_059));
    }
}
