//! Offenders: each commits the offence of its script in every life.

mod event;
mod instruction;
mod memory;

use super::report::Report;
use super::sleep;
use super::system_call::{exit, own_number};
use bulkhead_runtime::config;
use probe::offence::SURVIVED;
use probe::script::Script;

/// Offenders come one after the other, as fast as a serial port can tell what became of each.
const TURN_MS: u64 = 250;

/// `offend <name>`; `probe::offence` says what must come of it. What is survived ends with [`SURVIVED`].
pub(super) fn offend(script: Script<'_>, report: &mut Report<'_>) {
    if config::generation() == 0 {
        sleep(u64::from(own_number()) * TURN_MS);
    }
    let name = script.word(1);
    log::info!("probe: {}: life {}", script.text(), config::generation());
    if memory::commit(name) || instruction::commit(name) || event::commit(name) {
        exit(SURVIVED);
    }
    report.check("this offence exists", false);
}
