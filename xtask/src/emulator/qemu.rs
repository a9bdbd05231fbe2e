//! QEMU: the core by PVH, the image as its initial RAM disk, without KVM.

use super::{Boot, Kind, Machine, Outcome, Running, Serial};
use crate::Failure;
use crate::serial::SerialLine;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

const PROGRAM: &str = "qemu-system-x86_64";
/// Everything that the emulator can: SVM with nested paging.
const CPU: &str = "max";
/// Time is counted in instructions, and nothing else differs between two runs.
const COUNTED: [&str; 6] =
    ["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01T00:00:00,clock=vm", "-seed", "1"];
/// The core writes this plus its code to the exit device, which ends QEMU with twice that plus one.
const GOOD: i32 = 0x10;

/// The command that boots a machine.
#[must_use]
pub fn command(machine: &Machine) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["-cpu", machine.cpu.as_deref().unwrap_or(CPU)])
        .args(["-display", "none", "-monitor", "none"])
        .args(["-m", &machine.memory_mib.to_string(), "-smp", &machine.cpus.to_string()])
        .args(["-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial"])
        .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]);
    if !machine.as_hardware {
        command.arg("-no-reboot");
    }
    if machine.one_thread {
        command.args(["-accel", "tcg,thread=single"]);
    }
    if machine.counted {
        command.args(COUNTED);
    }
    match &machine.boot {
        Boot::Files { core, image } => {
            command.arg("-kernel").arg(core);
            if let Some(image) = image {
                command.arg("-initrd").arg(image);
            }
            command.args(["-append", &machine.whole_command_line(Kind::Qemu)]);
        }
        Boot::Disc { iso, uefi } => {
            command.arg("-cdrom").arg(iso);
            if let Some(uefi) = uefi {
                command.arg("-bios").arg(uefi);
            }
        }
    }
    command
}

/// Boots a machine.
///
/// # Errors
/// QEMU cannot be started.
pub fn start(machine: &Machine, serial: Serial) -> Result<Running, Failure> {
    let mut command = command(machine);
    if serial == Serial::Line {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
    }
    let mut child =
        command.spawn().map_err(|error| Failure::new(format!("{PROGRAM} cannot be started: {error}")))?;
    let line = match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => Some(SerialLine::new(Box::new(input), Box::new(output))),
        _ => None,
    };
    Ok(Running {
        child,
        kind: Kind::Qemu,
        as_hardware: machine.as_hardware,
        log: PathBuf::new(),
        pump: None,
        serial: line,
    })
}

/// What QEMU's exit status says. A machine like hardware goes on after a reset, so only a switch ends it well.
#[must_use]
pub fn outcome(status: ExitStatus, as_hardware: bool) -> Outcome {
    let Some(status) = status.code() else { return Outcome::Broken("QEMU was killed".into()) };
    match u8::try_from((status - 1) / 2 - GOOD) {
        _ if status == 0 && as_hardware => Outcome::SwitchedOff,
        _ if status == 0 => {
            Outcome::Broken("the machine reset or powered off without a word from the core".into())
        }
        Ok(0) if status % 2 == 1 => Outcome::Good,
        Ok(code) if status % 2 == 1 => Outcome::Code(code),
        _ => Outcome::Broken(format!("QEMU ended with status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::outcome;
    use crate::emulator::Outcome;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn after(status: i32) -> Outcome {
        outcome(ExitStatus::from_raw(status << 8), false)
    }

    #[test]
    fn the_exit_device_tells_the_core_s_code() {
        assert_eq!(after(33), Outcome::Good);
        assert_eq!(after(35), Outcome::Code(1));
    }

    #[test]
    fn other_ends_are_not_taken_for_good_ones() {
        assert!(matches!(after(0), Outcome::Broken(_)));
        assert!(matches!(after(1), Outcome::Broken(_)));
        assert!(matches!(after(34), Outcome::Broken(_)));
    }
}
