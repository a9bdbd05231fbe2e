//! Into the core and out of it.
//!
//! Ring 3 enters by SYSCALL, by an exception or by an interrupt. Registers go straight into the current task's
//! context, then `core_enter` runs on the CPU's only stack, from its top; when it returns, the context that the
//! per-CPU block names then is resumed. So there is nothing on the stack between two entries, and a switch of tasks is
//! a change of one pointer.
//!
//! Ring 0 runs with interrupts off, except in windows that the core opens on purpose (`sti; nop; cli`, `sti; hlt; cli`).
//! An interrupt there is only recorded. An exception in ring 0 is the end: `core_fault`.

use super::context::{BY_INTERRUPT, BY_SYSCALL};
use core::arch::global_asm;

/// Causes below this are vectors.
pub(crate) const CAUSE_SYSCALL: u64 = 256;

global_asm!(
    r#"
.section .text.entry,"ax"
.global core_syscall_entry
core_syscall_entry:
    swapgs
    mov gs:[24], rsp
    mov rsp, gs:[16]
    mov [rsp], rax
    mov [rsp + 16], rdx
    mov [rsp + 24], rbx
    mov [rsp + 40], rbp
    mov [rsp + 48], rsi
    mov [rsp + 56], rdi
    mov [rsp + 64], r8
    mov [rsp + 80], r10
    mov [rsp + 96], r12
    mov [rsp + 104], r13
    mov [rsp + 112], r14
    mov [rsp + 120], r15
    mov [rsp + 128], rcx
    mov [rsp + 136], r11
    mov qword ptr [rsp + 144], {by_syscall}
    mov rcx, gs:[24]
    mov [rsp + 32], rcx
    mov rsp, gs:[8]
    mov edi, 256
    xor esi, esi
    call core_enter
.global core_resume
core_resume:
    mov rdi, gs:[16]
    cmp qword ptr [rdi + 144], {by_interrupt}
    je 1f
    fxrstor64 [rip + CORE_CLEAN_FX]
    mov rax, [rdi]
    mov rcx, [rdi + 128]
    mov rdx, [rdi + 16]
    mov rbx, [rdi + 24]
    mov rsp, [rdi + 32]
    mov rbp, [rdi + 40]
    xor esi, esi
    xor r8d, r8d
    xor r9d, r9d
    xor r10d, r10d
    mov r11, [rdi + 136]
    mov r12, [rdi + 96]
    mov r13, [rdi + 104]
    mov r14, [rdi + 112]
    mov r15, [rdi + 120]
    xor edi, edi
    swapgs
    sysretq
1:  fxrstor64 [rdi + 192]
    push 0x23
    push [rdi + 32]
    push [rdi + 136]
    push 0x2b
    push [rdi + 128]
    mov rax, [rdi]
    mov rcx, [rdi + 8]
    mov rdx, [rdi + 16]
    mov rbx, [rdi + 24]
    mov rbp, [rdi + 40]
    mov rsi, [rdi + 48]
    mov r8, [rdi + 64]
    mov r9, [rdi + 72]
    mov r10, [rdi + 80]
    mov r11, [rdi + 88]
    mov r12, [rdi + 96]
    mov r13, [rdi + 104]
    mov r14, [rdi + 112]
    mov r15, [rdi + 120]
    mov rdi, [rdi + 56]
    swapgs
    iretq

# Stack here: vector, error code, rip, cs, rflags, rsp, ss.
core_vector_entry:
    test byte ptr [rsp + 24], 3
    jz 2f
    swapgs
    push rdi
    mov rdi, gs:[16]
    mov [rdi], rax
    mov [rdi + 8], rcx
    mov [rdi + 16], rdx
    mov [rdi + 24], rbx
    mov [rdi + 40], rbp
    mov [rdi + 48], rsi
    mov [rdi + 64], r8
    mov [rdi + 72], r9
    mov [rdi + 80], r10
    mov [rdi + 88], r11
    mov [rdi + 96], r12
    mov [rdi + 104], r13
    mov [rdi + 112], r14
    mov [rdi + 120], r15
    pop rax
    mov [rdi + 56], rax
    mov rax, [rsp + 16]
    mov [rdi + 128], rax
    mov rax, [rsp + 32]
    mov [rdi + 136], rax
    mov rax, [rsp + 40]
    mov [rdi + 32], rax
    mov qword ptr [rdi + 144], {by_interrupt}
    mov rax, cr2
    mov [rdi + 152], rax
    fxsave64 [rdi + 192]
    fxrstor64 [rip + CORE_CLEAN_FX]
    mov rdi, [rsp]
    mov rsi, [rsp + 8]
    mov rsp, gs:[8]
    push 2                   # no flag of ring 3 counts here, AC least of all
    popfq
    call core_enter
    jmp core_resume
2:  cmp qword ptr [rsp], 32
    jb 4f
    push rax
    mov rax, [rsp + 8]
    bts qword ptr gs:[48], rax
    cmp eax, 0x30            # device interrupts end when they were looked at: a level would come again at once
    jae 3f
    mov rax, gs:[40]
    test rax, rax
    jz 6f
    mov dword ptr [rax + 0xb0], 0
3:  pop rax
    add rsp, 16
    iretq
6:  push rcx                 # x2APIC mode: the register is an MSR
    push rdx
    xor eax, eax
    xor edx, edx
    mov ecx, 0x80b
    wrmsr
    pop rdx
    pop rcx
    jmp 3b
4:  cmp qword ptr [rsp], 2
    je 5f
    cmp qword ptr [rsp], 1   # a step of ring 3 that ended in ring 0, which has no steps
    je 5f
    mov rdi, rsp
    and rsp, -16
    cld
    call core_fault
5:  add rsp, 16
    iretq

.altmacro
.macro VECTOR n
core_vector_\n:
    .if (\n == 8) || (\n >= 10 && \n <= 14) || (\n == 17) || (\n == 21) || (\n == 29) || (\n == 30)
    .else
    push 0
    .endif
    push \n
    jmp core_vector_entry
.endm
.macro VECTOR_ADDRESS n
    .quad core_vector_\n
.endm
.set i, 0
.rept 256
    VECTOR %i
    .set i, i + 1
.endr
.section .rodata.vectors,"a"
.balign 8
.global core_vectors
core_vectors:
.set i, 0
.rept 256
    VECTOR_ADDRESS %i
    .set i, i + 1
.endr
.noaltmacro
"#,
    by_syscall = const BY_SYSCALL,
    by_interrupt = const BY_INTERRUPT,
);

unsafe extern "C" {
    /// Addresses of the 256 vector stubs.
    pub(crate) static core_vectors: [u64; 256];
    /// Where SYSCALL goes.
    pub(crate) fn core_syscall_entry();
    /// Resumes the context that the per-CPU block names.
    pub(crate) fn core_resume() -> !;
}
