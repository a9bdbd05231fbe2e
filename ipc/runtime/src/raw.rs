//! The system call instruction.

use bulkhead_abi::syscall::{Status, Syscall};

/// Makes a system call; its status and value.
///
/// Safe because the core checks everything that it is given: no argument can break this task's memory but
/// `lease_read`'s, which goes through [`Kernel::lease_read`](crate::Kernel::lease_read) and so is not public here.
pub(crate) fn system_call(call: Syscall, arguments: [u64; 5]) -> (Status, u64) {
    // SAFETY: by the type, the number is one of a system call; see above.
    unsafe { raw_call(call as u64, arguments) }
}

/// Makes a system call of any number.
///
/// # Safety
/// Memory that the call writes to by its arguments is the caller's to give.
pub(crate) unsafe fn raw_call(number: u64, arguments: [u64; 5]) -> (Status, u64) {
    let status: u64;
    let value: u64;
    let [a, b, c, d, e] = arguments;
    // SAFETY: the core keeps all registers that are not named here; the vector registers are lost, as in any call
    // of the C convention. Memory that it writes is the message page (not reachable by references held across this
    // call) and what the arguments name.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => status,
            inlateout("rdi") a => _,
            inlateout("rsi") b => _,
            inlateout("rdx") c => value,
            inlateout("r10") d => _,
            inlateout("r8") e => _,
            lateout("rcx") _,
            lateout("r11") _,
            clobber_abi("C"),
            options(nostack),
        );
    }
    (Status::from_value(status), value)
}

/// Turns a status into a result.
pub(crate) fn checked((status, value): (Status, u64)) -> Result<u64, Status> {
    if status == Status::Ok { Ok(value) } else { Err(status) }
}
