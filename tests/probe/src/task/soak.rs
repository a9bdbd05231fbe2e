//! `soak <seed> <cycles> [steady]`: moves VMs through their lives; the first call slot is the registry's. Steady guests must show
//! signs of life whenever they run.

use super::report::Report;
use super::sleep;
use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_protocol::{CallError, Transport};
use bulkhead_runtime::Kernel;
use probe::script::Script;
use probe::soak::{Soak, World};

/// Time for the guests between two requests, milliseconds. Whoever loads a VM or takes its fingerprint is more urgent than they
/// are and takes a while, and there are guests that watch the time.
const BREATH: u64 = 15;
/// Cycles between two lines in the log.
const REPORT_EVERY: u32 = 10;

pub(super) fn soak(registry: Slot, script: Script<'_>, report: &mut Report<'_>) {
    let (seed, cycles) = (script.number(1, 1), script.number(2, 10));
    let cycles = u32::try_from(cycles).unwrap_or(u32::MAX);
    let mut machine = Machine { is_steady: script.word(3) == "steady" };
    let mut driver = match Soak::new(&mut machine, registry, seed) {
        Ok(driver) => driver,
        Err(wrong) => return report.equal("the registry answers", Some(wrong), None),
    };
    let mut said = 0;
    let mut wrong = None;
    while wrong.is_none() && driver.counts().cycles < cycles {
        wrong = driver.step(&mut machine).err();
        sleep(BREATH);
        let counts = driver.counts();
        if counts.cycles >= said + REPORT_EVERY {
            said = counts.cycles;
            log::info!("probe: soak: {counts:?}");
        }
    }
    if wrong.is_none() {
        wrong = driver.finish(&mut machine).err();
    }
    log::info!("probe: soak: {:?}", driver.counts());
    report.equal("every answer is as it must be", wrong, None);
}

/// The machine: what the driver calls is the core, and time passes by itself.
struct Machine {
    is_steady: bool,
}

impl Transport for Machine {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        Kernel.call(slot, request, reply)
    }
}

impl World for Machine {
    fn is_steady(&self) -> bool {
        self.is_steady
    }

    fn pass(&mut self, milliseconds: u32) {
        sleep(u64::from(milliseconds));
    }
}
