//! The VM registry: the records of all VMs, and the only code that moves them.
//!
//! A state is published last: whoever asks while a VM is being built finds it where it was before. A build that
//! fails is taken back and leaves the VM powered off, with the reason in its record.

use crate::cpuid::plan_cpuid;
use crate::events::Ending;
use crate::order::Order;
use crate::platform::Platform;
use crate::record::Record;
use crate::report::{Moved, Refused};
use crate::steps::{carry_out, undo};
use crate::table::{Effect, Next, OnFailure, Row, plan};
use bulkhead_abi::id::{Generation, Slot, TaskId};
use bulkhead_abi::limits::{MAX_DEFINITIONS, MAX_TASKS};
use bulkhead_abi::vm::VmStatus;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::{
    AfterReset, Refusal, Severity, StateReason, VmKind, VmNumber, VmRequest, VmState,
};

/// The registry: a record for each VM of the configuration. Those of VMs that were not made, or were destroyed, have no
/// number. Of those that share a VM of the core, which is what a pool is, one has a number at the most.
#[derive(Debug)]
pub struct Registry<'p> {
    pub(crate) records: heapless::Vec<Record<'p>, MAX_DEFINITIONS>,
    pub(crate) loader: Slot,
    platform: Option<Slot>,
    pub(crate) failure_bit: u8,
    /// The number of the next VM that is made.
    pub(crate) next: u32,
    pub(crate) tsc_hz: u64,
    /// What follows when the post-launched VMs are off, because the service VM has ended itself.
    pub(crate) farewell: Option<Ending>,
    // A VM has gone off in the event under way.
    pub(crate) fell: bool,
    /// Failures whose policies the event under way has carried out.
    pub(crate) carried_out: heapless::Vec<(TaskId, Generation), MAX_TASKS>,
}

impl<'p> Registry<'p> {
    /// All VMs of the configuration, powered off; of post-launched ones there are the definitions only. `host` answers
    /// CPUID (leaf, subleaf) with EAX, EBX, ECX, EDX.
    #[must_use]
    pub fn new(config: &'p VmManager, host: impl Fn(u32, u32) -> [u32; 4], tsc_hz: u64) -> Self {
        let mut records = heapless::Vec::new();
        let mut next = 0u32;
        for (definition, vm) in (0..=u8::MAX).zip(&config.vms) {
            let cpuid = plan_cpuid(&host, vm.vcpus.len(), tsc_hz);
            let mut record = Record::new(vm, definition, cpuid);
            if !record.is_definition() {
                record.begin(VmNumber(next));
            }
            // Both lists have the same bound.
            let _ = records.push(record);
            next = next.saturating_add(1);
        }
        let (loader, platform, failure_bit) = (config.loader, config.platform, config.failure_bit);
        let carried_out = heapless::Vec::new();
        Self {
            records,
            loader,
            platform,
            failure_bit,
            next,
            tsc_hz,
            farewell: None,
            fell: false,
            carried_out,
        }
    }

    /// Creates and starts what the system starts by itself, in the order of the manifest. A VM whose predecessors have
    /// not all started stays off.
    pub fn boot<P: Platform>(&mut self, platform: &mut P) {
        if self.records.iter().all(Record::is_definition) {
            platform.log(format_args!("no VM starts at boot"));
        }
        // An earlier life may have left nothing to do.
        self.fell = true;
        for place in 0..self.records.len() {
            let Some(record) = self.at(place) else { continue };
            // An earlier life of the manager has dealt with what is no longer as it was at boot.
            if record.is_definition() || record.reason != StateReason::Boot {
                continue;
            }
            let missing = record.plan.after.iter().find(|before| {
                !self.at(usize::from(**before)).is_some_and(|record| record.state == VmState::Started)
            });
            if let Some(before) = missing {
                let before = self.records.get(usize::from(*before)).map_or("?", |record| record.name);
                platform.log(format_args!("vm {}: stays off: {before} has not started", record.name));
                self.publish(platform, place, VmState::PoweredOff, StateReason::DependencyMissing);
                continue;
            }
            let order = |request| Order::new(request, StateReason::Requested);
            if self.move_record(platform, place, order(VmRequest::Create)).is_ok() {
                let _ = self.move_record(platform, place, order(VmRequest::Start));
            }
        }
        self.end_event(platform);
    }

