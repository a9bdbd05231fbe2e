//! Notifications and waits.

use super::report::Report;
use super::{after, uptime};
use bulkhead_abi::id::Slot;
use bulkhead_abi::syscall::Status;
use bulkhead_runtime::Kernel;
use probe::script::Script;

/// Bits that the manifest gives to the two players.
const PING: u64 = 1 << 1;
const PONG: u64 = 1 << 2;

/// Waits without anybody who notifies.
pub(super) fn wait(report: &mut Report<'_>) {
    report.equal("a wait in the past is over", Kernel.wait(u64::MAX, 1), Err(Status::DeadlinePassed));
    let began = uptime();
    report.equal("a wait for nobody ends", Kernel.wait(1, after(20)), Err(Status::DeadlinePassed));
    let took = uptime().saturating_sub(began);
    report.check("it did not end early", took >= 19);
    report.check("it did not end much later", took < 2_000);
    report.equal("a wait for no bit ends", Kernel.wait(0, after(5)), Err(Status::DeadlinePassed));
}

/// `ping <rounds>`: notifies and waits for the answer.
pub(super) fn ping(slot: Slot, script: Script<'_>, report: &mut Report<'_>) {
    let rounds = script.number(1, 100);
    report.equal("no bit comes by itself", Kernel.wait(u64::MAX, after(5)), Err(Status::DeadlinePassed));
    let mut answered = 0u64;
    for _ in 0..rounds {
        report.quietly("a notification is sent", Kernel.notify(slot), Ok(()));
        let bits = Kernel.wait(PING | 1 << 60, after(5_000));
        report.quietly("its answer comes", bits, Ok(PING));
        answered = answered.saturating_add(u64::from(bits == Ok(PING)));
    }
    report.equal("every notification was answered", answered, rounds);
    // One more: the bit must stay while another is waited for.
    let _ = Kernel.notify(slot);
    report.equal("another bit is not this one", Kernel.wait(1 << 5, after(50)), Err(Status::DeadlinePassed));
    report.equal("a bit that was not waited for stays", Kernel.wait(PING, 1), Ok(PING));
    report.equal("a bit is taken once", Kernel.wait(PING, after(5)), Err(Status::DeadlinePassed));
}

/// `pong`: answers for ever.
pub(super) fn pong(slot: Slot, _: Script<'_>) {
    loop {
        if Kernel.wait(PONG, 0) == Ok(PONG) {
            let _ = Kernel.notify(slot);
        }
    }
}
