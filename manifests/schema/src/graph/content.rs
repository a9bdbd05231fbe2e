//! What is in the picture: nodes and their words.

use crate::analysis::{Actor, Analysis, Budget, Outlook, Who, analyse};
use crate::report::{duration, percent, size};
use crate::system::{Capability, Role, System, Task};

/// Everything that has a place.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) nodes: Vec<Node>,
    pub(super) vms: Vec<VmBox>,
}

/// A CPU.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) load: String,
    /// What budgets promise of it, in millionths.
    pub(super) ppm: u64,
}

/// Where the trust boundary puts a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Band {
    Ring3,
    Guest,
}

/// A task, several equal servers of a VM, or vCPUs of a VM on one CPU.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) column: usize,
    pub(super) band: Band,
    pub(super) priority: u8,
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    /// Budgets in it, in millionths of the CPU.
    pub(super) ppm: u64,
    /// The VM whose colour it has.
    pub(super) vm: Option<usize>,
    /// Its tasks, by index.
    pub(super) tasks: Vec<usize>,
}

/// A VM: its memory and devices.
#[derive(Debug)]
pub(super) struct VmBox {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// Characters of a line in a node.
pub(super) const LINE: usize = 36;

pub(super) fn of(system: &System) -> Content {
    let analysis = analyse(system);
    let mut nodes = Vec::new();
    for cpu in 0..system.cpus {
        add_tasks(system, &analysis, cpu, &mut nodes);
        add_vcpus(system, &analysis, cpu, &mut nodes);
    }
    Content {
        name: system.name.clone(),
        columns: (0..system.cpus).map(|cpu| column(&analysis, cpu)).collect(),
        nodes,
        vms: (0..system.vms.len()).map(|vm| vm_box(system, vm)).collect(),
    }
}

fn column(analysis: &Analysis, cpu: u16) -> Column {
    let ppm = analysis.promised_ppm(cpu);
    let free = analysis.without_budget(cpu).count();
    let promised = if ppm == 0 { String::new() } else { format!("{} promised", percent(ppm)) };
    let rest = match (free, ppm) {
        (0, 0) => "nobody".into(),
        (0, _) => String::new(),
        (free, 0) => format!("{free} without budget"),
        (free, _) => format!(", {free} unbounded"),
    };
    Column { title: format!("CPU {cpu}"), load: format!("{promised}{rest}"), ppm }
}

/// Device servers of one VM with the same priority share a node; every other task has its own.
fn add_tasks(system: &System, analysis: &Analysis, cpu: u16, nodes: &mut Vec<Node>) {
    let first = nodes.len();
    for (actor, outlook) in analysis.on_cpu(cpu) {
        let Who::Task(index) = actor.who else { continue };
        let task = &system.tasks[index];
        let device_of = match task.role {
            Role::Device { vm, .. } if task.binary != "insn-emulator" => Some(vm),
            _ => None,
        };
        let ppm = actor.budget.map_or(0, |budget| budget.share_ppm());
        let group = nodes[first..].iter_mut().find(|node| {
            device_of.is_some()
                && node.vm == device_of
                && node.priority == actor.priority
                && node.title.ends_with(SERVERS)
        });
        if let (Some(node), Some(_)) = (group, device_of) {
            node.tasks.push(index);
            node.ppm += ppm;
            continue;
        }
        nodes.push(Node {
            column: usize::from(cpu),
            band: Band::Ring3,
            priority: actor.priority,
            title: device_of
                .map_or_else(|| task.name.clone(), |vm| format!("{}{SERVERS}", system.vms[vm].name.value)),
            lines: if device_of.is_some() { Vec::new() } else { task_lines(task, actor, outlook) },
            ppm,
            vm: task.vm,
            tasks: vec![index],
        });
    }
    for node in &mut nodes[first..] {
        if node.title.ends_with(SERVERS) {
            node.lines = group_lines(system, analysis, &node.tasks);
        }
    }
}

/// End of the title of a group of device servers.
const SERVERS: &str = ": device servers";

fn task_lines(task: &Task, actor: &Actor, outlook: &Outlook) -> Vec<String> {
    let mut lines = vec![budget(actor, outlook)];
    let mut has = Vec::new();
    has.extend(task.ports.iter().map(|range| format!("ports {:#x}-{:#x}", range.value.0, range.value.1)));
    for slot in &task.slots {
        has.extend(match slot {
            Capability::Irq { isa, .. } => Some(format!("IRQ {isa}")),
            Capability::Log { .. } => Some("log".into()),
            Capability::Platform => Some("power".into()),
            Capability::Supervise { .. } => Some("restarts all".into()),
            _ => None,
        });
    }
    if !has.is_empty() {
        lines.extend(wrapped(&has, ", "));
    }
    lines
}

fn budget(actor: &Actor, outlook: &Outlook) -> String {
    let Some(budget) = actor.budget else { return "no budget".into() };
    let gets =
        outlook.budget.within().map_or_else(String::new, |time| format!(", within {}", duration(time)));
    format!("{}{gets}", share(budget))
}

/// `2 ms in 10 ms = 20 %`
fn share(budget: Budget) -> String {
    let Budget { budget_us, period_us } = budget;
    format!("{} in {} = {}", duration(budget_us), duration(period_us), percent(budget.share_ppm()))
}

/// Those without budget in few lines, each other one in its own.
fn group_lines(system: &System, analysis: &Analysis, tasks: &[usize]) -> Vec<String> {
    let short = |task: &usize| {
        let name = system.tasks[*task].name.as_str();
        name.rsplit_once('.').map_or(name, |(_, device)| device).to_owned()
    };
    let budget_of = |task: &usize| analysis.actors[*task].budget;
    let free: Vec<_> = tasks.iter().filter(|task| budget_of(task).is_none()).map(short).collect();
    let mut lines = wrapped(&free, "  ");
    let with_budget = tasks.iter().filter_map(|task| budget_of(task).map(|budget| (task, budget)));
    lines.extend(with_budget.map(|(task, budget)| format!("{}: {}", short(task), share(budget))));
    lines
}

/// vCPUs of one VM on one CPU share a node.
fn add_vcpus(system: &System, analysis: &Analysis, cpu: u16, nodes: &mut Vec<Node>) {
    let first = nodes.len();
    for (actor, outlook) in analysis.on_cpu(cpu) {
        let Who::Vcpu { vm, number } = actor.who else { continue };
        let ppm = actor.budget.map_or(0, |budget| budget.share_ppm());
        if let Some(node) = nodes[first..].iter_mut().find(|node| node.vm == Some(vm)) {
            node.title.push_str(&format!(", {number}"));
            node.ppm += ppm;
            continue;
        }
        nodes.push(Node {
            column: usize::from(cpu),
            band: Band::Guest,
            priority: actor.priority,
            title: format!("{}: vCPU {number}", system.vms[vm].name.value),
            lines: vec![budget(actor, outlook)],
            ppm,
            vm: Some(vm),
            tasks: Vec::new(),
        });
    }
}

fn vm_box(system: &System, index: usize) -> VmBox {
    let vm = &system.vms[index];
    let boots = system.definitions_of(index).map(|definition| {
        let kernel = &definition.boot.kernel.value;
        if vm.is_pool {
            format!("{} boots {kernel}", definition.name.value)
        } else {
            format!("boots {kernel}")
        }
    });
    let mut lines: Vec<_> = boots.collect();
    for (kind, _) in &vm.servers {
        let device = crate::device::of_kind(*kind);
        let mut reach: Vec<_> =
            device.ports.iter().map(|(first, last)| range((*first).into(), (*last).into())).collect();
        reach.extend(device.windows.iter().map(|(base, length)| range(*base, base + length - 1)));
        let device_line = match reach.as_slice() {
            [] => "decodes memory accesses".into(),
            [first] => first.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        lines.push(format!("{}: {device_line}", device.name));
    }
    let what = if vm.is_pool { "pool " } else { "" };
    VmBox { title: format!("{what}{}: {} of RAM", vm.name.value, size(vm.memory.value)), lines }
}

fn range(first: u64, last: u64) -> String {
    if first == last { format!("{first:#x}") } else { format!("{first:#x}-{last:#x}") }
}

/// Words in as few lines as they need.
fn wrapped(words: &[String], between: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + between.len() + word.chars().count() <= LINE => {
                line.push_str(between);
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}
