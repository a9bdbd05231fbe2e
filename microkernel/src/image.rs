//! The system image as the core reads it: bounds-checked views of its tables.

use crate::memory::direct;
use bulkhead_abi::ABI_VERSION;
use bulkhead_abi::image::{
    ImageHeader, InjectRecord, IrqRecord, MAGIC, MountRecord, NONE, PortRange, SegmentRecord, SlotKind,
    SlotRecord, Span, TableRef, TaskRecord, VcpuRecord, VmRecord,
};
use bulkhead_abi::limits::{
    MAX_CPUS, MAX_INJECTIONS, MAX_SEGMENTS, MAX_SLOTS, MAX_STACK_PAGES, MAX_TASKS, MAX_VCPUS, MAX_VMS,
    PRIORITIES,
};
use core::fmt;
use core::ops::Range;
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// Why an image is refused, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageError {
    /// Too short, wrong magic, or a table outside.
    Damaged(&'static str),
    /// Built for another version of the core.
    Version(u32),
    /// It asks for faults on purpose.
    Injection,
    /// A number that the core does not have room for, or that names nothing.
    Limit(&'static str),
    /// A caller and its server were built with different schemas of an interface.
    Schema {
        /// Calling task.
        caller: u16,
        /// Serving task.
        server: u16,
        /// Interface.
        interface: u32,
    },
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(what) => write!(f, "the system image is damaged: {what}"),
            Self::Version(version) => {
                write!(
                    f,
                    "the system image is for ABI {version}, this core has ABI {ABI_VERSION}: build both anew"
                )
            }
            Self::Injection => {
                write!(
                    f,
                    "the system image asks for faults on purpose, and this core cannot: build it with its feature `inject`"
                )
            }
            Self::Limit(what) => write!(f, "the system image asks for what this core does not have: {what}"),
            Self::Schema { caller, server, interface } => write!(
                f,
                "task {caller} calls task {server} by interface {interface}, but they were built with different \
                 schemas of it: build both anew"
            ),
        }
    }
}

/// A checked image. It lies in memory that the core maps read-only for ever.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    header: &'static ImageHeader,
    core: &'static [u8],
    start: u64,
}

impl Image {
    /// Checks the image at this physical range, which the direct map covers.
    pub(crate) fn new(range: &Range<u64>) -> Result<Self, ImageError> {
        if !range.start.is_multiple_of(4096)
            || range.end.saturating_sub(range.start) < size_of::<ImageHeader>() as u64
        {
            return Err(ImageError::Damaged("it is too short or not page-aligned"));
        }
        // SAFETY: the range came from the boot loader, is reserved, at least as long as a header and aligned.
        let header = unsafe { &*direct::<ImageHeader>(range.start) };
        if header.magic != MAGIC || header.header_length as usize != size_of::<ImageHeader>() {
            return Err(ImageError::Damaged("it does not begin as one"));
        }
        if header.abi_version != ABI_VERSION {
            return Err(ImageError::Version(header.abi_version));
        }
        let length = range.end - range.start;
        let within = header.core_length <= header.total_length && header.total_length <= length;
        let (true, Ok(core_length)) = (within, usize::try_from(header.core_length)) else {
            return Err(ImageError::Damaged("it is shorter than it says"));
        };
        // SAFETY: as above, and `core_length` is within the range.
        let core = unsafe { core::slice::from_raw_parts(direct::<u8>(range.start), core_length) };
        let image = Self { header, core, start: range.start };
        image.check()?;
        Ok(image)
    }

