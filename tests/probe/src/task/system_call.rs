//! System calls as no runtime makes them: any number, any arguments.

use bulkhead_abi::layout::{MESSAGE_PAGE, START_INFO, StartInfo};
use bulkhead_abi::message::MessagePage;
use bulkhead_abi::syscall::{Status, Syscall};

/// Makes a system call; the raw status and the value.
///
/// The caller vouches that no memory that it refers to is named by a `lease_read`.
pub(super) fn raw(number: u64, [a, b, c, d, e]: [u64; 5]) -> (u64, u64) {
    let status: u64;
    let value: u64;
    // SAFETY: the core keeps all registers that are not named here. It writes to the message page, to which no
    // reference is held across this, and for `lease_read` to what the caller of this function vouches for.
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
    (status, value)
}

/// The same, with the names of the contract.
pub(super) fn call(call: Syscall, arguments: [u64; 5]) -> (Status, u64) {
    let (status, value) = raw(call as u64, arguments);
    (Status::from_value(status), value)
}

/// Ends this life.
pub(super) fn exit(code: u32) -> ! {
    loop {
        let _ = call(Syscall::Exit, [u64::from(code), 0, 0, 0, 0]);
    }
}

/// Lets `f` write to the message page. It must not make system calls.
pub(super) fn with_page<R>(f: impl FnOnce(&mut MessagePage) -> R) -> R {
    // SAFETY: the page is mapped for ever and valid for any bytes; `f` makes no system call, and nobody else in this
    // program holds a reference meanwhile.
    f(unsafe { &mut *(MESSAGE_PAGE as *mut MessagePage) })
}

/// This task's number.
pub(super) fn own_number() -> u16 {
    // SAFETY: the page is mapped for ever and does not change during a life.
    let info = unsafe { &*(START_INFO as *const StartInfo) };
    info.task.0
}
