//! From what the author wrote to the whole system: services, device servers, capabilities and defaults.

pub(crate) mod defaults;
mod extra;
mod injections;
mod links;
mod services;
mod shell;
mod vm;

use crate::manifest::{FailurePolicy, Manifest, Placement, Spanned};
use crate::problem::Problem;
use crate::source::Span;
use crate::system::{Role, System, Task};
use defaults::Defaults;
pub(crate) use services::{CONSOLE_END_BITS, CONSOLE_IRQ_BIT, CONSOLE_LOG_BIT, FAILURE_BIT};
pub(crate) use shell::console_streams;
pub(crate) use vm::{event_bit, power_bit};

/// Where an expansion stands.
struct Expansion<'m> {
    manifest: &'m Manifest,
    system: System,
    problems: Vec<Problem>,
}

/// What is known of a task when it is added.
struct NewTask<'a> {
    name: String,
    binary: &'a str,
    role: Role,
    /// Where the manifest speaks of it.
    origin: Span,
    placement: &'a Placement,
    defaults: &'a Defaults,
    /// Where it runs if its placement does not say; `None` means where services run.
    cpu: Option<&'a Spanned<u16>>,
}

/// Adds everything that the manifest leaves to its defaults. The problems are names that stand for nothing.
#[must_use]
pub fn expand(manifest: &Manifest) -> (System, Vec<Problem>) {
    let name = manifest.name.as_ref().or_else(|| manifest.vms.first().map(|vm| &vm.name));
    let system = System {
        name: name.map_or_else(|| "bulkhead".into(), |name| name.value.clone()),
        cpus: manifest.cpus.as_ref().map_or(1, |cpus| cpus.value),
        tasks: Vec::new(),
        vms: Vec::new(),
        definitions: Vec::new(),
        injections: Vec::new(),
    };
    let mut expansion = Expansion { manifest, system, problems: Vec::new() };
    expansion.add_services();
    expansion.add_vms();
    expansion.add_links();
    expansion.add_extra_tasks();
    expansion.connect_services();
    expansion.connect_vms();
    expansion.connect_links();
    expansion.connect_extra_tasks();
    expansion.lower_callers();
    expansion.add_injections();
    if manifest.cpus.is_none() {
        expansion.system.cpus = highest_cpu(&expansion.system).saturating_add(1);
    }
    (expansion.system, expansion.problems)
}

fn highest_cpu(system: &System) -> u16 {
    let of_tasks = system.tasks.iter().map(|task| task.cpu.value);
    let of_vcpus = system.vms.iter().flat_map(|vm| vm.vcpus.iter().map(|cpu| cpu.value));
    of_tasks.chain(of_vcpus).max().unwrap_or(0)
}

/// What is written for events that nobody waits for. A device server whose calls have a bound of their own has the same
/// for these: whoever calls it while it handles one waits for both.
fn signal_deadline(role: &Role, placement: &Placement) -> u32 {
    let of_calls = placement.deadline.as_ref().filter(|_| matches!(role, Role::Device { .. }));
    let written = placement.signal_deadline.as_ref().or(of_calls);
    written.map_or_else(|| defaults::signal_deadline(role), |time| time.value)
}

impl Expansion<'_> {
    /// Adds a task without capabilities; its index.
    fn add_task(&mut self, new: NewTask<'_>) -> usize {
        let NewTask { name, binary, role, origin, placement, defaults, cpu } = new;
        let at = |value| Spanned::with_span(value, origin);
        let cpu = placement.cpu.as_ref().or(cpu).or(self.manifest.services_cpu.as_ref());
        let budget_us = placement.budget.clone().unwrap_or_else(|| Spanned::with_span(0, origin));
        let default_period = if budget_us.value == 0 { 0 } else { defaults::PERIOD_US };
        let restart = &placement.restart;
        let on_failure = self.on_failure(&role, placement);
        let signal_deadline_us = signal_deadline(&role, placement);
        let is_victim = self.manifest.injections.iter().any(|injection| injection.strikes(&name));
        let [backoff_us, restart_limit, restart_period_ms] = if is_victim && restart.limit.is_none() {
            defaults::RESTART_OF_VICTIM
        } else {
            defaults::RESTART
        };
        let restart_limit = u16::try_from(restart_limit).unwrap_or(u16::MAX);
        self.system.tasks.push(Task {
            name,
            binary: binary.into(),
            role,
            origin,
            cpu: cpu.cloned().unwrap_or_else(|| at(0)),
            priority: placement
                .priority
                .clone()
                .unwrap_or_else(|| Spanned::with_span(defaults.priority, origin)),
            budget_us,
            period_us: placement.period.clone().unwrap_or_else(|| Spanned::with_span(default_period, origin)),
            signal_deadline_us,
            stack: placement.stack.clone().unwrap_or_else(|| Spanned::with_span(defaults.stack, origin)),
            backoff_us: restart.backoff.as_ref().map_or(backoff_us, |value| value.value),
            restart_limit: restart.limit.as_ref().map_or(restart_limit, |value| value.value),
            restart_period_ms: restart.period.as_ref().map_or(restart_period_ms, |value| value.value),
            on_failure,
            serves: Vec::new(),
            vm: None,
            lines: 0,
            flags: 0,
            ports: Vec::new(),
            mounts: Vec::new(),
            slots: Vec::new(),
        });
        self.system.tasks.len() - 1
    }

    /// What the manifest says of the task itself, then of its VM; then the default of its kind.
    fn on_failure(&self, role: &Role, placement: &Placement) -> FailurePolicy {
        let of_vm = match role {
            Role::Device { vm, .. } => {
                self.manifest.machine(*vm).and_then(|machine| machine.on_failure.as_ref())
            }
            _ => None,
        };
        let written = placement.on_failure.as_ref().or(of_vm);
        written.map_or_else(|| defaults::on_failure(role), |policy| policy.value)
    }

    /// The deadline that the manifest gives for calls to this service, or its default.
    fn service_deadline(&self, service: &str, default: u32) -> u32 {
        let placed = self.manifest.services.iter().find(|(name, _)| name.value == service);
        placed
            .and_then(|(_, placement)| placement.deadline.as_ref())
            .map_or(default, |deadline| deadline.value)
    }
}
