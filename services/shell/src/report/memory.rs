//! `mem`.

use crate::order::MOST_MEMORY;
use crate::system::System;
use bulkhead_protocol::config::ShellVm;
use core::fmt::{Result, Write};

/// Bytes of a line.
const LINE: u8 = 16;

/// Guest-physical memory in hexadecimal and as text.
pub(super) fn write(
    vm: &ShellVm,
    address: u64,
    length: u64,
    system: &mut dyn System,
    out: &mut dyn Write,
) -> Result {
    if !vm.readable {
        return writeln!(
            out,
            "the shell may not read guests' memory; `[service.shell] inspect = true` in the manifest would let it"
        );
    }
    if length > MOST_MEMORY {
        return writeln!(out, "{length} bytes are too many: ask for {MOST_MEMORY} at the most");
    }
    let end = address.saturating_add(length);
    let mut at = address;
    while at < end {
        let count = end.saturating_sub(at).min(u64::from(LINE));
        let mut bytes = [0; LINE as usize];
        let Some(bytes) = usize::try_from(count).ok().and_then(|count| bytes.get_mut(..count)) else { break };
        if !system.read_memory(vm, at, bytes) {
            return writeln!(out, "{at:#x} is no RAM of {}", vm.name);
        }
        write_line(at, bytes, out)?;
        at = at.saturating_add(count);
    }
    Ok(())
}

fn write_line(at: u64, bytes: &[u8], out: &mut dyn Write) -> Result {
    write!(out, "{at:012x} ")?;
    for index in 0..LINE as usize {
        let gap = if index == 8 { "  " } else { " " };
        match bytes.get(index) {
            Some(byte) => write!(out, "{gap}{byte:02x}")?,
            None => write!(out, "{gap}  ")?,
        }
    }
    write!(out, "  |")?;
    for byte in bytes {
        out.write_char(if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' })?;
    }
    writeln!(out, "|")
}
