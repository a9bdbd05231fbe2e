//! What can be typed: the commands, their arguments, and a line about each.

use crate::report::List;
use core::fmt::{self, Display, Formatter};

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    Version,
    Vms,
    Vcpus,
    Registers,
    Memory,
    Cpuid,
    /// A list of the registry about a VM.
    List(List),
    /// The state of one device: by its name, or by the argument if it is `None`.
    Device(Option<&'static str>),
    Tasks,
    Irqs,
    Create,
    Start,
    Pause,
    Resume,
    Reset,
    Shutdown,
    Destroy,
    Attach,
    LogLevel,
    Lines,
    PowerOff,
}

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Command,
    Vm,
    Vcpu,
    Device,
    Address,
    Length,
    Level,
    Count,
    /// The word `force`, or how many seconds the guest has.
    Ending,
    /// The word `warm`.
    Warm,
}

impl Kind {
    /// How a usage line calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Vm => "vm",
            Self::Vcpu => "vcpu",
            Self::Device => "device",
            Self::Address => "address",
            Self::Length => "length",
            Self::Level => "level",
            Self::Count => "count",
            Self::Ending => "s|force",
            Self::Warm => "warm",
        }
    }
}

/// A command.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) verb: Verb,
    /// Arguments that it needs.
    pub(crate) needs: &'static [Kind],
    /// Arguments that may follow.
    pub(crate) takes: &'static [Kind],
    pub(crate) summary: &'static str,
}

const fn command(
    name: &'static str,
    verb: Verb,
    needs: &'static [Kind],
    takes: &'static [Kind],
    summary: &'static str,
) -> Command {
    Command { name, verb, needs, takes, summary }
}

/// All of them, in the order of the help.
pub(crate) static COMMANDS: [Command; 27] = [
    command("help", Verb::Help, &[], &[Kind::Command], "lists the commands, or explains one"),
    command("version", Verb::Version, &[], &[], "what runs: version, system, digest of the manifest"),
    command("vms", Verb::Vms, &[], &[], "lists the VMs"),
    command("vcpus", Verb::Vcpus, &[], &[Kind::Vm], "lists the vCPUs"),
    command(
        "regs",
        Verb::Registers,
        &[Kind::Vm],
        &[Kind::Vcpu],
        "registers of a vCPU; a VM that runs is held for it",
    ),
    command("mem", Verb::Memory, &[Kind::Vm, Kind::Address], &[Kind::Length], "guest-physical memory"),
    command("cpuid", Verb::Cpuid, &[Kind::Vm], &[], "what CPUID tells a guest"),
    command("map", Verb::List(List::Map), &[Kind::Vm], &[], "the memory map of a guest"),
    command(
        "handlers",
        Verb::List(List::Handlers),
        &[Kind::Vm],
        &[],
        "which server answers at which ports and addresses",
    ),
    command("msrs", Verb::List(List::Msrs), &[Kind::Vm], &[], "what model-specific registers do"),
    command("ioapic", Verb::Device(Some("vioapic")), &[Kind::Vm], &[], "the I/O APIC of a VM"),
    command("pic", Verb::Device(Some("vpic")), &[Kind::Vm], &[], "the two 8259A of a VM"),
    command("pci", Verb::Device(Some("vpci")), &[Kind::Vm], &[], "the PCI functions of a VM"),
    command("device", Verb::Device(None), &[Kind::Vm, Kind::Device], &[], "the state of any device of a VM"),
    command("tasks", Verb::Tasks, &[], &[], "lists the tasks: CPU time, lives, interrupts, stack"),
    command("irqs", Verb::Irqs, &[], &[], "lists the physical interrupts"),
    command("create", Verb::Create, &[Kind::Vm], &[], "builds a VM that is off"),
    command("start", Verb::Start, &[Kind::Vm], &[], "lets a created VM run"),
    command("pause", Verb::Pause, &[Kind::Vm], &[], "holds a VM"),
    command("resume", Verb::Resume, &[Kind::Vm], &[], "lets a paused VM go on"),
    command(
        "reset",
        Verb::Reset,
        &[Kind::Vm],
        &[Kind::Warm],
        "resets a VM, cold unless said otherwise, and starts it",
    ),
    command(
        "shutdown",
        Verb::Shutdown,
        &[Kind::Vm],
        &[Kind::Ending],
        "asks a guest to power off, in so many seconds, or forces it",
    ),
    command("destroy", Verb::Destroy, &[Kind::Vm], &[], "forgets a post-launched VM that is off"),
    command("attach", Verb::Attach, &[Kind::Vm], &[], "gives the keyboard to a guest; Ctrl-A s comes back"),
    command(
        "loglevel",
        Verb::LogLevel,
        &[],
        &[Kind::Level],
        "how much of the log is shown: off, error, warning, info",
    ),
    command("lines", Verb::Lines, &[], &[Kind::Count], "how many lines of an answer come at once; 0 is all"),
    command("poweroff", Verb::PowerOff, &[], &[], "powers the machine off, with all that runs on it"),
];

impl Command {
    /// The command of this name.
    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.name == name)
    }

    /// What its argument with this number is.
    pub(crate) fn argument(&self, number: usize) -> Option<Kind> {
        self.needs.iter().chain(self.takes).nth(number).copied()
    }
}

/// Name and arguments: `mem <vm> <address> [length]`.
impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.needs.iter().try_for_each(|kind| write!(f, " <{}>", kind.name()))?;
        self.takes.iter().try_for_each(|kind| write!(f, " [{}]", kind.name()))
    }
}
