//! A system with nothing left unsaid: every task, its capabilities and its place, by index.

use crate::manifest::{Boot, BootProtocol, EndPolicy, FailurePolicy, Severity, Spanned, VmKind, Watchdog};
use crate::source::Span;
use bulkhead_abi::image::InjectRecord;
use bulkhead_protocol::config::ServerKind;

/// Everything that runs.
#[derive(Debug, Clone)]
pub struct System {
    /// Its name.
    pub name: String,
    /// CPUs.
    pub cpus: u16,
    /// Tasks; their index is their identifier.
    pub tasks: Vec<Task>,
    /// VMs of the core; their index is their identifier.
    pub vms: Vec<GuestVm>,
    /// What is run in them: one for each VM that the manifest names.
    pub definitions: Vec<Definition>,
    /// Faults on purpose; none in a production system.
    pub injections: Vec<InjectRecord>,
}

/// What a task is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Restarts tasks.
    Supervisor,
    /// Keeps the VM registry.
    VmManager,
    /// Puts images into guest memory.
    Loader,
    /// Owns the serial port.
    Console,
    /// Takes a person's commands.
    Shell,
    /// A serial cable between two VMs.
    Link {
        /// The VM at each end.
        vms: [usize; 2],
    },
    /// A device server or the instruction emulator of a VM.
    Device {
        /// The VM's index.
        vm: usize,
        /// Which device.
        kind: ServerKind,
    },
    /// A task that the manifest adds.
    Extra {
        /// What it is told to do.
        script: String,
    },
}

/// A task.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Its program.
    pub binary: String,
    /// What it is for.
    pub role: Role,
    /// Where the manifest speaks of it.
    pub origin: Span,
    /// CPU.
    pub cpu: Spanned<u16>,
    /// Priority.
    pub priority: Spanned<u8>,
    /// Budget in a period, microseconds; 0 is no bound.
    pub budget_us: Spanned<u32>,
    /// Period, microseconds.
    pub period_us: Spanned<u32>,
    /// Bound of the handling of an event that nobody waits for, microseconds.
    pub signal_deadline_us: u32,
    /// Bytes of stack.
    pub stack: Spanned<u64>,
    /// First pause before a restart, microseconds.
    pub backoff_us: u32,
    /// Restarts in a period.
    pub restart_limit: u16,
    /// That period, milliseconds.
    pub restart_period_ms: u32,
    /// What follows when it is given up.
    pub on_failure: FailurePolicy,
    /// Interfaces that it serves.
    pub serves: Vec<u16>,
    /// The VM whose lines and local APICs it may drive.
    pub vm: Option<usize>,
    /// Lines of that VM that it owns, as a mask.
    pub lines: u64,
    /// Flags of its record.
    pub flags: u8,
    /// Ports that it uses itself, inclusive.
    pub ports: Vec<Spanned<(u16, u16)>>,
    /// Memory beside its own.
    pub mounts: Vec<Mount>,
    /// Its slots, in order.
    pub slots: Vec<Capability>,
}

/// Memory beside its own that a task sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// The RAM of a VM.
    GuestMemory {
        /// The VM.
        vm: usize,
        /// Not only to read.
        writable: bool,
    },
    /// The image's modules.
    Modules,
}

/// What a slot names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Call a task.
    Call(Call),
    /// Set a bit of a task's notification word.
    Notify {
        /// The task.
        target: usize,
        /// The bit.
        bit: u32,
    },
    /// Handle an interrupt.
    Irq {
        /// ISA interrupt.
        isa: u16,
        /// Bit of the own notification word.
        bit: u16,
    },
    /// Control a VM.
    Vm {
        /// The VM.
        vm: usize,
        /// Bits of `VmRights`.
        rights: u32,
    },
    /// See and restart tasks; the bit of the own notification word that tells of faults.
    Supervise {
        /// The bit.
        bit: u32,
    },
    /// Read the log; the bit of the own notification word that tells of new text.
    Log {
        /// The bit.
        bit: u32,
    },
    /// Power the machine off.
    Platform,
    /// See the status of tasks.
    Inspect,
}

/// A right to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The task.
    pub target: usize,
    /// Identifier of the interface.
    pub interface: u16,
    /// The number that the target sees.
    pub badge: u16,
    /// Bound of a call.
    pub deadline_us: u32,
}

/// A virtual machine of the core: memory, vCPUs and device servers.
#[derive(Debug, Clone)]
pub struct GuestVm {
    /// The name of the only VM that it can be, or of the pool.
    pub name: Spanned<String>,
    /// Several definitions take turns in it.
    pub is_pool: bool,
    /// Bytes of RAM.
    pub memory: Spanned<u64>,
    /// CPU of each vCPU.
    pub vcpus: Vec<Spanned<u16>>,
    /// Priority of its vCPUs.
    pub priority: Spanned<u8>,
    /// Budget of each vCPU in a period, microseconds; 0 is no bound.
    pub budget_us: Spanned<u32>,
    /// Period, microseconds.
    pub period_us: Spanned<u32>,
    /// Its devices and the task of each; the instruction emulator is the last.
    pub servers: Vec<(ServerKind, usize)>,
    /// Whether its serial port is connected to the console.
    pub console: bool,
    /// Unix time at which its clock starts in each life; the machine's if there is none.
    pub epoch: Option<u64>,
}

