//! `version`.

use crate::system::System;
use bulkhead_abi::ABI_VERSION;
use bulkhead_protocol::config;
use core::fmt::{Result, Write};

/// What runs.
pub(super) fn write(config: &config::Shell, system: &mut dyn System, out: &mut dyn Write) -> Result {
    let uptime = system.uptime();
    let (seconds, milliseconds) = (uptime / 1_000_000_000, uptime / 1_000_000 % 1000);
    writeln!(out, "Bulkhead  {} (ABI {ABI_VERSION})", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "system    {}: {} VMs, {} tasks", config.system, config.vms.len(), config.tasks)?;
    write!(out, "manifest  sha256 ")?;
    config.digest.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
    writeln!(out, "\nup        {seconds}.{milliseconds:03} s")
}
