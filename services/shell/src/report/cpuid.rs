//! `cpuid`.

use crate::registry::{Registry, pages};
use bulkhead_protocol::config::ShellVm;
use core::fmt::{Result, Write};

/// The VM's CPUID table.
pub(super) fn write(vm: &ShellVm, registry: &mut Registry<'_>, out: &mut dyn Write) -> Result {
    let number = match registry.find(vm.name.as_str()) {
        Ok(number) => number,
        Err(why) => return writeln!(out, "{}: {why}", vm.name),
    };
    writeln!(out, "leaf      subleaf   eax       ebx       ecx       edx       text")?;
    let mut written = Ok(());
    let asked = pages(
        registry.client(),
        |client, from| Ok(client.cpuid(number, from)??),
        |line| {
            if written.is_ok() {
                written = write_line(line.leaf, line.subleaf, line.values, out);
            }
        },
    );
    written?;
    asked.or_else(|why| writeln!(out, "{why}"))
}

fn write_line(leaf: u32, subleaf: Option<u32>, values: [u32; 4], out: &mut dyn Write) -> Result {
    write!(out, "{leaf:08x}  ")?;
    match subleaf {
        Some(subleaf) => write!(out, "{subleaf:08x}  ")?,
        None => write!(out, "any       ")?,
    }
    for value in values {
        write!(out, "{value:08x}  ")?;
    }
    for byte in values.iter().flat_map(|value| value.to_le_bytes()) {
        out.write_char(if matches!(byte, b' '..=b'~') { char::from(byte) } else { '.' })?;
    }
    writeln!(out)
}
