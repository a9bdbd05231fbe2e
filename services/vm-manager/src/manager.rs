//! The registry behind its interface: who calls is checked here, what is asked is done there.

use crate::order::Order;
use crate::platform::Platform;
use crate::record::Record;
use crate::registry::Registry;
use crate::rights;
use bulkhead_protocol::registry::{
    Account, AfterReset, CpuidLine, Definition, E820Line, Fingerprint, LoaderLine, MemoryLine, MmioLine,
    MsrLine, PortLine, Refusal, ResetKind, Role, Server, ServerLine, ShutdownMode, StateReason, VcpuLine,
    VmKind, VmLine, VmNumber, VmRequest, VmState, VmSummary,
};
use bulkhead_protocol::{Bytes, Caller, Page};

/// The registry and the world that it acts on.
#[derive(Debug)]
pub struct Manager<'p, P> {
    /// The records.
    pub registry: Registry<'p>,
    /// The world.
    pub platform: P,
}

impl<'p, P: Platform> Manager<'p, P> {
    /// Hears notifications.
    pub fn notified(&mut self, bits: u64) {
        self.registry.notified(&mut self.platform, bits);
    }

    /// Time has passed.
    pub fn time_passed(&mut self) {
        self.registry.time_passed(&mut self.platform);
    }

    fn record(&self, vm: VmNumber) -> Result<&Record<'p>, Refusal> {
        self.registry.record(vm).ok_or(Refusal::UnknownVm)
    }

    /// May the caller ask this of the VM?
    fn check(&self, caller: Caller, vm: VmNumber, request: VmRequest) -> Result<(), Refusal> {
        let record = self.record(vm)?;
        let (role, own) = (Role::of_badge(caller.badge), self.registry.service_severity());
        rights::check(role, own, record.kind, record.severity, request)
    }

    fn request(&mut self, caller: Caller, vm: VmNumber, order: Order) -> Result<VmState, Refusal> {
        self.check(caller, vm, order.request)?;
        self.registry.request(&mut self.platform, vm, order)
    }
}

const fn asked_for(request: VmRequest) -> Order {
    Order::new(request, StateReason::Requested)
}

impl<P: Platform> Server for Manager<'_, P> {
    fn make(&mut self, caller: Caller, definition: u8) -> Result<VmNumber, Refusal> {
        let record = self.registry.definition(definition).ok_or(Refusal::UnknownDefinition)?;
        let (role, own) = (Role::of_badge(caller.badge), self.registry.service_severity());
        rights::check(role, own, VmKind::PostLaunched, record.severity, VmRequest::Create)?;
        self.registry.make(&mut self.platform, definition)
    }

    fn create(&mut self, caller: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.request(caller, vm, asked_for(VmRequest::Create))
    }

    fn start(&mut self, caller: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.request(caller, vm, asked_for(VmRequest::Start))
    }

    fn pause(&mut self, caller: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.request(caller, vm, asked_for(VmRequest::Pause))
    }

    fn resume(&mut self, caller: Caller, vm: VmNumber) -> Result<VmState, Refusal> {
        self.request(caller, vm, asked_for(VmRequest::Resume))
    }

    fn reset(
        &mut self,
        caller: Caller,
        vm: VmNumber,
        kind: ResetKind,
        then: AfterReset,
    ) -> Result<VmState, Refusal> {
        self.request(caller, vm, Order::reset(kind, then, StateReason::Requested))
    }

    fn shutdown(&mut self, caller: Caller, vm: VmNumber, mode: ShutdownMode) -> Result<VmState, Refusal> {
        match mode {
            ShutdownMode::Forced => self.request(caller, vm, asked_for(VmRequest::Shutdown)),
            ShutdownMode::Asked { deadline_ms } => {
                self.check(caller, vm, VmRequest::AskShutdown)?;
                self.registry.ask_shutdown(&mut self.platform, vm, deadline_ms)
            }
        }
    }

    fn destroy(&mut self, caller: Caller, vm: VmNumber) -> Result<(), Refusal> {
        self.request(caller, vm, asked_for(VmRequest::Destroy)).map(|_| ())
    }

    fn list(&mut self, _: Caller, from: u16) -> Page<VmLine, 3> {
        self.registry.list(from)
    }

    fn definitions(&mut self, _: Caller, from: u16) -> Page<Definition, 3> {
        self.registry.definitions(from)
    }

    fn query(&mut self, _: Caller, vm: VmNumber) -> Result<VmSummary, Refusal> {
        let record = self.registry.record(vm).ok_or(Refusal::UnknownVm)?;
        Ok(record.summary(vm, &mut self.platform))
    }

    fn vcpus(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<VcpuLine, 12>, Refusal> {
        Ok(self.record(vm)?.vcpu_page(from))
    }

    fn memory(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<MemoryLine, 5>, Refusal> {
        Ok(self.record(vm)?.memory_page(from))
    }

    fn e820(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<E820Line, 4>, Refusal> {
        Ok(self.record(vm)?.e820_page(from))
    }

    fn servers(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<ServerLine, 8>, Refusal> {
        let record = self.registry.record(vm).ok_or(Refusal::UnknownVm)?;
        Ok(record.server_page(from, &mut self.platform))
    }

    fn ports(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<PortLine, 16>, Refusal> {
        Ok(self.record(vm)?.port_page(from))
    }

    fn windows(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<MmioLine, 5>, Refusal> {
        Ok(self.record(vm)?.window_page(from))
    }

    fn cpuid(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<CpuidLine, 3>, Refusal> {
        Ok(self.record(vm)?.cpuid_page(from))
    }

    fn msrs(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Page<MsrLine, 5>, Refusal> {
        Ok(self.record(vm)?.msr_page(from))
    }

    fn loader(&mut self, _: Caller, vm: VmNumber) -> Result<LoaderLine, Refusal> {
        Ok(self.record(vm)?.loader_line())
    }

    fn fingerprint(&mut self, caller: Caller, vm: VmNumber) -> Result<Fingerprint, Refusal> {
        self.check(caller, vm, VmRequest::Pause)?;
        let loader = self.registry.loader;
        self.registry.record(vm).ok_or(Refusal::UnknownVm)?.fingerprint(loader, &mut self.platform)
    }

    fn account(&mut self, _: Caller) -> Account {
        self.registry.account(&mut self.platform)
    }

    fn arguments(&mut self, _: Caller, vm: VmNumber, from: u16) -> Result<Bytes<100>, Refusal> {
        Ok(self.record(vm)?.arguments_from(from))
    }
}
