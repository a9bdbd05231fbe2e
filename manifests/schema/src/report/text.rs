//! The report as text.

use super::{ActorReport, Report, TaskReport, Time, VmReport, duration, percent, size};
use std::fmt::Write as _;

/// All of it, for a terminal.
#[must_use]
pub fn to_text(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "system {}", report.system);
    let _ = writeln!(out, "manifest sha256 {}, ABI {}", report.manifest_sha256, report.abi_version);
    let _ = writeln!(
        out,
        "{} CPU(s), {} tasks, {} VM(s), {} of guest RAM",
        report.cpus.len(),
        report.tasks.len(),
        report.vms.len(),
        size(report.guest_memory)
    );
    if report.faults_on_purpose != 0 {
        let _ = writeln!(out, "faults on purpose: {}; not for production", report.faults_on_purpose);
    }
    for cpu in &report.cpus {
        let _ = writeln!(out, "\nCPU {}: budgets promise {}", cpu.cpu, percent(cpu.promised_ppm));
        let _ =
            writeln!(out, "  {:<4} {:<24} {:<18} {:<10} answers in", "prio", "who", "budget", "gets it in");
        for actor in &cpu.actors {
            line(&mut out, actor);
        }
    }
    for vm in &report.vms {
        write_vm(&mut out, vm);
    }
    for (index, task) in report.tasks.iter().enumerate() {
        write_task(&mut out, index, task);
    }
    out
}

fn line(out: &mut String, actor: &ActorReport) {
    let ActorReport { name, priority, gets_budget, answers, .. } = actor;
    let budget = match actor.budget_us {
        0 => "none".into(),
        budget => format!("{} in {}", duration(budget), duration(actor.period_us)),
    };
    let cell = |time: &Time| time.within_us.map_or_else(|| "no bound".into(), duration);
    let (gets, ends) = (cell(gets_budget), cell(answers));
    // Why there is no bound; that of the own budget comes before that of the answer.
    let why = [gets_budget, answers].into_iter().find(|time| time.within_us.is_none());
    let why = why.map_or("", |time| time.words.strip_prefix("no bound: ").unwrap_or(&time.words));
    let row = format!("  {priority:<4} {name:<24} {budget:<18} {gets:<10} {ends:<10} {why}");
    let _ = writeln!(out, "{}", row.trim_end());
}

fn write_vm(out: &mut String, vm: &VmReport) {
    let what = if vm.runs.is_empty() { "VM" } else { "pool" };
    let _ = writeln!(out, "\n{what} {}", vm.name);
    let cpus: Vec<_> = vm.vcpus.iter().map(u16::to_string).collect();
    let _ = writeln!(out, "  {}", vm.kind);
    let _ = writeln!(
        out,
        "  {} of RAM; vCPUs on CPU {}; priority {}",
        size(vm.memory),
        cpus.join(", "),
        vm.priority
    );
    if vm.runs.is_empty() {
        let _ = writeln!(out, "  boots {}", vm.boot);
    }
    for end in &vm.ends {
        let _ = writeln!(out, "  if its guest {end}");
    }
    for run in &vm.runs {
        let _ = writeln!(out, "  VM {}: boots {}", run.name, run.boot);
        for end in &run.ends {
            let _ = writeln!(out, "    if its guest {end}");
        }
    }
    for range in &vm.memory_map {
        let last = range.base + range.length - 1;
        let _ = writeln!(out, "  {:#012x}-{last:#012x} {:<9} {}", range.base, range.what, size(range.length));
    }
    for device in &vm.devices {
        let mut parts = Vec::new();
        if !device.ports.is_empty() {
            parts.push(format!("ports {}", device.ports.join(" ")));
        }
        if !device.windows.is_empty() {
            parts.push(format!("memory {}", device.windows.join(" ")));
        }
        if !device.lines.is_empty() {
            let lines: Vec<_> = device.lines.iter().map(u32::to_string).collect();
            parts.push(format!("line {}", lines.join(" ")));
        }
        let _ =
            writeln!(out, "  {:<10} {}; answers: {}", device.name, parts.join("; "), device.answers.words);
    }
}

fn write_task(out: &mut String, index: usize, task: &TaskReport) {
    let _ = writeln!(out, "\ntask {index} {}: {}", task.name, task.role);
    let _ = writeln!(
        out,
        "  program {}, CPU {}, priority {}, {} of stack",
        task.program,
        task.cpu,
        task.priority,
        size(task.stack)
    );
    for (slot, words) in task.slots.iter().enumerate() {
        let _ = writeln!(out, "  slot {slot}: {words}");
    }
    for right in &task.rights {
        let _ = writeln!(out, "  {right}");
    }
    if !task.called_by.is_empty() {
        let _ = writeln!(out, "  called by {}", task.called_by.join(", "));
    }
    let _ = writeln!(out, "  after a fault {}", task.on_fault);
    let _ = writeln!(out, "  then {}", task.on_failure);
}