/// What is run in a virtual machine of the core, and how.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: Spanned<String>,
    /// The VM of the core, by index.
    pub vm: usize,
    /// Its kind.
    pub kind: VmKind,
    /// How much depends on it.
    pub severity: Severity,
    /// Names of the VMs that the system starts before it.
    pub after: Vec<Spanned<String>>,
    /// How it boots.
    pub boot: Boot,
    /// After its S5.
    pub on_power_off: EndPolicy,
    /// After its reset request or triple fault.
    pub on_reset: EndPolicy,
    /// What watches over it.
    pub watchdog: Option<Watchdog>,
    /// How long it has to end itself when it is asked to because others end, in microseconds.
    pub shutdown_deadline_us: u32,
}

impl System {
    /// The definitions in the order in which the system starts them: each after those that it names, otherwise pre-launched ones
    /// first, because nothing depends on them, then the service VM, then the definitions that it may use. VMs that wait
    /// for each other come last.
    #[must_use]
    pub fn start_order(&self) -> Vec<usize> {
        let rank = |index: &usize| {
            let kind = match self.definitions[*index].kind {
                VmKind::PreLaunched => 0,
                VmKind::Service => 1,
                VmKind::PostLaunched => 2,
            };
            (kind, *index)
        };
        let mut waiting: Vec<usize> = (0..self.definitions.len()).collect();
        waiting.sort_by_key(rank);
        let mut order = Vec::new();
        while !waiting.is_empty() {
            let is_ready = |index: &usize| {
                let waits_for =
                    |name: &str| waiting.iter().any(|other| self.definitions[*other].name.value == name);
                !self.definitions[*index].after.iter().any(|name| waits_for(&name.value))
            };
            let Some(next) = waiting.iter().position(is_ready) else {
                order.append(&mut waiting);
                break;
            };
            order.push(waiting.remove(next));
        }
        order
    }

    /// The task with this role.
    #[must_use]
    pub fn task_with(&self, role: &Role) -> Option<usize> {
        self.tasks.iter().position(|task| task.role == *role)
    }

    /// What can be run in a VM of the core.
    pub fn definitions_of(&self, vm: usize) -> impl Iterator<Item = &Definition> + Clone {
        self.definitions.iter().filter(move |definition| definition.vm == vm)
    }

    /// All names of guest images that the system needs, each once.
    #[must_use]
    pub fn image_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for boot in self.definitions.iter().map(|definition| &definition.boot) {
            for image in [Some(&boot.kernel), boot.ramdisk.as_ref()].into_iter().flatten() {
                if !names.contains(&image.value.as_str()) {
                    names.push(image.value.as_str());
                }
            }
        }
        names
    }

    /// All task programs that the system needs, each once.
    #[must_use]
    pub fn binary_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for task in &self.tasks {
            if !names.contains(&task.binary.as_str()) {
                names.push(task.binary.as_str());
            }
        }
        names
    }

    /// Bytes of RAM of all VMs together.
    #[must_use]
    pub fn guest_memory(&self) -> u64 {
        self.vms.iter().map(|vm| vm.memory.value).fold(0, u64::saturating_add)
    }
}

impl Task {
    /// Whom it may call.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.slots.iter().filter_map(|slot| match slot {
            Capability::Call(call) => Some(call),
            _ => None,
        })
    }

    /// The first slot whose capability is as asked.
    pub(crate) fn slot(&self, is: impl Fn(&Capability) -> bool) -> Option<u16> {
        self.slots.iter().position(is).and_then(|index| u16::try_from(index).ok())
    }

    /// The slot for calls of this interface to this task.
    pub(crate) fn call_slot(&self, target: usize, interface: u16) -> Option<u16> {
        self.slot(|slot| {
            matches!(slot, Capability::Call(call) if call.target == target && call.interface == interface)
        })
    }
}

impl GuestVm {
    /// The task of a device, if the VM has that device.
    #[must_use]
    pub fn server(&self, kind: ServerKind) -> Option<usize> {
        self.servers.iter().find_map(|(known, task)| (*known == kind).then_some(*task))
    }
}

impl Definition {
    /// The boot arguments.
    #[must_use]
    pub fn command_line(&self) -> &str {
        match (&self.boot.command_line, self.boot.protocol) {
            (Some(text), _) => &text.value,
            (None, BootProtocol::Linux) => "console=ttyS0",
            (None, _) => "",
        }
    }
}
