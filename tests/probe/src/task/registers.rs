//! Registers at the start of a life and after a system call: nothing in them is anybody else's.

use super::after;
use super::report::Report;
use super::start::StartState;
use super::vector_state::{FxArea, program_state};
use bulkhead_abi::layout::STACK_END;
use bulkhead_abi::syscall::Syscall;

/// x87 and SSE state of a fresh program: FNINIT, and MXCSR as after a reset.
fn clean() -> [u8; 512] {
    let mut fx = [0; 512];
    fx[0] = 0x7f;
    fx[1] = 0x03;
    fx[24] = 0x80;
    fx[25] = 0x1f;
    fx
}

/// Looks at the start, then at the return of two system calls.
pub(super) fn registers(state: &StartState, report: &mut Report<'_>) {
    let mut expected = [0; 16];
    expected[4] = STACK_END - 8;
    report.equal("a life begins with clear registers", state.gpr, expected);
    report.equal("a life begins with plain flags", state.rflags & !0x2, 0x200);
    report.equal("a life begins with null segments", state.segments, [0; 4]);
    report.check("a life begins with clean vector registers", is_clean(&state.fx));

    // One that returns at once, and one during which others run.
    for (what, call, deadline) in [("at once", 1000, 0), ("after a wait", Syscall::Wait as u64, after(20))] {
        let found = call_with_pattern(call, deadline);
        report.equal(what, found.kept, [0x1111, 0x2222, 0x3333, 0x4444, 0x5555]);
        report.equal(what, found.cleared, [0; 5]);
        report.check(what, is_clean(&found.fx.0));
    }
}

fn is_clean(fx: &[u8; 512]) -> bool {
    program_state(fx).eq(program_state(&clean()))
}

/// What a system call leaves in the registers.
struct Found {
    /// rbx, r12 to r15: the contract keeps them.
    kept: [u64; 5],
    /// rdi, rsi, r8, r9, r10: nothing of the core's must be in them.
    cleared: [u64; 5],
    fx: FxArea,
}

#[repr(C)]
struct Exchange {
    kept: [u64; 5],
    cleared: [u64; 5],
    rbx: u64,
}

fn call_with_pattern(number: u64, deadline: u64) -> Found {
    let mut exchange = Exchange { kept: [0; 5], cleared: [0; 5], rbx: 0 };
    let pattern = FxArea(core::array::from_fn(|at| match at {
        0 | 1 | 24 | 25 => clean()[at],
        4 => 0xff,
        32..416 => 0x5a,
        _ => 0,
    }));
    let (mut fx, mut normal) = (FxArea([0; 512]), FxArea([0; 512]));
    // SAFETY: rbx and rbp, which the compiler keeps for itself, are put back; the areas are aligned and large enough;
    // the core writes to no memory in a call that does not exist or only waits.
    unsafe {
        core::arch::asm!(
            "push rbp",
            "push {normal}",
            "push {fx}",
            "fxsave64 [{normal}]",
            "fxrstor64 [{pattern}]",
            "mov rbp, {exchange}",
            "mov [rbp + 80], rbx",
            "mov ebx, 0x1111",
            "mov r12d, 0x2222",
            "mov r13d, 0x3333",
            "mov r14d, 0x4444",
            "mov r15d, 0x5555",
            "xor edi, edi",
            "mov r8, -1",
            "mov r9, -1",
            "mov r10, -1",
            "syscall",
            "mov [rbp], rbx",
            "mov [rbp + 8], r12",
            "mov [rbp + 16], r13",
            "mov [rbp + 24], r14",
            "mov [rbp + 32], r15",
            "mov [rbp + 40], rdi",
            "mov [rbp + 48], rsi",
            "mov [rbp + 56], r8",
            "mov [rbp + 64], r9",
            "mov [rbp + 72], r10",
            "mov rbx, [rbp + 80]",
            "pop rcx",
            "fxsave64 [rcx]",
            "pop rcx",
            "fxrstor64 [rcx]",
            "pop rbp",
            normal = in(reg) normal.0.as_mut_ptr(),
            fx = in(reg) fx.0.as_mut_ptr(),
            pattern = in(reg) pattern.0.as_ptr(),
            exchange = in(reg) &raw mut exchange,
            inlateout("rax") number => _,
            inlateout("rsi") deadline => _,
            lateout("rdi") _,
            lateout("rcx") _,
            lateout("rdx") _,
            lateout("r8") _,
            lateout("r9") _,
            lateout("r10") _,
            lateout("r11") _,
            lateout("r12") _,
            lateout("r13") _,
            lateout("r14") _,
            lateout("r15") _,
        );
    }
    Found { kept: exchange.kept, cleared: exchange.cleared, fx }
}
