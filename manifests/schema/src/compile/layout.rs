//! The order of things in an image: header, tables, configurations, programs; then, page-aligned, the modules.

use super::CompileError;
use super::modules::Modules;
use super::records::Records;
use crate::program::Program;
use crate::system::{Role, System};
use bulkhead_abi::ABI_VERSION;
use bulkhead_abi::id::TaskId;
use bulkhead_abi::image::{ImageHeader, MAGIC, NONE, TableRef, padded_name};
use bulkhead_abi::layout::PAGE;
use std::collections::BTreeMap;
use zerocopy::{Immutable, IntoBytes};

/// Alignment of tables and configurations.
const TABLE_ALIGNMENT: usize = 8;

/// Bytes that grow at their end.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn align(&mut self, alignment: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(alignment), 0);
    }

    fn append(&mut self, bytes: &[u8], alignment: usize) -> Result<u32, CompileError> {
        self.align(alignment);
        let offset = u32::try_from(self.bytes.len()).map_err(|_| CompileError::TooLarge)?;
        self.bytes.extend_from_slice(bytes);
        Ok(offset)
    }

    fn append_table<T: IntoBytes + Immutable>(&mut self, records: &[T]) -> Result<TableRef, CompileError> {
        let offset = self.append(records.as_bytes(), TABLE_ALIGNMENT)?;
        let count = u32::try_from(records.len()).map_err(|_| CompileError::TooLarge)?;
        Ok(TableRef { offset, count })
    }

    fn overwrite<T: IntoBytes + Immutable>(&mut self, offset: u32, records: &[T]) {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = records.as_bytes();
        if let Some(place) = self.bytes.get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }
}

/// Puts everything in its place.
pub(super) fn assemble(
    system: &System,
    manifest_digest: [u8; 32],
    programs: &BTreeMap<String, Program>,
    configs: &[Vec<u8>],
    modules: &Modules,
) -> Result<Vec<u8>, CompileError> {
    let page = usize::try_from(PAGE).map_err(|_| CompileError::TooLarge)?;
    let mut records = Records::new(system, programs, configs, modules);
    let mut writer = Writer { bytes: vec![0; size_of::<ImageHeader>()] };

    // Tables first, with the offsets of what follows still open.
    let tasks = writer.append_table(&records.tasks)?;
    let segments = writer.append_table(&records.segments)?;
    let slots = writer.append_table(&records.slots)?;
    let ports = writer.append_table(&records.ports)?;
    let vms = writer.append_table(&records.vms)?;
    let vcpus = writer.append_table(&records.vcpus)?;
    let mounts = writer.append_table(&records.mounts)?;
    let irqs = writer.append_table(&records.irqs)?;
    let injections = writer.append_table(&system.injections)?;

    // A configuration is mapped into its task, so it shares its pages with nothing else.
    for (record, config) in records.tasks.iter_mut().zip(configs) {
        record.config_offset = writer.append(config, page)?;
    }
    let mut placed = programs_in_order(system).into_iter().flat_map(|name| &programs[name].segments);
    for record in &mut records.segments {
        if let Some(segment) = placed.next() {
            record.file_offset = writer.append(&segment.bytes, page)?;
        }
    }
    writer.overwrite(tasks.offset, &records.tasks);
    writer.overwrite(segments.offset, &records.segments);

    writer.align(page);
    let core_length = writer.bytes.len() as u64;
    writer.bytes.extend_from_slice(&modules.bytes);
    let supervisor = system.task_with(&Role::Supervisor).and_then(|task| u16::try_from(task).ok());
    let header = ImageHeader {
        magic: MAGIC,
        abi_version: ABI_VERSION,
        header_length: u32::try_from(size_of::<ImageHeader>()).map_err(|_| CompileError::TooLarge)?,
        total_length: writer.bytes.len() as u64,
        core_length,
        manifest_digest,
        cpus: system.cpus.into(),
        supervisor: TaskId(supervisor.unwrap_or(NONE)),
        reserved: 0,
        tasks,
        segments,
        slots,
        ports,
        vms,
        vcpus,
        mounts,
        irqs,
        injections,
        name: padded_name(&system.name),
    };
    writer.overwrite(0, &[header]);
    Ok(writer.bytes)
}

/// The programs in the order in which their segments are in the table: that of their first task.
fn programs_in_order(system: &System) -> Vec<&str> {
    system.binary_names()
}
