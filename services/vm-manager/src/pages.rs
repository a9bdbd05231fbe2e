//! A record as the interface shows it, in parts that fit messages.

use crate::msrs;
use crate::platform::Platform;
use crate::record::Record;
use crate::registry::Registry;
use bulkhead_abi::vm::CpuidEntry;
use bulkhead_protocol::registry::{
    Account, CpuidLine, Definition, E820Line, LoaderLine, MemoryLine, MmioLine, MsrLine, PortLine,
    ServerLine, VcpuLine, VmLine, VmNumber, VmSummary,
};
use bulkhead_protocol::{Bytes, Page, Text};

/// A kind of memory map entry: RAM.
const RAM: u32 = 1;

impl Registry<'_> {
    /// The VMs that there are.
    #[must_use]
    pub fn list(&self, from: u16) -> Page<VmLine, 3> {
        let line = |record: &Record<'_>| {
            let name = Text::from_prefix(record.name);
            record.number.map(|vm| VmLine { vm, name, kind: record.kind, state: record.state })
        };
        Page::of(self.made().filter_map(line), from)
    }

    /// What VMs can be made from.
    #[must_use]
    pub fn definitions(&self, from: u16) -> Page<Definition, 3> {
        let all = (0..=u8::MAX).zip(&self.records).filter(|(_, record)| record.is_definition());
        let line = |(definition, record): (u8, &Record<'_>)| Definition {
            definition,
            name: Text::from_prefix(record.name),
            place: record.vm,
            memory_mib: mebibytes(record.memory),
            vcpus: count(record.vcpus.len()),
            in_use: self.holder(record.vm).and_then(|holder| holder.number),
        };
        Page::of(all.map(line), from)
    }
}

impl Registry<'_> {
    /// What is held for all VMs together.
    pub fn account<P: Platform>(&self, platform: &mut P) -> Account {
        let held = |is: &dyn Fn(&Record<'_>) -> bool| {
            self.records.iter().filter(|record| is(record)).fold(0u16, |count, _| count.saturating_add(1))
        };
        let mut account = Account {
            vms: held(&|record| record.number.is_some()),
            definitions: held(&|record| record.number.is_some() && record.is_definition()),
            deadlines: held(&|record| record.asked.is_some()),
            ..Account::default()
        };
        let add =
            |sum: &mut u16, value: u32| *sum = sum.saturating_add(u16::try_from(value).unwrap_or(u16::MAX));
        for (place, record) in self.records.iter().enumerate() {
            // What definitions share counts once.
            if self.records.iter().take(place).any(|earlier| earlier.vm == record.vm) {
                continue;
            }
            let Ok(status) = platform.vm_status(record.plan.slot) else { continue };
            add(&mut account.running, status.running);
            add(&mut account.routes, status.routes);
            add(&mut account.cpuid, status.cpuid);
            add(&mut account.queued, status.queued);
            add(&mut account.waiting, status.waiting);
            add(&mut account.lines, status.lines.count_ones());
        }
        account
    }
}

impl Record<'_> {
    /// What the VM is, and where it is in its life.
    pub fn summary<P: Platform>(&self, vm: VmNumber, platform: &mut P) -> VmSummary {
        let lives = self.servers.iter().map(|server| platform.server_restarts(server.task));
        VmSummary {
            vm,
            name: Text::from_prefix(self.name),
            place: self.vm,
            kind: self.kind,
            severity: self.severity,
            state: self.state,
            reason: self.reason,
            is_asked: self.asked.is_some(),
            vcpus: count(self.vcpus.len()),
            servers: count(self.servers.len()),
            memory_mib: mebibytes(self.memory),
            starts: self.starts,
            resets: self.resets,
            server_restarts: lives.fold(0, u32::saturating_add),
            generation: self.generation,
            exits: platform.vm_status(self.plan.slot).map_or(0, |status| status.exits),
        }
    }

    /// Its vCPUs.
    #[must_use]
    pub fn vcpu_page(&self, from: u16) -> Page<VcpuLine, 12> {
        let all = (0..=u8::MAX).zip(self.vcpus);
        Page::of(all.map(|(local, (vcpu, cpu))| VcpuLine { vcpu: *vcpu, local, cpu: *cpu }), from)
    }

    /// Its RAM.
    #[must_use]
    pub fn memory_page(&self, from: u16) -> Page<MemoryLine, 5> {
        let ram = self.e820.iter().filter(|entry| entry.kind == RAM);
        Page::of(ram.map(|entry| MemoryLine { base: entry.base, length: entry.length }), from)
    }

    /// Its memory map.
    #[must_use]
    pub fn e820_page(&self, from: u16) -> Page<E820Line, 4> {
        let line = |entry: &bulkhead_protocol::config::E820| E820Line {
            base: entry.base,
            length: entry.length,
            kind: entry.kind,
        };
        Page::of(self.e820.iter().map(line), from)
    }

    /// Its device servers.
    pub fn server_page<P: Platform>(&self, from: u16, platform: &mut P) -> Page<ServerLine, 8> {
        let line = |(place, server): (u8, &bulkhead_protocol::config::ServerPlan)| ServerLine {
            kind: server.kind,
            task: server.task,
            slot: server.slot,
            is_lost: self.lost.contains(place),
            restarts: platform.server_restarts(server.task),
        };
        Page::of((0..=u8::MAX).zip(self.servers).map(line), from)
    }

    /// Its ports.
    #[must_use]
    pub fn port_page(&self, from: u16) -> Page<PortLine, 16> {
        let line = |handler: &crate::record::PortHandler| PortLine {
            first: handler.ports.first,
            last: handler.ports.last,
            server: handler.server.place,
        };
        Page::of(self.port_handlers.iter().map(line), from)
    }

    /// Its windows.
    #[must_use]
    pub fn window_page(&self, from: u16) -> Page<MmioLine, 5> {
        let line = |handler: &crate::record::MmioHandler| MmioLine {
            base: handler.window.base,
            length: handler.window.length,
            server: handler.server.place,
        };
        Page::of(self.mmio_handlers.iter().map(line), from)
    }

    /// What CPUID tells it.
    #[must_use]
    pub fn cpuid_page(&self, from: u16) -> Page<CpuidLine, 3> {
        let line = |entry: &CpuidEntry| CpuidLine {
            leaf: entry.leaf,
            subleaf: (entry.subleaf != CpuidEntry::ANY).then_some(entry.subleaf),
            values: [entry.eax, entry.ebx, entry.ecx, entry.edx],
        };
        Page::of(self.cpuid.iter().map(line), from)
    }

    /// What its model-specific registers do.
    #[must_use]
    pub fn msr_page(&self, from: u16) -> Page<MsrLine, 5> {
        Page::of(msrs::lines(), from)
    }

    /// What the loader is told.
    #[must_use]
    pub fn loader_line(&self) -> LoaderLine {
        LoaderLine {
            protocol: self.loader.protocol,
            kernel: self.loader.kernel,
            ramdisk: self.loader.ramdisk,
            acpi: self.loader.acpi,
            arguments: u16::try_from(self.loader.arguments.len()).unwrap_or(u16::MAX),
            entry: self.loader.entry,
        }
    }

    /// Its boot arguments from this byte on.
    #[must_use]
    pub fn arguments_from(&self, from: u16) -> Bytes<100> {
        let bytes = self.loader.arguments.as_bytes();
        Bytes::from_prefix(bytes.get(usize::from(from)..).unwrap_or(&[]))
    }
}

fn count(items: usize) -> u8 {
    u8::try_from(items).unwrap_or(u8::MAX)
}

fn mebibytes(bytes: u64) -> u32 {
    u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
