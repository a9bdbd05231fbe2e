//! The report as one page that needs nothing else: the picture, the schedules, the VMs, the tasks.

use super::{ActorReport, Report, TaskReport, VmReport, duration, percent, size};
use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #0f172a; --soft: #475569; --ground: #ffffff; --line: #cbd5e1; --tint: #f1f5f9; --bad: #b91c1c }
@media (prefers-color-scheme: dark) { :root { --ink: #e2e8f0; --soft: #a3b2c6; --ground: #0b1120; --line: #334155; --tint: #17213a; --bad: #fca5a5 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 76rem; margin: 2rem auto; padding: 0 1.5rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1rem; margin: 1.6rem 0 .4rem }
table { border-collapse: collapse; width: 100%; font-size: .92em } th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 600 } td.number { text-align: right; font-variant-numeric: tabular-nums }
code { font-size: .92em } .soft { color: var(--soft) } .none { color: var(--soft) } .bad { color: var(--bad) }
details { border-bottom: 1px solid var(--line); padding: .35rem 0 } summary { cursor: pointer } ul { margin: .3rem 0 .5rem; padding-left: 1.4rem }
.picture { overflow-x: auto; border: 1px solid var(--line) } .picture svg { display: block; max-width: none }
";

/// All of it, for a browser. `picture` is an SVG.
#[must_use]
pub fn to_html(report: &Report, picture: &str) -> String {
    let mut out = String::new();
    let name = escaped(&report.system);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>System {name}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>System {name}</h1>\n<p>{} CPU(s), {} tasks, {} VM(s), {} of guest RAM.<br>\n\
         <span class=\"soft\">Manifest <code>{}</code> (SHA-256, as the core says it at boot), ABI {}.</span></p>\n",
        report.cpus.len(),
        report.tasks.len(),
        report.vms.len(),
        size(report.guest_memory),
        report.manifest_sha256,
        report.abi_version
    );
    if report.faults_on_purpose != 0 {
        let _ = writeln!(
            out,
            "<p class=\"bad\">{} faults on purpose: not for production.</p>",
            report.faults_on_purpose
        );
    }
    let _ = writeln!(out, "<div class=\"picture\">\n{picture}</div>");
    write_cpus(&mut out, report);
    out.push_str("<h2>VMs</h2>\n");
    for vm in &report.vms {
        write_vm(&mut out, vm);
    }
    out.push_str("<h2>Tasks</h2>\n");
    for (index, task) in report.tasks.iter().enumerate() {
        write_task(&mut out, index, task);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_cpus(out: &mut String, report: &Report) {
    out.push_str(
        "<h2>Schedules</h2>\n<p class=\"soft\">Fixed priorities, the most urgent first; equals take turns of 5 ms. \
         “Gets it in” is the longest time from being ready with a whole budget until all of it has run; “answers” is a \
         task's longest time for one event, and a vCPU's longest wait for one of its devices.</p>\n",
    );
    for cpu in &report.cpus {
        let _ = writeln!(
            out,
            "<h3>CPU {} <span class=\"soft\">budgets promise {}</span></h3>\n<table><tr><th>priority</th><th>who</th>\
             <th>budget</th><th>gets it in</th><th>answers</th></tr>",
            cpu.cpu,
            percent(cpu.promised_ppm)
        );
        for ActorReport { name, priority, budget_us, period_us, gets_budget, answers } in &cpu.actors {
            let budget = match budget_us {
                0 => "<span class=\"none\">none</span>".into(),
                budget => format!("{} in {}", duration(*budget), duration(*period_us)),
            };
            let cell = |time: &super::Time| {
                let class = if time.within_us.is_some() { "" } else { " class=\"none\"" };
                format!("<td{class}>{}</td>", escaped(&time.words))
            };
            let _ = writeln!(
                out,
                "<tr><td>{priority}</td><td>{}</td><td>{budget}</td>{}{}</tr>",
                escaped(name),
                cell(gets_budget),
                cell(answers)
            );
        }
        out.push_str("</table>\n");
    }
}

fn write_vm(out: &mut String, vm: &VmReport) {
    let cpus: Vec<_> = vm.vcpus.iter().map(u16::to_string).collect();
    let boots = if vm.runs.is_empty() { "Boots" } else { "For" };
    let _ = writeln!(
        out,
        "<h3>{}</h3>\n<p>{}. {} of RAM, vCPUs on CPU {}, priority {}. {boots} {}.</p>\n<ul>",
        escaped(&vm.name),
        vm.kind,
        size(vm.memory),
        cpus.join(", "),
        vm.priority,
        escaped(&vm.boot)
    );
    for end in &vm.ends {
        let _ = writeln!(out, "<li>If its guest {end}.</li>");
    }
    for run in &vm.runs {
        let _ = writeln!(out, "<li>VM {}: boots {}.<ul>", escaped(&run.name), escaped(&run.boot));
        for end in &run.ends {
            let _ = writeln!(out, "<li>If its guest {end}.</li>");
        }
        let _ = writeln!(out, "</ul></li>");
    }
    out.push_str(
        "</ul>\n<table><tr><th>device</th><th>ports</th><th>memory</th><th>lines</th><th>answers</th></tr>\n",
    );
    for device in &vm.devices {
        let lines: Vec<_> = device.lines.iter().map(u32::to_string).collect();
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            device.name,
            device.ports.join(", "),
            device.windows.join(", "),
            lines.join(", "),
            escaped(&device.answers.words)
        );
    }
    out.push_str("</table>\n<table><tr><th>guest memory</th><th></th><th></th></tr>\n");
    for range in &vm.memory_map {
        let _ = writeln!(
            out,
            "<tr><td><code>{:#012x}-{:#012x}</code></td><td>{}</td><td>{}</td></tr>",
            range.base,
            range.base + range.length - 1,
            range.what,
            size(range.length)
        );
    }
    out.push_str("</table>\n");
}

fn write_task(out: &mut String, index: usize, task: &TaskReport) {
    let _ = writeln!(
        out,
        "<details><summary><b>{}</b> <span class=\"soft\">{}</span></summary>\n<p>Task {index}, program {}, CPU {}, \
         priority {}, {} of stack.</p>\n<ul>",
        escaped(&task.name),
        escaped(&task.role),
        escaped(&task.program),
        task.cpu,
        task.priority,
        size(task.stack)
    );
    for (slot, words) in task.slots.iter().enumerate() {
        let _ = writeln!(out, "<li>Slot {slot}: {}.</li>", escaped(words));
    }
    for right in &task.rights {
        let _ = writeln!(out, "<li>It {}.</li>", escaped(right));
    }
    if !task.called_by.is_empty() {
        let _ = writeln!(out, "<li>Called by {}.</li>", escaped(&task.called_by.join(", ")));
    }
    let _ = writeln!(
        out,
        "<li>After a fault {}.</li>\n<li>Then {}.</li>\n</ul></details>",
        escaped(&task.on_fault),
        escaped(&task.on_failure)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
