//! Serial cables between VMs: a task for each, and COM2 of the VMs at its ends.

use super::{Expansion, NewTask, defaults};
use crate::manifest::{Placement, SerialLink};
use crate::source::Spanned;
use crate::system::{Call, Capability, Role};
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::stream;

impl Expansion<'_> {
    /// Is the VM of this name at the end of a cable?
    pub(super) fn is_linked(&self, vm: &str) -> bool {
        self.manifest.links.iter().any(|link| link.vms.iter().any(|end| end.value == vm))
    }

    pub(super) fn add_links(&mut self) {
        let mut taken: Vec<usize> = Vec::new();
        for link in &self.manifest.links {
            let Some(vms) = self.ends(link, &taken) else { continue };
            taken.extend(vms);
            let name = format!("link.{}", taken.len() / 2 - 1);
            let task = self.add_task(NewTask {
                name,
                binary: "link",
                role: Role::Link { vms },
                origin: link.span,
                placement: &Placement::default(),
                defaults: &defaults::LINK,
                cpu: None,
            });
            self.system.tasks[task].serves = vec![stream::ID];
        }
    }

    /// The VMs at the two ends, if they are as they should be; what is wrong with them is checked elsewhere.
    fn ends(&self, link: &SerialLink, taken: &[usize]) -> Option<[usize; 2]> {
        let place = |end: &Spanned<String>| {
            let vm = self.manifest.machines().position(|named| named.name.value == end.value)?;
            (!taken.contains(&vm)).then_some(vm)
        };
        let [first, second] = link.vms.as_slice() else { return None };
        let ends = [place(first)?, place(second)?];
        (ends[0] != ends[1]).then_some(ends)
    }

    pub(super) fn connect_links(&mut self) {
        for link in 0..self.system.tasks.len() {
            let Role::Link { vms } = self.system.tasks[link].role else { continue };
            let mut slots = Vec::new();
            for (badge, vm) in (0u16..).zip(vms) {
                let Some(uart) = self.system.vms[vm].server(ServerKind::Vuart2) else { continue };
                slots.push(Capability::Notify { target: uart, bit: 0 });
                let deadline_us = defaults::DEADLINE_US;
                let call = Call { target: link, interface: stream::ID, badge, deadline_us };
                self.system.tasks[uart].slots = vec![Capability::Call(call)];
            }
            self.system.tasks[link].slots = slots;
        }
    }
}