    /// Makes a VM from a definition and creates it.
    ///
    /// # Errors
    /// Why not; then there is no new VM.
    pub fn make<P: Platform>(&mut self, platform: &mut P, definition: u8) -> Result<VmNumber, Refusal> {
        let place = usize::from(definition);
        let pool = self.definition(definition).ok_or(Refusal::UnknownDefinition)?.vm;
        if let Some(by) = self.holder(pool).and_then(|holder| holder.number) {
            return Err(Refusal::InUse { by });
        }
        let number = VmNumber(self.next);
        self.next = self.next.checked_add(1).ok_or(Refusal::Exhausted)?;
        let (lost, mark) = self.take_shared(pool);
        if let Some(record) = self.records.get_mut(place) {
            record.begin(number);
            (record.lost, record.mark) = (lost, mark);
        }
        let created =
            self.move_record(platform, place, Order::new(VmRequest::Create, StateReason::Requested));
        if let Err(refusal) = created {
            if let Some(record) = self.records.get_mut(place) {
                record.forget();
            }
            return Err(refusal);
        }
        Ok(number)
    }

    /// Carries out a request for a VM; its new state. A VM that is gone answers `PoweredOff`.
    ///
    /// # Errors
    /// Why not; the record says where the VM is now.
    pub fn request<P: Platform>(
        &mut self,
        platform: &mut P,
        vm: VmNumber,
        order: Order,
    ) -> Result<VmState, Refusal> {
        let place = self.place(vm).ok_or(Refusal::UnknownVm)?;
        let result = self.move_on(platform, place, order);
        self.end_event(platform);
        result
    }

