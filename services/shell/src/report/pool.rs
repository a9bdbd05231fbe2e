//! Pools: what is another VM's for the time being.

use crate::registry::{Registry, Unanswered};
use crate::system::System;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::Text;
use bulkhead_protocol::config::{NAME, ShellVm};
use core::fmt::{self, Display, Formatter, Write};

/// Who has the pool of a VM.
pub(super) struct Holder<'v> {
    pool: &'v Text<NAME>,
    who: Option<Text<NAME>>,
}

impl<'v> Holder<'v> {
    /// `None` if the VM shares nothing with others.
    pub(super) fn ask(vm: &'v ShellVm, registry: &mut Registry<'_>) -> Result<Option<Self>, Unanswered> {
        let Some(pool) = &vm.pool else { return Ok(None) };
        Ok(Some(Self { pool, who: registry.holder(vm.vm)? }))
    }

    fn is(&self, vm: &ShellVm) -> bool {
        self.who.as_ref() == Some(&vm.name)
    }
}

impl Display for Holder<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.who {
            Some(who) => write!(f, "{who} has the pool {}", self.pool),
            None => write!(f, "the pool {} is free", self.pool),
        }
    }
}

/// Are the memory, vCPUs and devices of this VM its own now? If not, or if that is not known, it is said why.
pub(super) fn is_at_home(
    vm: &ShellVm,
    registry: Slot,
    system: &mut dyn System,
    out: &mut dyn Write,
) -> Result<bool, fmt::Error> {
    match Holder::ask(vm, &mut Registry::new(system, registry)) {
        Ok(Some(holder)) if !holder.is(vm) => {
            writeln!(out, "{}: there is no such VM now; {holder}", vm.name)?
        }
        Err(why) => writeln!(out, "{}: {why}", vm.name)?,
        Ok(_) => return Ok(true),
    }
    Ok(false)
}
