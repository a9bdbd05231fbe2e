//! Leases: bulk data that a blocked caller lends, and all that must not be reached by one.

use super::report::Report;
use bulkhead_abi::id::Slot;
use bulkhead_abi::layout::{PROGRAM, STACK_END};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::Lease;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{CallError, Transport, echo};
use bulkhead_runtime::Kernel;
use probe::offence::{BEYOND, CORE, DIRECT_MAP, NON_CANONICAL};

const READ: u32 = 1;
const WRITE: u32 = 2;

/// A transport that lends with every call.
struct Lending<'a>(&'a [Lease]);

impl Transport for Lending<'_> {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        Kernel.call_with(slot, request, self.0, 0, reply)
    }
}

fn lease(address: u64, length: u32, rights: u32) -> Lease {
    Lease { address, length, rights }
}

/// The status that a server got for reading.
fn sum(slot: Slot, lent: &[Lease], which: u32, offset: u32, length: u32) -> (u32, u32) {
    echo::Client::new(Lending(lent), slot).lease_sum(which, offset, length).unwrap_or((u32::MAX, 0))
}

/// The status that a server got for writing.
fn fill(slot: Slot, lent: &[Lease], which: u32, offset: u32, length: u32) -> u32 {
    echo::Client::new(Lending(lent), slot).lease_fill(which, offset, length, 7).unwrap_or(u32::MAX)
}

/// Reads and writes what may be read and written, then tries all bounds and rights.
pub(super) fn lend(slot: Slot, report: &mut Report<'_>) {
    let mut buffer = [0u8; 4096];
    for (byte, value) in buffer.iter_mut().zip((0u8..=255).cycle()) {
        *byte = value;
    }
    let address = buffer.as_mut_ptr() as u64;
    let ok = Status::Ok as u32;
    let bad = Status::BadArgument as u32;

    let all = [lease(address, 4096, READ)];
    report.equal("4096 bytes are read", sum(slot, &all, 0, 0, 4096), (ok, 16 * 255 * 128));
    report.equal("a piece is read", sum(slot, &all, 0, 3, 4), (ok, 3 + 4 + 5 + 6));
    report.equal("the last byte is read", sum(slot, &all, 0, 4095, 1), (ok, 255));
    report.equal("nothing is read at the end", sum(slot, &all, 0, 4096, 0), (ok, 0));
    report.equal("one byte too many is refused", sum(slot, &all, 0, 1, 4096), (bad, 0));
    report.equal("an offset beyond is refused", sum(slot, &all, 0, u32::MAX, 1), (bad, 0));
    report.equal("a lease that was not lent is refused", sum(slot, &all, 1, 0, 1), (bad, 0));
    report.equal("a lease that cannot be is refused", sum(slot, &all, u32::MAX, 0, 1), (bad, 0));
    report.equal("no lease is no lease", sum(slot, &[], 0, 0, 1), (bad, 0));
    report.equal("writing needs the right", fill(slot, &all, 0, 0, 1), Status::NoRight as u32);

    let two = [lease(address, 16, READ), lease(address + 1024, 16, READ | WRITE)];
    report.equal("the second lease is written", fill(slot, &two, 1, 4, 8), ok);
    let expected = [0, 1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 12, 13, 14, 15];
    // Volatile: the compiler does not know that another task has written.
    let read = |at: usize| {
        // SAFETY: within the buffer.
        unsafe { buffer.as_ptr().wrapping_add(at).read_volatile() }
    };
    report.equal("what was lent has the bytes", core::array::from_fn(|at| read(1024 + at)), expected);
    report.equal("what was not lent has not", [read(1023), read(1040)], [255, 16]);
    let write_only = [lease(address, 16, WRITE)];
    report.equal("reading needs the right", sum(slot, &write_only, 0, 0, 1), (Status::NoRight as u32, 0));

    let foreign = [
        ("core memory", CORE),
        ("the direct map", DIRECT_MAP),
        ("what is not mapped", BEYOND),
        ("address 0", 0),
        ("an address that is none", NON_CANONICAL),
        ("an address that wraps", u64::MAX - 7),
        ("a range across the end of the stack", STACK_END - 8),
    ];
    for (what, address) in foreign {
        let lent = [lease(address, 16, READ | WRITE)];
        report.check(what, sum(slot, &lent, 0, 0, 16).0 != ok && fill(slot, &lent, 0, 0, 16) != ok);
    }
    let text = [lease(PROGRAM, 16, READ | WRITE)];
    report.check("own text can be lent for reading", sum(slot, &text, 0, 0, 16).0 == ok);
    report.check("own text cannot be lent for writing", fill(slot, &text, 0, 0, 16) != ok);
    let huge = [lease(address, u32::MAX, READ | WRITE)];
    report.check("a length beyond the memory reaches nothing", fill(slot, &huge, 0, u32::MAX - 16, 16) != ok);
    let life = echo::Client::new(Kernel, slot).life();
    report.equal("the server has noticed nothing", life.map(|(life, _)| life), Ok(0));
}
