//! Both ends of every channel were built from the same declaration.

use super::CompileError;
use crate::interface;
use crate::program::{Program, Role};
use crate::system::{Call, Capability, System};
use std::collections::BTreeMap;

/// The hash of an end of a channel, 0 if it has none.
pub(super) fn hash(
    system: &System,
    programs: &BTreeMap<String, Program>,
    task: usize,
    call: &Call,
    role: Role,
) -> u64 {
    let program = programs.get(&system.tasks[task].binary);
    program.and_then(|program| program.schema(call.interface, role)).unwrap_or(0)
}

/// Every channel whose ends do not agree.
pub(super) fn check(system: &System, programs: &BTreeMap<String, Program>) -> Vec<CompileError> {
    let mut errors = Vec::new();
    for (index, caller) in system.tasks.iter().enumerate() {
        for slot in &caller.slots {
            let Capability::Call(call) = slot else { continue };
            let server = &system.tasks[call.target];
            let schema = |task: usize, role| {
                programs
                    .get(&system.tasks[task].binary)
                    .and_then(|program| program.schema(call.interface, role))
            };
            let reason = match (schema(index, Role::Calls), schema(call.target, Role::Serves)) {
                (Some(calls), Some(serves)) if calls == serves => continue,
                (Some(calls), Some(serves)) => format!(
                    "they were built from different declarations ({calls:016x}, {serves:016x}); build both again"
                ),
                (None, _) => format!("the program `{}` does not say that it calls it", caller.binary),
                (_, None) => format!("the program `{}` does not say that it serves it", server.binary),
            };
            errors.push(CompileError::Schema {
                caller: caller.name.clone(),
                server: server.name.clone(),
                interface: interface::name_of(call.interface),
                reason,
            });
        }
    }
    errors
}