    /// A VM's record.
    #[must_use]
    pub fn record(&self, vm: VmNumber) -> Option<&Record<'p>> {
        self.made().find(|record| record.number == Some(vm))
    }

    /// A definition's record, whether a VM is made from it or not.
    #[must_use]
    pub fn definition(&self, definition: u8) -> Option<&Record<'p>> {
        self.records.get(usize::from(definition)).filter(|record| record.is_definition())
    }

    /// The severity of the service VM; the lowest if there is none.
    #[must_use]
    pub fn service_severity(&self) -> Severity {
        let service = self.records.iter().find(|record| record.kind == VmKind::Service);
        service.map_or(Severity::Standard, |record| record.severity)
    }

    /// The records of all VMs that there are.
    pub(crate) fn made(&self) -> impl Iterator<Item = &Record<'p>> {
        self.records.iter().filter(|record| record.number.is_some())
    }

    /// Carries out an order and what is to follow it.
    pub(crate) fn move_on<P: Platform>(
        &mut self,
        platform: &mut P,
        place: usize,
        order: Order,
    ) -> Result<VmState, Refusal> {
        let state = self.move_record(platform, place, order)?;
        match order.then {
            AfterReset::Hold => Ok(state),
            AfterReset::Start => {
                self.move_record(platform, place, Order::new(VmRequest::Start, order.reason))
            }
        }
    }

    /// Carries out a row of the table, or refuses.
    pub(crate) fn move_record<P: Platform>(
        &mut self,
        platform: &mut P,
        place: usize,
        order: Order,
    ) -> Result<VmState, Refusal> {
        let record = self.at(place).ok_or(Refusal::UnknownVm)?;
        let (name, state, kind, request) = (record.name, record.state, record.kind, order.request);
        let result = plan(state, request, kind).and_then(|row| {
            if row.prepare.contains(&Effect::EndPostLaunched) && kind == VmKind::Service {
                self.end_post_launched(platform, order.reason);
            }
            self.carry_out_row(platform, place, row, order)
        });
        if let Err(refusal) = result {
            platform.log(format_args!("{}", Refused { name, request, refusal }));
        }
        result
    }

    fn carry_out_row<P: Platform>(
        &mut self,
        platform: &mut P,
        place: usize,
        row: &Row,
        order: Order,
    ) -> Result<VmState, Refusal> {
        let loader = self.loader;
        let record = self.at_mut(place).ok_or(Refusal::UnknownVm)?;
        let prepared =
            row.prepare.iter().try_for_each(|effect| carry_out(*effect, record, order, loader, platform));
        if let Err(refusal) = prepared {
            self.go_on(platform, place, refusal);
            return Err(refusal);
        }
        for effect in row.commit {
            let Err(refusal) = carry_out(*effect, record, order, loader, platform) else { continue };
            if row.on_failure == OnFailure::PowerOff {
                undo(record, order, loader, platform);
                self.publish(platform, place, VmState::PoweredOff, reason_of(refusal));
            }
            return Err(refusal);
        }
        match row.request {
            VmRequest::Create => record.generation = record.generation.saturating_add(1),
            VmRequest::Start => record.starts = record.starts.saturating_add(1),
            VmRequest::Reset => record.resets = record.resets.saturating_add(1),
            VmRequest::AskShutdown => platform.log(format_args!("vm {}: power button pressed", record.name)),
            VmRequest::Pause | VmRequest::Resume | VmRequest::Shutdown | VmRequest::Destroy => {}
        }
        match row.next {
            Next::State(state) => {
                self.publish(platform, place, state, order.reason);
                Ok(state)
            }
            Next::Gone => {
                platform.log(format_args!("vm {}: destroyed", record.name));
                record.forget();
                Ok(VmState::PoweredOff)
            }
        }
    }

    /// A move was given up before anything was lost: a VM that ran goes on. One that cannot is paused, which is the truth.
    fn go_on<P: Platform>(&mut self, platform: &mut P, place: usize, refusal: Refusal) {
        let Some(record) = self.at(place).filter(|record| record.state == VmState::Started) else { return };
        let slot = record.plan.slot;
        let runs = |status: VmStatus| status.running != 0;
        if platform.vm_status(slot).is_ok_and(runs) || platform.vm_run(slot).is_ok() {
            return;
        }
        self.publish(platform, place, VmState::Paused, reason_of(refusal));
    }

    /// The last step of every move.
    pub(crate) fn publish<P: Platform>(
        &mut self,
        platform: &mut P,
        place: usize,
        state: VmState,
        reason: StateReason,
    ) {
        let Some(record) = self.at_mut(place) else { return };
        let from = record.state;
        // What is asked of a VM without moving it does not explain where it is.
        if from == state && state != VmState::PoweredOff {
            return;
        }
        record.state = state;
        record.reason = reason;
        if state == VmState::PoweredOff {
            record.loader.entry = None;
        }
        if !matches!(state, VmState::Started | VmState::Paused) {
            record.asked = None;
        }
        let is_service = record.kind == VmKind::Service;
        if from != state {
            platform.log(format_args!("{}", Moved { name: record.name, from, to: state, reason }));
            self.fell |= state == VmState::PoweredOff;
        }
        if is_service && !matches!(state, VmState::Started | VmState::Paused) {
            self.farewell = None;
        }
        self.first_look(platform, place, state);
    }

    fn end_post_launched<P: Platform>(&mut self, platform: &mut P, reason: StateReason) {
        for place in 0..self.records.len() {
            if self.at(place).is_some_and(|record| record.kind == VmKind::PostLaunched && !record.is_off()) {
                let _ = self.move_record(platform, place, Order::new(VmRequest::Shutdown, reason));
            }
        }
    }

    /// Ends the machine if this event has switched the last VM off that matters; the others are asked first. A system in
    /// which no VM matters stays on.
    pub(crate) fn end_event<P: Platform>(&mut self, platform: &mut P) {
        self.say_farewell(platform);
        let fell = core::mem::take(&mut self.fell);
        let matter = |record: &&Record<'_>| record.matters();
        if !fell
            || !self.made().any(|record| record.matters())
            || !self.made().filter(matter).all(Record::is_off)
        {
            return;
        }
        self.ask_all(platform, StateReason::PlatformOff, |record| !record.is_off());
        self.fell = false;
        if !self.made().all(Record::is_off) {
            return;
        }
        platform.log(format_args!("all VMs are off"));
        let good = self.made().all(|record| ended_well(record.reason));
        if let Some(slot) = self.platform {
            platform.power_off_machine(slot, u8::from(!good));
        }
    }

    pub(crate) fn place(&self, vm: VmNumber) -> Option<usize> {
        self.records.iter().position(|record| record.number == Some(vm))
    }

    pub(crate) fn at(&self, place: usize) -> Option<&Record<'p>> {
        self.records.get(place).filter(|record| record.number.is_some())
    }

    pub(crate) fn at_mut(&mut self, place: usize) -> Option<&mut Record<'p>> {
        self.records.get_mut(place).filter(|record| record.number.is_some())
    }
}

const fn reason_of(refusal: Refusal) -> StateReason {
    match refusal {
        Refusal::Image(_) => StateReason::ImageRefused,
        Refusal::Server(_) => StateReason::ServerLost,
        _ => StateReason::CoreRefused,
    }
}

const fn ended_well(reason: StateReason) -> bool {
    matches!(
        reason,
        StateReason::Boot
            | StateReason::Requested
            | StateReason::GuestPowerOff
            | StateReason::GuestReset
            | StateReason::DeadlinePassed
            | StateReason::PlatformOff
            | StateReason::ServiceVmEnds
    )
}

#[cfg(test)]
mod tests;
