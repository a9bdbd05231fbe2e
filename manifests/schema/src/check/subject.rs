//! What the rules look at.

use crate::board::Board;
use crate::library::{Availability, Library};
use crate::manifest::{Manifest, Placement};
use crate::source::Span;
use crate::system::{Definition, GuestVm, Role, System, Task};

/// A manifest, what it stands for, and where it would run.
pub(super) struct Subject<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) system: &'a System,
    /// The board, and where the manifest names it.
    pub(super) board: Option<(&'a Board, Span)>,
    /// The images and programs that there are.
    pub(super) at_hand: &'a dyn Library,
}

/// What is run, in what, and the bytes of its kernel.
pub(super) struct Booted<'a> {
    pub(super) definition: &'a Definition,
    pub(super) vm: &'a GuestVm,
    pub(super) kernel: Vec<u8>,
}

impl<'a> Subject<'a> {
    /// The VMs of the core that have all that they must have; the others were reported.
    pub(super) fn whole_vms(&self) -> impl Iterator<Item = &'a GuestVm> + use<'a> {
        let pairs = self.manifest.machines().zip(&self.system.vms);
        pairs.filter(|(written, _)| written.is_whole).map(|(_, vm)| vm)
    }

    /// The definitions that have all that they must have.
    pub(super) fn whole_definitions(&self) -> impl Iterator<Item = &'a Definition> + use<'a> {
        let manifest = self.manifest;
        self.system.definitions.iter().filter(|definition| {
            let mut written = manifest.vms.iter().filter(|vm| vm.name.span == definition.name.span);
            written.any(|vm| vm.is_whole)
        })
    }

    /// The definitions that are complete with what they run in, and the bytes of their kernels, as far as they are at hand.
    pub(super) fn kernels(&self) -> impl Iterator<Item = Booted<'a>> + use<'a> {
        let (manifest, system, at_hand) = (self.manifest, self.system, self.at_hand);
        self.whole_definitions().filter_map(move |definition| {
            let vm = system.vms.get(definition.vm)?;
            let is_whole = manifest.machines().nth(definition.vm).is_some_and(|named| named.is_whole);
            match at_hand.image(&definition.boot.kernel.value) {
                Availability::Here(kernel) if is_whole => Some(Booted { definition, vm, kernel }),
                _ => None,
            }
        })
    }

    /// What the manifest says of where and how a task runs.
    pub(super) fn placement(&self, task: &Task) -> Option<&'a Placement> {
        let of = |list: &'a [(crate::source::Spanned<String>, Placement)], name: &str| {
            list.iter().find_map(|(known, placement)| (known.value == name).then_some(placement))
        };
        match &task.role {
            Role::Device { vm, kind } => {
                let machine = self.manifest.machine(*vm)?;
                of(&machine.servers, crate::device::of_kind(*kind).name)
            }
            Role::Extra { .. } => {
                let extra = self.manifest.tasks.iter().find(|extra| extra.name.span == task.origin);
                extra.map(|extra| &extra.placement)
            }
            _ => of(&self.manifest.services, &task.name),
        }
    }
}
