//! Floods: as much as a task can do of one thing, without a pause.

use super::report::Report;
use super::{call_slot, notify_slot};
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::config::Probe;
use bulkhead_protocol::{Bytes, echo};
use bulkhead_runtime::Kernel;
use probe::script::Script;

/// `flood log|notify|call <count>`.
pub(super) fn flood(probe: &Probe, script: Script<'_>, report: &mut Report<'_>) {
    let count = script.number(2, 1000);
    let (call, notify) = (call_slot(probe, 0), notify_slot(probe));
    let mut client = echo::Client::new(Kernel, call);
    let bytes = Bytes::from_prefix(b"flood");
    let mut failed = 0u64;
    for _ in 0..count {
        let is_good = match script.word(1) {
            "log" => {
                Kernel.log(&[b'~'; 200], 3);
                true
            }
            "notify" => Kernel.notify(notify) == Ok::<(), Status>(()),
            "call" => client.echo(bytes.clone()) == Ok(bytes.clone()),
            _ => false,
        };
        failed = failed.saturating_add(u64::from(!is_good));
    }
    report.equal("all of it was taken", failed, 0);
}