    /// The header.
    pub(crate) const fn header(&self) -> &'static ImageHeader {
        self.header
    }

    /// Physical range of the modules.
    pub(crate) fn modules(&self) -> Range<u64> {
        self.start + self.header.core_length..self.start + self.header.total_length
    }

    pub(crate) fn tasks(&self) -> &'static [TaskRecord] {
        self.table(self.header.tasks)
    }

    pub(crate) fn vms(&self) -> &'static [VmRecord] {
        self.table(self.header.vms)
    }

    pub(crate) fn vcpus(&self) -> &'static [VcpuRecord] {
        self.table(self.header.vcpus)
    }

    pub(crate) fn irqs(&self) -> &'static [IrqRecord] {
        self.table(self.header.irqs)
    }

    #[cfg(feature = "inject")]
    pub(crate) fn injections(&self) -> &'static [InjectRecord] {
        self.table(self.header.injections)
    }

    pub(crate) fn segments(&self, task: &TaskRecord) -> &'static [SegmentRecord] {
        part(self.table(self.header.segments), task.segments)
    }

    pub(crate) fn slots(&self, task: &TaskRecord) -> &'static [SlotRecord] {
        part(self.table(self.header.slots), task.slots)
    }

    pub(crate) fn ports(&self, task: &TaskRecord) -> &'static [PortRange] {
        part(self.table(self.header.ports), task.ports)
    }

    pub(crate) fn mounts(&self, task: &TaskRecord) -> &'static [MountRecord] {
        part(self.table(self.header.mounts), task.mounts)
    }

    /// Bytes of the core part; empty if they are not in it.
    pub(crate) fn bytes(&self, offset: u32, length: u32) -> &'static [u8] {
        let start = offset as usize;
        start.checked_add(length as usize).and_then(|end| self.core.get(start..end)).unwrap_or(&[])
    }

    fn table<T: FromBytes + Immutable + KnownLayout>(&self, table: TableRef) -> &'static [T] {
        let start = table.offset as usize;
        let end =
            (table.count as usize).checked_mul(size_of::<T>()).and_then(|length| length.checked_add(start));
        end.and_then(|end| self.core.get(start..end))
            .and_then(|bytes| <[T]>::ref_from_bytes(bytes).ok())
            .unwrap_or(&[])
    }

    /// Everything that the core later relies on.
    fn check(&self) -> Result<(), ImageError> {
        let header = self.header;
        let whole = |found: usize, said: TableRef, what| {
            if found == said.count as usize { Ok(()) } else { Err(ImageError::Damaged(what)) }
        };
        let limit = |good: bool, what| if good { Ok(()) } else { Err(ImageError::Limit(what)) };
        let (tasks, vms, vcpus) = (self.tasks(), self.vms(), self.vcpus());
        whole(tasks.len(), header.tasks, "its task table")?;
        whole(vms.len(), header.vms, "its VM table")?;
        whole(vcpus.len(), header.vcpus, "its vCPU table")?;
        whole(self.irqs().len(), header.irqs, "its interrupt table")?;
        whole(self.table::<SlotRecord>(header.slots).len(), header.slots, "its slot table")?;
        whole(self.table::<SegmentRecord>(header.segments).len(), header.segments, "its segment table")?;
        let injections = self.table::<InjectRecord>(header.injections);
        whole(injections.len(), header.injections, "its fault table")?;
        if header.injections.count != 0 && !crate::inject::SUPPORTED {
            return Err(ImageError::Injection);
        }
        limit(injections.len() <= MAX_INJECTIONS, "more faults on purpose")?;
        limit(
            injections.iter().all(|record| record.task.index() < tasks.len()),
            "a fault of a task that is not there",
        )?;
        limit(tasks.len() <= MAX_TASKS, "more tasks")?;
        limit(vms.len() <= MAX_VMS, "more VMs")?;
        limit(vcpus.len() <= MAX_VCPUS, "more vCPUs")?;
        limit((1..=MAX_CPUS).contains(&(header.cpus as usize)), "more CPUs")?;
        let cpus = header.cpus;
        for (index, task) in tasks.iter().enumerate() {
            limit(u32::from(task.cpu.0) < cpus, "a task on a CPU that is not there")?;
            limit(usize::from(task.priority) < PRIORITIES, "a task's priority")?;
            limit((1..=MAX_STACK_PAGES).contains(&task.stack_pages), "a task's stack")?;
            limit(task.segments.count as usize <= MAX_SEGMENTS, "a task's segments")?;
            limit(self.segments(task).len() == task.segments.count as usize, "a task's segments")?;
            limit(task.slots.count as usize <= MAX_SLOTS, "a task's slots")?;
            limit(self.slots(task).len() == task.slots.count as usize, "a task's slots")?;
            limit(task.vm.0 == NONE || task.vm.index() < vms.len(), "a task's VM")?;
            for slot in self.slots(task) {
                let target = usize::from(slot.target);
                match SlotKind::from_value(slot.kind) {
                    None => return Err(ImageError::Limit("a slot of unknown kind")),
                    Some(SlotKind::Call) => {
                        limit(target < tasks.len(), "a call to a task that is not there")?;
                        if slot.caller_schema != slot.server_schema {
                            let caller = u16::try_from(index).unwrap_or(NONE);
                            return Err(ImageError::Schema {
                                caller,
                                server: slot.target,
                                interface: slot.argument,
                            });
                        }
                    }
                    Some(SlotKind::Notify) => {
                        limit(
                            target < tasks.len() && slot.argument < 64,
                            "a notification of what is not there",
                        )?;
                    }
                    Some(SlotKind::Irq) => {
                        limit(target < self.irqs().len(), "an interrupt that is not there")?
                    }
                    Some(SlotKind::Vm) => limit(target < vms.len(), "a slot for a VM that is not there")?,
                    Some(
                        SlotKind::Empty
                        | SlotKind::Supervise
                        | SlotKind::Log
                        | SlotKind::Platform
                        | SlotKind::Inspect,
                    ) => {}
                }
            }
        }
        for vm in vms {
            limit(vm.memory % (2 << 20) == 0 && vm.memory > 0, "a VM's memory")?;
            limit(
                part(vcpus, vm.vcpus).len() == vm.vcpus.count as usize && vm.vcpus.count > 0,
                "a VM's vCPUs",
            )?;
            limit(vm.manager.0 == NONE || vm.manager.index() < tasks.len(), "a VM's manager")?;
        }
        for vcpu in vcpus {
            limit(u32::from(vcpu.cpu.0) < cpus && vcpu.vm.index() < vms.len(), "a vCPU's place")?;
            limit(usize::from(vcpu.priority) < PRIORITIES, "a vCPU's priority")?;
        }
        for irq in self.irqs() {
            limit(irq.task.index() < tasks.len() && irq.isa < 16 && irq.bit < 64, "an interrupt")?;
        }
        limit(header.supervisor.0 == NONE || header.supervisor.index() < tasks.len(), "the supervisor")
    }
}

fn part<T>(table: &'static [T], span: Span) -> &'static [T] {
    let start = span.first as usize;
    start.checked_add(span.count as usize).and_then(|end| table.get(start..end)).unwrap_or(&[])
}
