//! The tasks that a manifest adds.

use super::{Expansion, NewTask, defaults};
use crate::interface;
use crate::manifest::{ExtraTask, RegistryRole, Right, Spanned};
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::names::{NOT_SERVED, UNKNOWN_TASK};
use crate::system::{Call, Capability, Role};
use bulkhead_protocol::{registry, stream};

impl Expansion<'_> {
    pub(super) fn add_extra_tasks(&mut self) {
        for extra in &self.manifest.tasks {
            let script = extra.script.as_ref().map_or_else(String::new, |script| script.value.clone());
            let task = self.add_task(NewTask {
                name: extra.name.value.clone(),
                binary: &extra.binary.value,
                role: Role::Extra { script },
                origin: extra.name.span,
                placement: &extra.placement,
                defaults: &defaults::EXTRA,
                cpu: None,
            });
            let serves = extra.serves.iter().filter_map(|name| interface::by_name(&name.value)).collect();
            let record = &mut self.system.tasks[task];
            record.serves = serves;
            record.ports = extra.ports.clone();
        }
    }

    /// Its calls in the order of the manifest, then its rights, then its notifications.
    pub(super) fn connect_extra_tasks(&mut self) {
        for extra in &self.manifest.tasks {
            let mut slots = Vec::new();
            for (name, interface) in &extra.calls {
                slots.extend(self.resolve_call(extra, name, interface.as_ref()).map(Capability::Call));
            }
            slots.extend(extra.rights.iter().map(|right| match right.value {
                Right::Log => Capability::Log { bit: 1 },
                Right::Platform => Capability::Platform,
                Right::Supervise => Capability::Supervise { bit: 0 },
            }));
            for (name, bit) in &extra.notifies {
                slots.extend(self.resolve_notify(extra, name, bit));
            }
            let task = self
                .system
                .tasks
                .iter_mut()
                .find(|task| task.origin == extra.name.span && matches!(task.role, Role::Extra { .. }));
            if let Some(task) = task {
                task.slots = slots;
            }
        }
    }

    /// Puts each added task whose priority is not written below all that it calls.
    pub(super) fn lower_callers(&mut self) {
        for _ in 0..self.manifest.tasks.len() {
            let priorities: Vec<u8> = self.system.tasks.iter().map(|task| task.priority.value).collect();
            for task in &mut self.system.tasks {
                let is_written = task.priority.span != task.origin;
                if is_written || !matches!(task.role, Role::Extra { .. }) {
                    continue;
                }
                let lowest = task.slots.iter().filter_map(|slot| match slot {
                    Capability::Call(call) => priorities.get(call.target).copied(),
                    _ => None,
                });
                let below = lowest.min().map_or(u8::MAX, |lowest| lowest.saturating_sub(1));
                task.priority.value = task.priority.value.min(below).max(defaults::VCPU_PRIORITY + 1);
            }
        }
    }

    fn resolve_call(
        &mut self,
        extra: &ExtraTask,
        name: &Spanned<String>,
        interface: Option<&Spanned<String>>,
    ) -> Option<Call> {
        let Some(target) = self.system.tasks.iter().position(|task| task.name == name.value) else {
            let known: Vec<_> = self.system.tasks.iter().map(|task| task.name.as_str()).collect();
            self.problems.push(Problem::new(
                &UNKNOWN_TASK,
                name.span,
                format!("task `{}` calls `{}`, which does not exist", extra.name.value, name.value),
                "unknown task",
                did_you_mean(&name.value, known),
            ));
            return None;
        };
        let serves = self.system.tasks[target].serves.clone();
        let wanted = match interface {
            Some(name) => interface::by_name(&name.value)?,
            None => serves.first().copied().unwrap_or_default(),
        };
        if wanted == stream::ID || !serves.contains(&wanted) {
            let offered: Vec<_> =
                serves.iter().filter(|id| **id != stream::ID).map(|id| interface::name_of(*id)).collect();
            self.problems.push(Problem::new(
                &NOT_SERVED,
                interface.map_or(name.span, |interface| interface.span),
                format!("`{}` does not serve this to `{}`", name.value, extra.name.value),
                "not served to other tasks",
                match offered.as_slice() {
                    [] => "remove the call: this task serves nobody but those that it was made for".into(),
                    offered => format!("it serves: {}", offered.join(", ")),
                },
            ));
            return None;
        }
        let default =
            if wanted == registry::ID { defaults::REGISTRY_DEADLINE_US } else { defaults::DEADLINE_US };
        let deadline_us = self.deadline_of(target, default);
        // To the registry a caller is what its badge says.
        let role = extra.registry.as_ref().map_or(RegistryRole::Observer, |role| role.value);
        let badge = if wanted == registry::ID { role.badge() } else { 0 };
        Some(Call { target, interface: wanted, badge, deadline_us })
    }

    fn resolve_notify(
        &mut self,
        extra: &ExtraTask,
        name: &Spanned<String>,
        bit: &Spanned<u16>,
    ) -> Option<Capability> {
        let added: Vec<_> = self.manifest.tasks.iter().map(|task| task.name.value.as_str()).collect();
        // The words of services and device servers are theirs: only tasks of the manifest can be named.
        let is_added = added.contains(&name.value.as_str());
        let target = self.system.tasks.iter().position(|task| is_added && task.name == name.value);
        if target.is_none() {
            self.problems.push(Problem::new(
                &UNKNOWN_TASK,
                name.span,
                format!("task `{}` notifies `{}`, which is no [[task]]", extra.name.value, name.value),
                "unknown task",
                did_you_mean(&name.value, added),
            ));
        }
        Some(Capability::Notify { target: target?, bit: bit.value.into() })
    }

    fn deadline_of(&self, target: usize, default: u32) -> u32 {
        let task = &self.system.tasks[target];
        match task.role {
            Role::Device { vm, kind } => self.server_deadline(vm, kind, default),
            Role::Extra { .. } => {
                let extra = self.manifest.tasks.iter().find(|extra| extra.name.value == task.name);
                extra
                    .and_then(|extra| extra.placement.deadline.as_ref())
                    .map_or(default, |deadline| deadline.value)
            }
            _ => self.service_deadline(&task.name, default),
        }
    }
}
