//! The VM registry: the records of all VMs, and the only code that moves them.
//!
//! A state is published last: whoever asks while a VM is being built finds it where it was before. A build that
//! fails is taken back and leaves the VM powered off, with the reason in its record.

use crate::cpuid::plan_cpuid;
use crate::platform::Platform;
use crate::record::Record;
use crate::report::{Moved, Refused};
use crate::steps::carry_out;
use crate::table::{Effect, Next, OnFailure, Row, UNDO, plan};
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_abi::limits::MAX_VMS;
use bulkhead_protocol::config::VmManager;
use bulkhead_protocol::registry::{Refusal, StateReason, VmKind, VmRequest, VmState, VmSummary};

/// The registry. A record that was destroyed leaves its place empty for ever.
#[derive(Debug)]
pub struct Registry<'p> {
    pub(crate) records: heapless::Vec<Option<Record<'p>>, MAX_VMS>,
    pub(crate) loader: Slot,
    platform: Option<Slot>,
    pub(crate) failure_bit: u8,
    // A VM has gone off in the event under way.
    fell: bool,
}

impl<'p> Registry<'p> {
    /// All VMs of the configuration, powered off. `host` answers CPUID (leaf, subleaf) with EAX, EBX, ECX, EDX.
    #[must_use]
    pub fn new(config: &'p VmManager, host: impl Fn(u32, u32) -> [u32; 4], tsc_hz: u64) -> Self {
        let mut records = heapless::Vec::new();
        for vm in &config.vms {
            let cpuid = plan_cpuid(&host, vm.vcpus.len(), tsc_hz);
            // Both lists have the same bound.
            let _ = records.push(Some(Record::new(vm, cpuid)));
        }
        let (loader, platform, failure_bit) = (config.loader, config.platform, config.failure_bit);
        Self { records, loader, platform, failure_bit, fell: false }
    }

    /// Creates and starts what the system starts by itself, in the order of the manifest.
    pub fn boot<P: Platform>(&mut self, platform: &mut P) {
        for place in 0..self.records.len() {
            let Some(record) = self.at(place) else { continue };
            // An earlier life of the manager has dealt with what is no longer as it was at boot.
            if record.kind == VmKind::PostLaunched || record.reason != StateReason::Boot {
                continue;
            }
            let created = self.move_record(platform, place, VmRequest::Create, StateReason::Requested);
            if created.is_ok() {
                let _ = self.move_record(platform, place, VmRequest::Start, StateReason::Requested);
            }
            self.fell = true;
        }
        self.end_event(platform);
    }

    /// Moves a VM; its new state. A VM that is gone answers `PoweredOff`.
    ///
    /// # Errors
    /// Why not; the record says where the VM is now.
    pub fn request<P: Platform>(
        &mut self,
        platform: &mut P,
        vm: VmId,
        request: VmRequest,
    ) -> Result<VmState, Refusal> {
        let place = self.place(vm).ok_or(Refusal::UnknownVm)?;
        let result = self.move_record(platform, place, request, StateReason::Requested);
        self.end_event(platform);
        result
    }

    /// A VM's record, the part that fits a message.
    ///
    /// # Errors
    /// There is no such VM.
    pub fn query(&self, vm: VmId) -> Result<VmSummary, Refusal> {
        self.record(vm).map(Record::summary).ok_or(Refusal::UnknownVm)
    }

    /// The VMs that exist: bit n is VM n.
    #[must_use]
    pub fn list(&self) -> u64 {
        let bit = |record: &Record<'_>| 1u64.checked_shl(u32::from(record.vm.0)).unwrap_or(0);
        self.records.iter().flatten().map(bit).fold(0, |mask, bit| mask | bit)
    }

    /// A VM's record.
    #[must_use]
    pub fn record(&self, vm: VmId) -> Option<&Record<'p>> {
        self.records.iter().flatten().find(|record| record.vm == vm)
    }

    /// Carries out a row of the table, or refuses.
    pub(crate) fn move_record<P: Platform>(
        &mut self,
        platform: &mut P,
        place: usize,
        request: VmRequest,
        reason: StateReason,
    ) -> Result<VmState, Refusal> {
        let record = self.at(place).ok_or(Refusal::UnknownVm)?;
        let (name, state, kind) = (record.name, record.state, record.kind);
        let result = plan(state, request, kind).and_then(|row| {
            if row.effects.contains(&Effect::EndPostLaunched) && kind == VmKind::Service {
                self.end_post_launched(platform, reason);
            }
            self.carry_out_row(platform, place, row, reason)
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
        reason: StateReason,
    ) -> Result<VmState, Refusal> {
        let loader = self.loader;
        let record = self.at_mut(place).ok_or(Refusal::UnknownVm)?;
        for effect in row.effects {
            let Err(refusal) = carry_out(*effect, record, loader, platform) else { continue };
            if row.on_failure == OnFailure::PowerOff && *effect != Effect::Stop {
                for undo in UNDO {
                    let _ = carry_out(*undo, record, loader, platform);
                }
                record.loader.entry = None;
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
                self.publish(platform, place, state, reason);
                Ok(state)
            }
            Next::Gone => {
                platform.log(format_args!("vm {}: destroyed", record.name));
                if let Some(entry) = self.records.get_mut(place) {
                    *entry = None;
                }
                Ok(VmState::PoweredOff)
            }
        }
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
        if from != state {
            platform.log(format_args!("{}", Moved { name: record.name, from, to: state, reason }));
            self.fell |= state == VmState::PoweredOff;
        }
    }

    fn end_post_launched<P: Platform>(&mut self, platform: &mut P, reason: StateReason) {
        for place in 0..self.records.len() {
            if self.at(place).is_some_and(|record| record.kind == VmKind::PostLaunched && !record.is_off()) {
                let _ = self.move_record(platform, place, VmRequest::Shutdown, reason);
            }
        }
    }

    /// Ends the machine if this event has switched the last VM off.
    pub(crate) fn end_event<P: Platform>(&mut self, platform: &mut P) {
        let fell = core::mem::take(&mut self.fell);
        let mut all = self.records.iter().flatten();
        if !fell || !all.all(Record::is_off) {
            return;
        }
        platform.log(format_args!("all VMs are off"));
        let good = self.records.iter().flatten().all(|record| ended_well(record.reason));
        if let Some(slot) = self.platform {
            platform.power_off_machine(slot, u8::from(!good));
        }
    }

    fn place(&self, vm: VmId) -> Option<usize> {
        self.records.iter().position(|record| record.as_ref().is_some_and(|record| record.vm == vm))
    }

    pub(crate) fn at(&self, place: usize) -> Option<&Record<'p>> {
        self.records.get(place)?.as_ref()
    }

    pub(crate) fn at_mut(&mut self, place: usize) -> Option<&mut Record<'p>> {
        self.records.get_mut(place)?.as_mut()
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
        StateReason::Boot | StateReason::Requested | StateReason::GuestPowerOff | StateReason::GuestReset
    )
}

#[cfg(test)]
mod tests;
