//! What a system is and what each part of it may do, in words and numbers: for people, and for tests that compare it
//! with a running system.
//!
//! A [`Report`] is plain data. Its text, its page and its JSON are three ways to show the same.

mod failures;
mod html;
mod json;
mod rights;
mod text;
mod time;
mod vms;

pub use html::to_html;
pub use json::to_json;
pub use text::to_text;

use crate::analysis::analyse;
use crate::system::{Role, System, Task};

/// A system, completely.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its name.
    pub system: String,
    /// SHA-256 of its manifest, as the image carries it and the core says it at boot.
    pub manifest_sha256: String,
    /// Version of the interface between core and tasks.
    pub abi_version: u32,
    /// CPUs that it uses.
    pub cpus: Vec<Cpu>,
    /// Its tasks; their place is their identifier.
    pub tasks: Vec<TaskReport>,
    /// Its VMs; their place is their identifier.
    pub vms: Vec<VmReport>,
    /// Bytes of RAM of all guests.
    pub guest_memory: u64,
    /// Faults that it orders on purpose.
    pub faults_on_purpose: usize,
}

/// The schedule of a CPU.
#[derive(Debug, Clone)]
pub struct Cpu {
    /// Its number.
    pub cpu: u16,
    /// How much of it budgets promise, in millionths.
    pub promised_ppm: u64,
    /// Who runs there, the most urgent first.
    pub actors: Vec<ActorReport>,
}

/// A task or vCPU on its CPU.
#[derive(Debug, Clone)]
pub struct ActorReport {
    /// Its name.
    pub name: String,
    /// How urgent it is; greater runs first.
    pub priority: u8,
    /// CPU time in a period; 0 is no bound.
    pub budget_us: u64,
    /// The period.
    pub period_us: u64,
    /// Until it has run for its budget.
    pub gets_budget: Time,
    /// A task: until an event is over. A vCPU: until the slowest of its devices has answered.
    pub answers: Time,
}

/// A longest time.
#[derive(Debug, Clone)]
pub struct Time {
    /// Microseconds, if there is a bound.
    pub within_us: Option<u64>,
    /// In words, with the reason if there is none.
    pub words: String,
}

/// A task.
#[derive(Debug, Clone)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// Its program.
    pub program: String,
    /// What it is for.
    pub role: String,
    /// Where it runs.
    pub cpu: u16,
    /// How urgent it is.
    pub priority: u8,
    /// Bytes of stack.
    pub stack: u64,
    /// Its capability slots; their place is their number.
    pub slots: Vec<String>,
    /// What it may do beside its slots.
    pub rights: Vec<String>,
    /// Who calls it.
    pub called_by: Vec<String>,
    /// What follows a fault, and what follows too many.
    pub on_fault: String,
    /// What follows when it is given up.
    pub on_failure: String,
}

/// A VM.
#[derive(Debug, Clone)]
pub struct VmReport {
    /// Its name.
    pub name: String,
    /// Who starts it.
    pub kind: &'static str,
    /// Bytes of RAM.
    pub memory: u64,
    /// The CPU of each vCPU.
    pub vcpus: Vec<u16>,
    /// How urgent its vCPUs are.
    pub priority: u8,
    /// How it boots.
    pub boot: String,
    /// Its devices.
    pub devices: Vec<DeviceReport>,
    /// What its firmware would say of its memory.
    pub memory_map: Vec<RangeReport>,
    /// What follows when its guest ends.
    pub ends: Vec<String>,
    /// A pool: the VMs that take turns in it.
    pub runs: Vec<RunReport>,
}

/// A VM of a pool.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Its name.
    pub name: String,
    /// How it boots.
    pub boot: String,
    /// What follows when its guest ends.
    pub ends: Vec<String>,
}

