//! Emulators that boot what we build: QEMU, with SVM, and Bochs, with VMX.

pub mod bochs;
pub mod qemu;

use crate::serial::SerialLine;
use crate::{Failure, packages};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Which emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// QEMU without KVM: SVM.
    Qemu,
    /// Bochs: VMX.
    Bochs,
}

impl Kind {
    /// Its name on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Bochs => "bochs",
        }
    }

    /// Makes sure that it is installed.
    ///
    /// # Errors
    /// It is not, and may not be or cannot be installed.
    pub fn ensure(self, install: bool) -> Result<(), Failure> {
        match self {
            Self::Qemu => packages::ensure(packages::QEMU, "QEMU", install),
            Self::Bochs => {
                packages::ensure(packages::BOCHS, "Bochs", install)?;
                packages::ensure(packages::ISO, "booting in Bochs", install)
            }
        }
    }
}

/// What a machine boots.
#[derive(Debug, Clone)]
pub enum Boot {
    /// Files, by the shortest way that the emulator offers.
    Files {
        /// The core's ELF.
        core: PathBuf,
        /// The system image; a machine without one can only say so.
        image: Option<PathBuf>,
    },
    /// A disc, by firmware.
    Disc {
        /// The ISO.
        iso: PathBuf,
        /// UEFI firmware instead of the emulator's BIOS.
        uefi: Option<PathBuf>,
    },
}

/// A machine to boot.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What it boots.
    pub boot: Boot,
    /// The CPU by the emulator's name for it; the fullest if not given.
    pub cpu: Option<String>,
    /// The core's command line; a disc has its own.
    pub command_line: String,
    /// CPUs.
    pub cpus: u16,
    /// MiB of memory.
    pub memory_mib: u64,
    /// In QEMU, one instruction is one nanosecond and one tick of the time-stamp counter: runs repeat, and how busy the
    /// host is does not show. Its CPUs then take turns of up to 10 ms in one thread. Bochs always counts.
    pub counted: bool,
    /// All CPUs take turns in one thread of the emulator. With a thread for each CPU, QEMU 7.2 now and then completes one #VMEXIT
    /// of SVM twice, which ends a VM or the core.
    pub one_thread: bool,
    /// The core is not told how to end this emulator, and ends it by ACPI as it would end hardware. Not for a disc, which has
    /// its own command line.
    pub as_hardware: bool,
}

/// Where the serial port goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serial {
    /// To the terminal of this process.
    Terminal,
    /// To a [`SerialLine`].
    Line,
}

/// How a machine ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The core powered it off and said that all is well.
    Good,
    /// The core powered it off with this code.
    Code(u8),
    /// It was switched off by ACPI.
    SwitchedOff,
    /// It ended in another way.
    Broken(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => write!(f, "powered off"),
            Self::Code(code) => write!(f, "powered off with code {code}"),
            Self::SwitchedOff => write!(f, "switched off by ACPI"),
            Self::Broken(reason) => write!(f, "{reason}"),
        }
    }
}

/// A machine under way. Ends when this goes.
#[derive(Debug)]
pub struct Running {
    child: Child,
    kind: Kind,
    as_hardware: bool,
    log: PathBuf,
    /// Carries output to the terminal, where the emulator does not do that itself.
    pump: Option<JoinHandle<()>>,
    /// The serial line, unless the terminal has it.
    pub serial: Option<SerialLine>,
}

/// Boots a machine.
///
/// # Errors
/// The emulator cannot be started.
pub fn start(kind: Kind, machine: &Machine, serial: Serial) -> Result<Running, Failure> {
    match kind {
        Kind::Qemu => qemu::start(machine, serial),
        Kind::Bochs => bochs::start(machine, serial),
    }
}

impl Machine {
    /// The core's command line, with the way to end this emulator before the rest.
    #[must_use]
    pub fn whole_command_line(&self, kind: Kind) -> String {
        if self.as_hardware { self.command_line.clone() } else { command_line(kind, &self.command_line) }
    }
}

/// The way to end this emulator before the rest of a command line.
#[must_use]
pub fn command_line(kind: Kind, more: &str) -> String {
    format!("exit={} {more}", kind.name()).trim_end().to_owned()
}

/// How often an ending machine is looked at.
const POLL: Duration = Duration::from_millis(20);

impl Running {
    /// Waits for the machine's end.
    ///
    /// # Errors
    /// The time passes first: the machine is stopped then.
    pub fn finish(&mut self, within: Option<Duration>) -> Result<Outcome, Failure> {
        let end = within.map(|within| Instant::now() + within);
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.flush();
                    return Ok(self.outcome(status));
                }
                Ok(None) if end.is_some_and(|end| Instant::now() >= end) => {
                    self.stop();
                    return Err(Failure::found("the machine did not end in time and was stopped"));
                }
                Ok(None) => thread::sleep(POLL),
                Err(error) => return Err(Failure::new(format!("the emulator is lost: {error}"))),
            }
        }
    }

    /// Has it ended by itself?
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Where the emulator's own log is, if it writes one.
    #[must_use]
    pub fn log(&self) -> Option<&Path> {
        Some(self.log.as_path()).filter(|log| !log.as_os_str().is_empty())
    }

    /// Pulls the plug.
    pub fn stop(&mut self) {
        // Both fail only if the emulator has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Shows the last output: the emulator's end of the line is closed, so the pump comes to its end.
    fn flush(&mut self) {
        if let Some(pump) = self.pump.take() {
            // A pump that panicked has nothing left to show.
            let _ = pump.join();
        }
    }

    fn outcome(&self, status: ExitStatus) -> Outcome {
        match self.kind {
            Kind::Qemu => qemu::outcome(status, self.as_hardware),
            Kind::Bochs => bochs::outcome(&self.log, status),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
