//! The VM registry's soak on the host: the real VM manager and the real device servers in one process, around models of
//! the core, with random guests that run while time passes and servers that die now and then.

mod machine;
mod system;

use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_protocol::registry::{self, Role};
use bulkhead_protocol::{CallError, Caller, Transport};
use machine::Machine;
use probe::soak::{Counts, Soak, World, Wrong};
use std::fmt;
use vm_manager::manager::Manager;
use vm_manager::registry::Registry;

/// How a soak ended.
#[derive(Debug)]
pub struct Soaked {
    /// What was done.
    pub counts: Counts,
    /// Servers that died meanwhile.
    pub deaths: u64,
    /// What was not as it must be.
    pub wrong: Option<Wrong>,
    /// The manager's last words, if something was wrong.
    pub log: Vec<String>,
}

impl fmt::Display for Soaked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}, {} servers died", self.counts, self.deaths)?;
        if let Some(wrong) = &self.wrong {
            writeln!(f, "WRONG: {wrong:?}")?;
            for line in &self.log {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

/// Soaks for so many lives from make to destroy. One in `mortality` calls of the manager finds its server dying; 0 is
/// never.
#[must_use]
pub fn soak(seed: u64, cycles: u32, mortality: u64) -> Soaked {
    let config = system::config();
    let mut registry = Registry::new(&config, |_, _| [0; 4], 1_000_000_000);
    let mut machine = Machine::new(&config, seed, mortality);
    registry.boot(&mut machine);
    let mut world = InProcess { manager: Manager { registry, platform: machine } };
    let mut counts = Counts::default();
    let wrong = run(&mut world, seed, cycles, &mut counts).err();
    let log = if wrong.is_some() { world.manager.platform.last_words() } else { Vec::new() };
    Soaked { counts, deaths: world.manager.platform.deaths(), wrong, log }
}

fn run(world: &mut InProcess<'_>, seed: u64, cycles: u32, counts: &mut Counts) -> Result<(), Wrong> {
    let mut driver = Soak::new(world, Slot(0), seed)?;
    while driver.counts().cycles < cycles {
        let step = driver.step(world);
        *counts = driver.counts();
        step?;
    }
    let end = driver.finish(world);
    *counts = driver.counts();
    end
}

/// The manager as its callers find it.
struct InProcess<'p> {
    manager: Manager<'p, Machine>,
}

impl Transport for InProcess<'_> {
    fn call(&mut self, _: Slot, request: &[u8], reply: &mut [u8; MAX_MESSAGE]) -> Result<usize, CallError> {
        let caller = Caller { badge: Role::Operator.badge(), token: 1, repeat: false };
        registry::dispatch(&mut self.manager, caller, request, reply).map_err(|_| CallError::Refused)
    }
}

impl World for InProcess<'_> {
    fn is_steady(&self) -> bool {
        false
    }

    fn pass(&mut self, milliseconds: u32) {
        self.manager.platform.pass(milliseconds);
        for vm in 0..self.manager.platform.vms() {
            if let Some(bit) = self.manager.platform.take_power_notification(vm) {
                self.manager.notified(1 << bit);
            }
        }
        self.manager.time_passed();
    }
}
