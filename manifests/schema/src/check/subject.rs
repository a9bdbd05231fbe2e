//! What the rules look at.

use crate::board::Board;
use crate::library::{Availability, Library};
use crate::manifest::{Manifest, Placement};
use crate::source::Span;
use crate::system::{GuestVm, Role, System, Task};

/// A manifest, what it stands for, and where it would run.
pub(super) struct Subject<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) system: &'a System,
    /// The board, and where the manifest names it.
    pub(super) board: Option<(&'a Board, Span)>,
    pub(super) library: &'a dyn Library,
}

impl<'a> Subject<'a> {
    /// The VMs that have all that they must have; the others were reported.
    pub(super) fn whole_vms(&self) -> impl Iterator<Item = &'a GuestVm> + use<'a> {
        let pairs = self.manifest.vms.iter().zip(&self.system.vms);
        pairs.filter(|(written, _)| written.is_whole).map(|(_, vm)| vm)
    }

    /// VMs and the bytes of their kernels, as far as they are at hand.
    pub(super) fn kernels(&self) -> impl Iterator<Item = (&'a GuestVm, Vec<u8>)> + use<'a> {
        let library = self.library;
        self.whole_vms().filter_map(move |vm| match library.image(&vm.boot.kernel.value) {
            Availability::Here(bytes) => Some((vm, bytes)),
            Availability::Later | Availability::Absent { .. } => None,
        })
    }

    /// What the manifest says of where and how a task runs.
    pub(super) fn placement(&self, task: &Task) -> Option<&'a Placement> {
        let of = |list: &'a [(crate::source::Spanned<String>, Placement)], name: &str| {
            list.iter().find_map(|(known, placement)| (known.value == name).then_some(placement))
        };
        match &task.role {
            Role::Device { vm, kind } => {
                let vm = self.manifest.vms.get(*vm)?;
                of(&vm.servers, crate::device::of_kind(*kind).name)
            }
            Role::Extra { .. } => {
                let extra = self.manifest.tasks.iter().find(|extra| extra.name.span == task.origin);
                extra.map(|extra| &extra.placement)
            }
            _ => of(&self.manifest.services, &task.name),
        }
    }
}
