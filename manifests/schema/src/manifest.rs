//! A manifest as it is written: every value with its place in the text, nothing added.

pub(crate) use crate::source::{Span, Spanned};

pub use bulkhead_protocol::config::{BootProtocol, EndPolicy, FailurePolicy};
pub(crate) use bulkhead_protocol::config::{Watchdog, WatchdogAction};
pub(crate) use bulkhead_protocol::registry::Role as RegistryRole;
pub(crate) use bulkhead_protocol::registry::Severity;
pub use bulkhead_protocol::registry::VmKind;

/// One system.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// CPUs that it uses.
    pub cpus: Option<Spanned<u16>>,
    /// Where services and device servers run unless they say otherwise.
    pub services_cpu: Option<Spanned<u16>>,
    /// Its virtual machines.
    pub vms: Vec<Vm>,
    /// What post-launched ones take turns in.
    pub pools: Vec<Pool>,
    /// Serial cables between VMs.
    pub links: Vec<SerialLink>,
    /// Changes to the services that every system has.
    pub services: Vec<(Spanned<String>, Placement)>,
    /// What the shell is, beside its place.
    pub shell: ShellSettings,
    /// Tasks of its own.
    pub tasks: Vec<ExtraTask>,
    /// Faults on purpose.
    pub injections: Vec<Injection>,
}

/// A virtual machine.
#[derive(Debug, Clone)]
pub struct Vm {
    /// Its name.
    pub name: Spanned<String>,
    /// Who owns it.
    pub kind: VmKind,
    /// Where it says what it is.
    pub kind_span: Option<Span>,
    /// How much depends on it.
    pub severity: Severity,
    /// Names of the VMs that the system starts before it.
    pub after: Vec<Spanned<String>>,
    /// The pool that it takes turns in; without one it has memory, vCPUs and devices of its own.
    pub pool: Option<Spanned<String>>,
    /// These.
    pub machine: Machine,
    /// The keys of the machine that are written.
    pub machine_keys: Vec<Spanned<String>>,
    /// How it boots.
    pub boot: Boot,
    /// After its S5.
    pub on_power_off: EndPolicy,
    /// After its reset request or triple fault.
    pub on_reset: EndPolicy,
    /// What watches over it.
    pub watchdog: Option<Watchdog>,
    /// How long it has to end itself when it is asked to because others end, in microseconds.
    pub shutdown_deadline_us: Option<Spanned<u32>>,
    /// All that it must have is there. What is not has been reported, and something stands in its place.
    pub is_whole: bool,
}

/// Memory, vCPUs and devices for one post-launched VM at a time.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its name.
    pub name: Spanned<String>,
    /// What it has.
    pub machine: Machine,
    /// All that it must have is there.
    pub is_whole: bool,
}

/// Memory, vCPUs and devices.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Bytes of RAM.
    pub memory: Spanned<u64>,
    /// CPU of each vCPU.
    pub vcpus: Vec<Spanned<u16>>,
    /// Scheduling of its vCPUs.
    pub placement: Placement,
    /// Names of its devices; `None` is the full set.
    pub devices: Option<Vec<Spanned<String>>>,
    /// Where its device servers run.
    pub servers_cpu: Option<Spanned<u16>>,
    /// Changes to its device servers, by the device's name.
    pub servers: Vec<(Spanned<String>, Placement)>,
    /// Where it says that the CPUs of its vCPUs are its own; `None` if they are not.
    pub exclusive: Option<Span>,
    /// Whether its serial port is connected to the console.
    pub console: Option<Spanned<bool>>,
    /// Unix time at which its clock starts in each life; the machine's if there is none.
    pub epoch: Option<Spanned<u64>>,
    /// After the failure of a device server that has no policy of its own.
    pub on_failure: Option<Spanned<FailurePolicy>>,
}

/// Memory, vCPUs and devices under the name of their VM or pool.
#[derive(Debug, Clone, Copy)]
pub struct NamedMachine<'a> {
    /// The name.
    pub name: &'a Spanned<String>,
    /// What has it.
    pub machine: &'a Machine,
    /// Is it a pool?
    pub is_pool: bool,
    /// All that it must have is there.
    pub is_whole: bool,
}

impl Manifest {
    /// All that VMs can be made of, in the order of the core's VMs: those of VMs that share nothing, then pools.
    pub fn machines(&self) -> impl Iterator<Item = NamedMachine<'_>> + Clone {
        let own = self.vms.iter().filter(|vm| vm.pool.is_none()).map(|vm| NamedMachine {
            name: &vm.name,
            machine: &vm.machine,
            is_pool: false,
            is_whole: vm.is_whole,
        });
        let pools = self.pools.iter().map(|pool| NamedMachine {
            name: &pool.name,
            machine: &pool.machine,
            is_pool: true,
            is_whole: pool.is_whole,
        });
        own.chain(pools)
    }

    /// The machine of a VM of the core.
    #[must_use]
    pub fn machine(&self, vm: usize) -> Option<&Machine> {
        self.machines().nth(vm).map(|named| named.machine)
    }

    /// The VM of the core that a VM is made of; none if its pool is not there.
    #[must_use]
    pub fn place(&self, vm: &Vm) -> Option<usize> {
        let name = vm.pool.as_ref().unwrap_or(&vm.name);
        self.machines().position(|other| other.is_pool == vm.pool.is_some() && other.name.value == name.value)
    }
}

