//! A compiled image, taken apart.

use bulkhead_abi::image::{
    ImageHeader, SEGMENT_EXECUTE, SEGMENT_WRITE, SlotRecord, TableRef, TaskRecord, name_text,
};
use bulkhead_protocol::config;
use bulkhead_protocol::{bus, device, echo, inspect, loader, registry, stream, supervisor, terminal};
use bulkhead_schema::{Parts, Program, SchemaEntry, SchemaRole, Segment, System, compile, load};
use serde::de::DeserializeOwned;
use zerocopy::FromBytes;

/// A program that claims to speak everything.
pub(crate) fn program(fill: u8) -> Program {
    let interfaces = [
        device::ID,
        bus::ID,
        stream::ID,
        loader::ID,
        registry::ID,
        echo::ID,
        supervisor::ID,
        terminal::ID,
        inspect::ID,
    ];
    let entry = |interface, role| SchemaEntry { interface, role, hash: 1000 + u64::from(interface) };
    Program {
        entry: 0x40_0010,
        segments: vec![
            Segment {
                address: 0x40_0000,
                memory_length: 0x1234,
                bytes: vec![fill; 0x1234],
                flags: SEGMENT_EXECUTE,
            },
            Segment {
                address: 0x40_2000,
                memory_length: 0x5000,
                bytes: vec![fill; 0x10],
                flags: SEGMENT_WRITE,
            },
        ],
        schemas: interfaces
            .iter()
            .flat_map(|id| [entry(*id, SchemaRole::Calls), entry(*id, SchemaRole::Serves)])
            .collect(),
    }
}

pub(crate) fn parts(system: &System) -> Parts {
    let mut parts = Parts::default();
    for (name, fill) in system.binary_names().into_iter().zip(1..) {
        parts.programs.insert(name.into(), program(fill));
    }
    for (name, fill) in system.image_names().into_iter().zip(0xa0..) {
        parts.images.insert(name.into(), vec![fill; 5000]);
    }
    parts
}

pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) header: ImageHeader,
}

impl Image {
    pub(crate) fn of(manifest: &str) -> Self {
        let system = load(manifest, &()).unwrap();
        let bytes = compile(&system, manifest, &parts(&system)).unwrap();
        let (header, _) = ImageHeader::read_from_prefix(&bytes).unwrap();
        Self { bytes, header }
    }

    pub(crate) fn table<T: FromBytes>(&self, table: TableRef) -> Vec<T> {
        assert_eq!(table.offset % 8, 0);
        let start = table.offset as usize;
        let record =
            |index| T::read_from_prefix(&self.bytes[start + index * size_of::<T>()..]).ok().unwrap().0;
        (0..table.count as usize).map(record).collect()
    }

    pub(crate) fn tasks(&self) -> Vec<TaskRecord> {
        self.table(self.header.tasks)
    }

    pub(crate) fn task(&self, name: &str) -> (u16, TaskRecord) {
        let tasks = self.tasks();
        let index = tasks.iter().position(|task| name_text(&task.name) == name).unwrap();
        (u16::try_from(index).unwrap(), tasks[index])
    }

    pub(crate) fn slots(&self, task: &TaskRecord) -> Vec<SlotRecord> {
        let all: Vec<SlotRecord> = self.table(self.header.slots);
        all[task.slots.first as usize..][..task.slots.count as usize].to_vec()
    }

    pub(crate) fn config<T: DeserializeOwned>(&self, name: &str) -> T {
        let (_, task) = self.task(name);
        let bytes = &self.bytes[task.config_offset as usize..][..task.config_length as usize];
        bulkhead_protocol::decode(bytes).unwrap()
    }

    pub(crate) fn module(&self, module: config::Module) -> &[u8] {
        let start = usize::try_from(self.header.core_length + module.offset).unwrap();
        &self.bytes[start..][..usize::try_from(module.length).unwrap()]
    }
}
