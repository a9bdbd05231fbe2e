//! The contract of each system call, from its dark side.

use super::call_slot;
use super::report::Report;
use super::system_call::{call, raw};
use bulkhead_abi::limits::MAX_SLOTS;
use bulkhead_abi::syscall::{Status, Syscall};
use bulkhead_protocol::config::Probe;

/// Calls that need a slot of their kind, and none of which this task has one.
const SLOT_CALLS: [Syscall; 18] = [
    Syscall::Notify,
    Syscall::IrqAck,
    Syscall::LogRead,
    Syscall::VmReset,
    Syscall::VmRoute,
    Syscall::VmCpuid,
    Syscall::VmRun,
    Syscall::VmStop,
    Syscall::VmInject,
    Syscall::VcpuRead,
    Syscall::VcpuWrite,
    Syscall::VmStatus,
    Syscall::VcpuApic,
    Syscall::VcpuStatus,
    Syscall::TaskStatus,
    Syscall::TaskFault,
    Syscall::TaskRestart,
    Syscall::PowerOff,
];

/// Slots that are empty or none: the last, the first behind, and some that a careless core cuts to slot 0.
const NO_SLOTS: [u64; 7] =
    [MAX_SLOTS as u64 - 1, MAX_SLOTS as u64, 0xffff, 0x1_0000, 1 << 32, 1 << 63, u64::MAX];

/// Makes all calls in wrong ways. Its manifest gives it one call slot and nothing else.
pub(super) fn calls(probe: &Probe, report: &mut Report<'_>) {
    let slot = u64::from(call_slot(probe, 0).0);
    for number in [10, 15, 27, 31, 35, 39, 43, 47, 255, 1 << 32, 1 << 63, u64::MAX] {
        report.quietly("no such call", raw(number, [0; 5]).0, Status::NoSuchCall as u64);
    }
    report.check("unknown calls were made", true);

    for which in SLOT_CALLS {
        report.quietly("a slot of another kind", call(which, [slot, 0, 0, 0, 0]).0, Status::BadSlot);
        for none in NO_SLOTS {
            report.quietly("a slot that is none", call(which, [none, 0, 0, 0, 0]).0, Status::BadSlot);
        }
    }
    for none in NO_SLOTS {
        report.quietly("a call of nobody", call(Syscall::Call, [none, 0, 0, 0, 0]).0, Status::BadSlot);
    }
    report.check("wrong slots were tried", true);

    for length in [129, 4096, 1 << 31, u64::from(u32::MAX), 1 << 32, (1 << 32) + 1, u64::MAX] {
        report.quietly("a long call", call(Syscall::Call, [slot, length, 0, 0, 0]).0, Status::BadArgument);
        report.quietly("many leases", call(Syscall::Call, [slot, 1, length, 0, 0]).0, Status::BadArgument);
    }
    for length in [241, 4096, 1 << 32, u64::MAX] {
        report.quietly("a long line", call(Syscall::Log, [length, 0, 0, 0, 0]).0, Status::BadArgument);
    }
    report.check("huge lengths were tried", true);

    for which in [Syscall::LeaseRead, Syscall::LeaseWrite] {
        let status = call(which, [0, 0, 0xffff_8000_0000_0000, 8, 0]).0;
        report.equal("a lease without a caller", status, Status::NothingUnderWay);
    }
    let reply = call(Syscall::ReplyRecv, [0, 0, 1, 0, 0]).0;
    report.equal("a reply without an event", reply, Status::NothingUnderWay);
    let past = call(Syscall::Call, [slot, 1, 0, 1, 0]).0;
    report.equal("a call that is too late", past, Status::DeadlinePassed);

    report.equal("a receive that is too late", call(Syscall::Recv, [1, 0, 0, 0, 0]), (Status::Ok, 0));
    report.equal("two events at once", call(Syscall::Recv, [1, 0, 0, 0, 0]).0, Status::WrongState);
    report.equal("a lease of nobody", call(Syscall::LeaseRead, [0, 0, 0, 0, 0]).0, Status::NothingUnderWay);
    report.equal("the end of a time-out", call(Syscall::ReplyRecv, [0, 0, 1, 0, 0]), (Status::Ok, 0));
}