/// What a VM starts with.
#[derive(Debug, Clone)]
pub struct Boot {
    /// The boot protocol.
    pub protocol: BootProtocol,
    /// Name of the kernel's image.
    pub kernel: Spanned<String>,
    /// Name of the initial RAM disk's image.
    pub ramdisk: Option<Spanned<String>>,
    /// Boot arguments.
    pub command_line: Option<Spanned<String>>,
}

/// A serial cable between two VMs: COM2 of both.
#[derive(Debug, Clone)]
pub struct SerialLink {
    /// Where it is.
    pub span: Span,
    /// The two.
    pub vms: Vec<Spanned<String>>,
}

/// The shell's own settings.
#[derive(Debug, Clone, Default)]
pub struct ShellSettings {
    /// The system has one if it has VMs, unless this is false.
    pub enabled: Option<bool>,
    /// It may read the memory of guests.
    pub inspect: Option<bool>,
}

/// A task that the manifest adds.
#[derive(Debug, Clone)]
pub struct ExtraTask {
    /// Its name.
    pub name: Spanned<String>,
    /// The program.
    pub binary: Spanned<String>,
    /// What it is told to do.
    pub script: Option<Spanned<String>>,
    /// Whom it calls: the task's name and, if written, the interface.
    pub calls: Vec<(Spanned<String>, Option<Spanned<String>>)>,
    /// What it is to the VM registry, if it calls that.
    pub registry: Option<Spanned<RegistryRole>>,
    /// Whom it notifies: the task's name, and the bit of that task's notification word.
    pub notifies: Vec<(Spanned<String>, Spanned<u16>)>,
    /// Interfaces that it serves.
    pub serves: Vec<Spanned<String>>,
    /// Ports that it uses itself.
    pub ports: Vec<Spanned<(u16, u16)>>,
    /// Rights over the system.
    pub rights: Vec<Spanned<Right>>,
    /// Where and how it runs.
    pub placement: Placement,
}

/// A right over the whole system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Read the log.
    Log,
    /// Power the machine off.
    Platform,
    /// See and restart tasks.
    Supervise,
}

/// Where and how something runs, as far as the manifest says.
#[derive(Debug, Clone, Default)]
pub struct Placement {
    /// CPU.
    pub cpu: Option<Spanned<u16>>,
    /// Priority.
    pub priority: Option<Spanned<u8>>,
    /// Budget in a period, microseconds.
    pub budget: Option<Spanned<u32>>,
    /// Period, microseconds.
    pub period: Option<Spanned<u32>>,
    /// Bytes of stack.
    pub stack: Option<Spanned<u64>>,
    /// Bound of its program and stack together, bytes.
    pub memory: Option<Spanned<u64>>,
    /// Bound of each call to it, microseconds.
    pub deadline: Option<Spanned<u32>>,
    /// Bound of the handling of notifications and line changes, microseconds.
    pub signal_deadline: Option<Spanned<u32>>,
    /// Who may call it; `None` is whoever has it among its calls.
    pub callers: Option<Vec<Spanned<String>>>,
    /// What happens after its faults.
    pub restart: Restart,
    /// What happens when it is given up.
    pub on_failure: Option<Spanned<FailurePolicy>>,
}

/// Restart policy, as far as the manifest says.
#[derive(Debug, Clone, Default)]
pub struct Restart {
    /// First pause, microseconds.
    pub backoff: Option<Spanned<u32>>,
    /// Restarts in a period.
    pub limit: Option<Spanned<u16>>,
    /// Period, milliseconds.
    pub period: Option<Spanned<u32>>,
}

/// Faults on purpose.
#[derive(Debug, Clone)]
pub struct Injection {
    /// The victim, or a pattern with a star.
    pub task: Spanned<String>,
    /// Kinds to choose from, as a mask.
    pub kinds: Spanned<u64>,
    /// When they come.
    pub occasion: Occasion,
    /// Events to let pass before the first.
    pub first: u32,
    /// How many at the most.
    pub limit: u32,
    /// Start of the random numbers.
    pub seed: u64,
}

/// When faults come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// At one event in so many.
    Events(u32),
    /// Again and again after so many microseconds.
    Time(u32),
}

impl Injection {
    /// Is the task of this name a victim?
    pub(crate) fn strikes(&self, name: &str) -> bool {
        crate::pattern::matches(&self.task.value, name)
    }
}
