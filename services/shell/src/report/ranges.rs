//! `map`, `handlers`, `msrs`: what the registry keeps of a VM's addresses, ports and model-specific registers.

use crate::registry::{Registry, Unanswered, pages};
use bulkhead_protocol::config::ShellVm;
use bulkhead_protocol::registry::{MsrRead, MsrWrite, ServerLine, VmNumber};
use core::fmt::{Result, Write};

/// Servers of a VM at the most.
const SERVERS: usize = 16;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// The memory map.
    Map,
    /// Who answers at which ports and addresses.
    Handlers,
    /// The policy for model-specific registers.
    Msrs,
}

/// The list, or why there is none.
pub(super) fn write(vm: &ShellVm, list: List, registry: &mut Registry<'_>, out: &mut dyn Write) -> Result {
    let asked = registry.find(vm.name.as_str()).and_then(|number| match list {
        List::Map => map(number, registry, out),
        List::Handlers => handlers(number, registry, out),
        List::Msrs => msrs(number, registry, out),
    });
    match asked {
        Ok(written) => written,
        Err(why) => writeln!(out, "{}: {why}", vm.name),
    }
}

fn map(
    vm: VmNumber,
    registry: &mut Registry<'_>,
    out: &mut dyn Write,
) -> core::result::Result<Result, Unanswered> {
    let mut written = writeln!(out, "first             last              size         kind");
    pages(
        registry.client(),
        |client, from| Ok(client.e820(vm, from)??),
        |line| {
            let last = line.base.saturating_add(line.length).saturating_sub(1);
            let kind = match line.kind {
                1 => "RAM",
                2 => "reserved",
                3 => "ACPI tables",
                _ => "other",
            };
            let size = line.length >> 10;
            written = written
                .and_then(|()| writeln!(out, "{:016x}  {last:016x}  {size:>8} KiB  {kind}", line.base));
        },
    )?;
    Ok(written)
}

fn handlers(
    vm: VmNumber,
    registry: &mut Registry<'_>,
    out: &mut dyn Write,
) -> core::result::Result<Result, Unanswered> {
    let mut servers: heapless::Vec<ServerLine, SERVERS> = heapless::Vec::new();
    pages(
        registry.client(),
        |client, from| Ok(client.servers(vm, from)??),
        |line| {
            let _ = servers.push(*line);
        },
    )?;
    let mut written = writeln!(out, "ports or addresses  server        task  lives");
    let line = |place: core::fmt::Arguments<'_>, server: u8, out: &mut dyn Write| match servers
        .get(usize::from(server))
    {
        Some(server) => writeln!(
            out,
            "{place}  {:<12}  {:>4}  {:>5}{}",
            Kind(server),
            server.task.0,
            server.restarts.saturating_add(1),
            if server.is_lost { "  stays dead" } else { "" }
        ),
        None => writeln!(out, "{place}  server {server}"),
    };
    pages(
        registry.client(),
        |client, from| Ok(client.ports(vm, from)??),
        |ports| {
            let place = format_args!("{:04x}-{:04x}         ", ports.first, ports.last);
            written = written.and_then(|()| line(place, ports.server, out));
        },
    )?;
    pages(
        registry.client(),
        |client, from| Ok(client.windows(vm, from)??),
        |window| {
            let last = window.base.saturating_add(window.length).saturating_sub(1);
            written = written
                .and_then(|()| line(format_args!("{:08x}-{last:08x} ", window.base), window.server, out));
        },
    )?;
    Ok(written)
}

/// A server's kind as the manifest calls it.
struct Kind<'a>(&'a ServerLine);

impl core::fmt::Display for Kind<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> Result {
        use bulkhead_protocol::config::ServerKind;
        f.pad(match self.0.kind {
            ServerKind::Vuart => "vuart",
            ServerKind::Vuart2 => "vuart2",
            ServerKind::Vpci => "vpci",
            ServerKind::Vioapic => "vioapic",
            ServerKind::Vpic => "vpic",
            ServerKind::Vtimer => "vtimer",
            ServerKind::Vrtc => "vrtc",
            ServerKind::Vpower => "vpower",
            ServerKind::InsnEmulator => "emulator",
        })
    }
}

fn msrs(
    vm: VmNumber,
    registry: &mut Registry<'_>,
    out: &mut dyn Write,
) -> core::result::Result<Result, Unanswered> {
    let mut written = writeln!(out, "MSR                reads             writes; all others fault");
    pages(
        registry.client(),
        |client, from| Ok(client.msrs(vm, from)??),
        |line| {
            let write = match line.write {
                MsrWrite::Fault => "fault",
                MsrWrite::Ignored => "are ignored",
                MsrWrite::Vcpu => "change the vCPU's",
            };
            let (first, last) = (line.first, line.last);
            written = written.and_then(|()| match line.read {
                MsrRead::Fault => writeln!(out, "{first:08x}-{last:08x}  {:<16}  {write}", "fault"),
                MsrRead::Fixed(value) => writeln!(out, "{first:08x}-{last:08x}  {value:016x}  {write}"),
                MsrRead::Vcpu => writeln!(out, "{first:08x}-{last:08x}  {:<16}  {write}", "the vCPU's"),
            });
        },
    )?;
    Ok(written)
}
