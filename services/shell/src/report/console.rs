//! `attach`, `loglevel`, `poweroff`.

use crate::order::LEVELS;
use crate::system::System;
use crate::trouble::NoAnswer;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::ShellVm;
use bulkhead_protocol::terminal::{Client, LogLevel};
use core::fmt::{Result, Write};

const CONSOLE: &str = "the console";

/// Gives the keyboard to a guest; the console says so itself. A serial port has the name of its pool.
pub(super) fn attach(vm: &ShellVm, console: Slot, system: &mut dyn System, out: &mut dyn Write) -> Result {
    match Client::new(system, console).attach(vm.pool.as_ref().unwrap_or(&vm.name).clone()) {
        Err(error) => writeln!(out, "{}", NoAnswer { who: CONSOLE, error }),
        Ok(false) => writeln!(out, "{} has no serial port on this console", vm.name),
        Ok(true) => Ok(()),
    }
}

/// Sets or says how much of the log is shown.
pub(super) fn log_level(
    level: Option<LogLevel>,
    console: Slot,
    system: &mut dyn System,
    out: &mut dyn Write,
) -> Result {
    match Client::new(system, console).log_level(level) {
        Err(error) => writeln!(out, "{}", NoAnswer { who: CONSOLE, error }),
        Ok(level) => {
            let name = LEVELS.iter().find(|(_, known)| *known == level).map_or("unknown", |(name, _)| name);
            writeln!(out, "the log is shown at level {name}")
        }
    }
}

/// Ends the machine.
pub(super) fn power_off(system: &mut dyn System, out: &mut dyn Write) -> Result {
    if system.power_off() {
        writeln!(out, "power off")
    } else {
        writeln!(out, "nobody can be asked to power the machine off; Ctrl-A x may help")
    }
}
