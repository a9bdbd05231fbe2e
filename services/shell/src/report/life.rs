//! `create`, `start`, `pause`, `resume`, `reset`, `shutdown`, `destroy`.

use super::pool::Holder;
use crate::order::Move;
use crate::registry::{Registry, Unanswered};
use crate::trouble::{WhyNot, state_name};
use bulkhead_protocol::config::ShellVm;
use bulkhead_protocol::registry::Refusal;
use core::fmt::{Result, Write};

/// Moves a VM and says where it is then.
pub(super) fn write(vm: &ShellVm, to: Move, registry: &mut Registry<'_>, out: &mut dyn Write) -> Result {
    match registry.move_vm(vm.name.as_str(), to) {
        Err(Unanswered::Refused(Refusal::InUse { by })) => match Holder::ask(vm, registry) {
            Ok(Some(holder)) => writeln!(out, "{}: {holder}; it is free when that VM is destroyed", vm.name),
            _ => writeln!(out, "{}: {}", vm.name, WhyNot(Refusal::InUse { by })),
        },
        Err(why) => writeln!(out, "{}: {why}", vm.name),
        Ok(None) => writeln!(out, "{} is forgotten", vm.name),
        Ok(Some(state)) => match to {
            Move::AskShutdown { deadline_ms: 0 } => {
                writeln!(out, "{} was asked to power off; `shutdown {} force` does not ask", vm.name, vm.name)
            }
            Move::AskShutdown { deadline_ms } => {
                writeln!(
                    out,
                    "{} was asked to power off, and is switched off in {} s",
                    vm.name,
                    deadline_ms / 1000
                )
            }
            _ => writeln!(out, "{} is {}", vm.name, state_name(state)),
        },
    }
}