/// A device of a VM.
#[derive(Debug, Clone)]
pub struct DeviceReport {
    /// Its name.
    pub name: &'static str,
    /// The task that is the device.
    pub server: String,
    /// Ports that lead to it.
    pub ports: Vec<String>,
    /// Memory windows that lead to it.
    pub windows: Vec<String>,
    /// Interrupt lines that it drives.
    pub lines: Vec<u32>,
    /// From an access until its answer.
    pub answers: Time,
}

/// A range of guest-physical memory.
#[derive(Debug, Clone)]
pub struct RangeReport {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
    /// What is there.
    pub what: &'static str,
}

impl Report {
    /// Describes a system whose manifest has this digest.
    #[must_use]
    pub fn new(system: &System, digest: [u8; 32]) -> Self {
        let analysis = analyse(system);
        Self {
            system: system.name.clone(),
            manifest_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            abi_version: bulkhead_abi::ABI_VERSION,
            cpus: (0..system.cpus).map(|cpu| time::cpu(system, &analysis, cpu)).collect(),
            tasks: (0..system.tasks.len()).map(|index| task(system, index)).collect(),
            vms: (0..system.vms.len()).map(|index| vms::vm(system, &analysis, index)).collect(),
            guest_memory: system.guest_memory(),
            faults_on_purpose: system.injections.len(),
        }
    }
}

fn task(system: &System, index: usize) -> TaskReport {
    let task = &system.tasks[index];
    TaskReport {
        name: task.name.clone(),
        program: task.binary.clone(),
        role: role(system, task),
        cpu: task.cpu.value,
        priority: task.priority.value,
        stack: task.stack.value,
        slots: task.slots.iter().map(|slot| rights::slot(system, slot)).collect(),
        rights: rights::beside_slots(system, task),
        called_by: rights::callers(system, index),
        on_fault: failures::restart(task),
        on_failure: failures::outcome(system, task),
    }
}

fn role(system: &System, task: &Task) -> String {
    match &task.role {
        Role::Supervisor => "restarts tasks that have faulted".into(),
        Role::VmManager => "keeps the VM registry".into(),
        Role::Loader => "puts images into guest memory".into(),
        Role::Console => "owns the machine's serial port".into(),
        Role::Link { vms: [first, second] } => {
            let [first, second] = [first, second].map(|vm| &system.vms[*vm].name.value);
            format!("serial cable between VM {first} and VM {second}")
        }
        Role::Shell => "takes a person's commands".into(),
        Role::Device { vm, .. } if task.binary == "insn-emulator" => {
            format!("decodes instructions of VM {}", system.vms[*vm].name.value)
        }
        Role::Device { vm, .. } => format!("device of VM {}", system.vms[*vm].name.value),
        Role::Extra { script } if script.is_empty() => "task of the manifest".into(),
        Role::Extra { script } => format!("task of the manifest, told `{script}`"),
    }
}

/// `4 ms`, `200 us`, `1.5 s`: as short as it is exact.
pub(crate) fn duration(us: u64) -> String {
    match us {
        0 => "0".into(),
        us if us >= 1_000_000 && us.is_multiple_of(100_000) => decimal(us / 100_000, "s"),
        us if us >= 1_000 && us.is_multiple_of(100) => decimal(us / 100, "ms"),
        us => format!("{us} us"),
    }
}

/// Tenths as a decimal number.
fn decimal(tenths: u64, unit: &str) -> String {
    if tenths.is_multiple_of(10) {
        format!("{} {unit}", tenths / 10)
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

/// `4 KiB`, `128 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = UNITS.iter().find(|(shift, _)| bytes >= 1 << shift && bytes.is_multiple_of(1 << shift));
    unit.map_or_else(|| format!("{bytes} B"), |(shift, unit)| format!("{} {unit}", bytes >> shift))
}

/// Millionths as a percentage.
pub(crate) fn percent(ppm: u64) -> String {
    decimal(ppm.div_ceil(1_000), "%")
}

#[cfg(test)]
mod tests;
