//! What each fault policy leads to.

use super::duration;
use crate::manifest::FailurePolicy;
use crate::system::{GuestVm, Role, System, Task};

/// How a task comes back, and how often.
pub(super) fn restart(task: &Task) -> String {
    if task.role == Role::Supervisor {
        return "the core starts it again at once, always".into();
    }
    if task.restart_limit == 0 {
        return "it is given up at its first fault".into();
    }
    format!(
        "it starts again from its last commit after {}, doubled with each further fault, up to {} times in {}; one fault \
         more and it is given up",
        duration(task.backoff_us.into()),
        task.restart_limit,
        duration(u64::from(task.restart_period_ms) * 1000)
    )
}

/// What follows when it is given up.
pub(super) fn outcome(system: &System, task: &Task) -> String {
    if task.role == Role::Supervisor {
        return "it is never given up".into();
    }
    let vm = task.vm.map_or_else(String::new, |vm| {
        let GuestVm { name, is_pool, .. } = &system.vms[vm];
        if *is_pool { format!("in the pool {}", name.value) } else { name.value.clone() }
    });
    match task.on_failure {
        FailurePolicy::ResetDevice => format!(
            "the server starts anew and its device is reset under the running VM {vm}; if it fails once more in that \
             period, the VM is powered off"
        ),
        FailurePolicy::PauseVm => format!("VM {vm} is paused until somebody resets it or shuts it down"),
        FailurePolicy::ResetVm => format!(
            "the server starts anew, VM {vm} is reset and goes on; if it fails once more in that period, the VM is \
             powered off"
        ),
        FailurePolicy::PowerOffVm => format!("VM {vm} is powered off; the others go on"),
        FailurePolicy::StayDead => "it stays dead; the system goes on without it".into(),
        FailurePolicy::StartAnew => {
            "it starts anew without its state; if it fails once more in that period, the machine is powered off".into()
        }
        FailurePolicy::PowerOff => "the machine is powered off with code 1".into(),
    }
}
