//! Rules about names that stand for something.

use super::Rule;

pub(crate) static UNKNOWN_TASK: Rule = Rule {
    code: "BH0303",
    name: "unknown-task",
    says: "Tasks that are called, notified, allowed to call, or made to fail exist.",
    why: "A task has exactly the rights that its manifest names; a right over nothing is a mistake.",
};

pub(crate) static UNKNOWN_SERVICE: Rule = Rule {
    code: "BH0304",
    name: "unknown-service",
    says: "`[service.NAME]` names a service that the system has.",
    why: "Loader, VM manager and shell are there only where there are VMs, and the shell only if it is enabled.",
};

pub(crate) static ABSENT_SERVER: Rule = Rule {
    code: "BH0305",
    name: "absent-server",
    says: "`[vm.server.NAME]` and `[pool.server.NAME]` name a device that the VM or pool has, or its `emulator`.",
    why: "The settings would apply to nothing.",
};

pub(crate) static NOT_SERVED: Rule = Rule {
    code: "BH0306",
    name: "not-served",
    says: "A task that is called serves what it is called for, to tasks.",
    why: "The console serves serial ports only: each has a stream of its own.",
};

pub(super) static RULES: &[&Rule] = &[&UNKNOWN_TASK, &UNKNOWN_SERVICE, &ABSENT_SERVER, &NOT_SERVED];
