//! The VM manager, asked by the names of VMs.

use crate::order::Move;
use crate::system::System;
use crate::trouble::{NoAnswer, WhyNot};
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_protocol::config::NAME;
use bulkhead_protocol::registry::{
    AfterReset, Client, Refusal, ResetKind, ShutdownMode, VmNumber, VmState, VmSummary,
};
use bulkhead_protocol::{CallError, Page, Text};
use core::fmt::{self, Display, Formatter};

/// Pages of one list at the most, whatever the VM manager says.
const PAGES: usize = 64;

/// Why the VM manager did not do or say what was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unanswered {
    /// It did not answer.
    Call(CallError),
    /// It refused.
    Refused(Refusal),
}

impl From<CallError> for Unanswered {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<Refusal> for Unanswered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Display for Unanswered {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Call(error) => NoAnswer { who: "the VM manager", error }.fmt(f),
            Self::Refused(refusal) => WhyNot(refusal).fmt(f),
        }
    }
}

/// The VM manager behind a slot.
pub(crate) struct Registry<'s> {
    client: Client<&'s mut dyn System>,
}

impl<'s> Registry<'s> {
    pub(crate) const fn new(system: &'s mut dyn System, slot: Slot) -> Self {
        Self { client: Client::new(system, slot) }
    }

    /// The typed calls.
    pub(crate) const fn client(&mut self) -> &mut Client<&'s mut dyn System> {
        &mut self.client
    }

    /// The VM of this name, if there is one now.
    pub(crate) fn find(&mut self, name: &str) -> Result<VmNumber, Unanswered> {
        let mut found = None;
        pages(
            &mut self.client,
            |client, from| Ok(client.list(from)?),
            |line| {
                if line.name.as_str() == name {
                    found = Some(line.vm);
                }
            },
        )?;
        found.ok_or(Unanswered::Refused(Refusal::UnknownVm))
    }

    /// Where the VM is in its life.
    pub(crate) fn summary(&mut self, name: &str) -> Result<VmSummary, Unanswered> {
        let vm = self.find(name)?;
        Ok(self.client.query(vm)??)
    }

    /// Moves the VM; its new state, `None` if it is no more.
    pub(crate) fn move_vm(&mut self, name: &str, to: Move) -> Result<Option<VmState>, Unanswered> {
        let vm = match self.find(name) {
            Err(Unanswered::Refused(Refusal::UnknownVm)) if to == Move::Create => {
                return self.make(name).map(Some);
            }
            found => found?,
        };
        let client = &mut self.client;
        Ok(Some(match to {
            Move::Create => client.create(vm)??,
            Move::Start => client.start(vm)??,
            Move::Pause => client.pause(vm)??,
            Move::Resume => client.resume(vm)??,
            Move::ColdReset => client.reset(vm, ResetKind::Cold, AfterReset::Start)??,
            Move::WarmReset => client.reset(vm, ResetKind::Warm, AfterReset::Start)??,
            Move::AskShutdown { deadline_ms } => {
                client.shutdown(vm, ShutdownMode::Asked { deadline_ms })??
            }
            Move::Shutdown => client.shutdown(vm, ShutdownMode::Forced)??,
            Move::Destroy => {
                client.destroy(vm)??;
                return Ok(None);
            }
        }))
    }

    /// The name of the VM that holds this VM of the core, if one does.
    pub(crate) fn holder(&mut self, place: VmId) -> Result<Option<Text<NAME>>, Unanswered> {
        let mut number = None;
        pages(
            &mut self.client,
            |client, from| Ok(client.definitions(from)?),
            |line| {
                if line.place == place {
                    number = line.in_use;
                }
            },
        )?;
        let Some(number) = number else { return Ok(None) };
        Ok(Some(self.client.query(number)??.name))
    }

    /// Makes a VM from the definition of this name.
    fn make(&mut self, name: &str) -> Result<VmState, Unanswered> {
        let mut found = None;
        pages(
            &mut self.client,
            |client, from| Ok(client.definitions(from)?),
            |line| {
                if line.name.as_str() == name {
                    found = Some(line.definition);
                }
            },
        )?;
        let definition = found.ok_or(Unanswered::Refused(Refusal::UnknownVm))?;
        let vm = self.client.make(definition)??;
        Ok(self.client.query(vm)??.state)
    }
}

/// Asks for page after page of a list, until all items have come.
pub(crate) fn pages<'s, T, const N: usize>(
    client: &mut Client<&'s mut dyn System>,
    mut ask: impl FnMut(&mut Client<&'s mut dyn System>, u16) -> Result<Page<T, N>, Unanswered>,
    mut each: impl FnMut(&T),
) -> Result<(), Unanswered> {
    let mut from = 0u16;
    for _ in 0..PAGES {
        let page = ask(client, from)?;
        page.items.iter().for_each(&mut each);
        from = from.saturating_add(u16::try_from(page.items.len()).unwrap_or(u16::MAX));
        if page.items.is_empty() || from >= page.total {
            break;
        }
    }
    Ok(())
}
