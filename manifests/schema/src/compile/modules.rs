//! The guests' images behind the part that the core keeps mapped.

use crate::acpi;
use crate::system::System;
use bulkhead_abi::layout::PAGE;
use bulkhead_protocol::config::Module;
use std::collections::BTreeMap;

/// The modules' bytes and what is where in them.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// All modules, each on a page of its own.
    pub(super) bytes: Vec<u8>,
    named: BTreeMap<String, Module>,
    acpi: Vec<Module>,
}

impl Modules {
    /// Lays out the images of a system, each once, and the ACPI tables of each VM.
    pub(super) fn collect(system: &System, images: &BTreeMap<String, Vec<u8>>) -> Self {
        let mut modules = Self::default();
        for name in system.image_names() {
            if let Some(bytes) = images.get(name) {
                let module = modules.push(bytes);
                modules.named.insert(name.into(), module);
            }
        }
        for vm in &system.vms {
            let module = modules.push(&acpi::tables(vm));
            modules.acpi.push(module);
        }
        modules
    }

    fn push(&mut self, bytes: &[u8]) -> Module {
        let module = Module { offset: self.bytes.len() as u64, length: bytes.len() as u64 };
        self.bytes.extend_from_slice(bytes);
        let page = usize::try_from(PAGE).unwrap_or(4096);
        self.bytes.resize(self.bytes.len().next_multiple_of(page), 0);
        module
    }

    /// The image with this name.
    pub(super) fn image(&self, name: &str) -> Option<Module> {
        self.named.get(name).copied()
    }

    /// Bytes of the ROM of a VM of the core: the largest that it can have.
    pub(super) fn rom(&self, system: &System, vm: usize) -> u64 {
        let boots = system.definitions_of(vm).map(|definition| &definition.boot);
        let roms = boots
            .map(|boot| self.image(&boot.kernel.value).map_or(0, |kernel| boot.protocol.rom(kernel.length)));
        roms.max().unwrap_or(0)
    }

    /// The ACPI tables of a VM.
    pub(super) fn acpi(&self, vm: usize) -> Option<Module> {
        self.acpi.get(vm).copied()
    }
}
