//! What VMs and pools have: memory, vCPUs and devices.

use super::fields::Fields;
use super::task::{FAILURES, read_placement_table};
use crate::language::Table;
use crate::manifest::{Machine, Placement, Pool};
use crate::problem::Problem;
use crate::rule::form::CONFLICTING_KEYS;
use crate::source::Spanned;
use crate::tree::Value;

/// Reads one pool; nothing if it has no name to speak of.
pub(super) fn read_pool(value: Value, declared: &'static Table, problems: &mut Vec<Problem>) -> Option<Pool> {
    let mut fields = Fields::open(value, declared, problems)?;
    let name = fields.text("name");
    let machine = read(&mut fields, true);
    Some(Pool { machine, is_whole: fields.is_whole(), name: name? })
}

/// Reads the keys of a machine. Where there is a pool, they are the pool's.
pub(super) fn read(fields: &mut Fields<'_>, is_needed: bool) -> Machine {
    let memory = fields.size("memory");
    let nothing = Spanned::with_span(0, fields.span());
    let memory = if is_needed { fields.or(memory, nothing) } else { memory.unwrap_or(nothing) };
    let servers = fields.named("server");
    let servers = servers
        .into_iter()
        .map(|(device, declared, value)| (device, read_placement_table(value, declared, fields.problems())))
        .collect();
    Machine {
        memory,
        vcpus: read_vcpus(fields),
        placement: read_vcpu_placement(fields),
        devices: fields.texts("devices"),
        servers_cpu: fields.number("servers_cpu"),
        servers,
        exclusive: fields.flag("exclusive").filter(|flag| flag.value).map(|flag| flag.span),
        console: fields.flag("console"),
        epoch: fields.number("epoch"),
        on_failure: fields.choice("on_failure", &FAILURES),
    }
}

/// `cpu = 0` is one vCPU; `vcpus = [0, 1]` is as many as there are entries.
fn read_vcpus(fields: &mut Fields<'_>) -> Vec<Spanned<u16>> {
    let single = fields.number("cpu");
    let listed = fields.numbers("vcpus");
    match (single, listed.as_slice()) {
        (Some(single), [first, ..]) => {
            fields.problems().push(
                Problem::new(
                    &CONFLICTING_KEYS,
                    single.span,
                    "the VM has both `cpu` and `vcpus`",
                    "one vCPU here",
                    "keep `cpu` for a VM with one vCPU, `vcpus` for more",
                )
                .with_related(first.span, "and a list here"),
            );
            listed
        }
        (Some(single), []) => vec![single],
        (None, []) => vec![Spanned::with_span(0, fields.span())],
        (None, _) => listed,
    }
}

fn read_vcpu_placement(fields: &mut Fields<'_>) -> Placement {
    Placement {
        priority: fields.number("priority"),
        budget: fields.time("budget"),
        period: fields.time("period"),
        ..Placement::default()
    }
}
