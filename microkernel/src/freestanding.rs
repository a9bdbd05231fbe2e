//! What the compiler expects of a C library: in assembly, so that these functions cannot become calls of themselves.

core::arch::global_asm!(
    r#"
.section .text.freestanding,"ax"
.global memcpy
.global memmove
.global memset
.global memcmp
.global bcmp
memmove:
    mov rax, rdi
    sub rax, rsi
    cmp rax, rdx
    jb 1f
memcpy:
    mov rax, rdi
    mov rcx, rdx
    shr rcx, 3
    rep movsq
    mov ecx, edx
    and ecx, 7
    rep movsb
    ret
1:  mov rax, rdi
    mov rcx, rdx
    lea rsi, [rsi + rdx - 1]
    lea rdi, [rdi + rdx - 1]
    std
    rep movsb
    cld
    ret
memset:
    mov r8, rdi
    movzx eax, sil
    mov rcx, 0x0101010101010101
    imul rax, rcx
    mov rcx, rdx
    shr rcx, 3
    rep stosq
    mov ecx, edx
    and ecx, 7
    rep stosb
    mov rax, r8
    ret
memcmp:
bcmp:
    xor eax, eax
    mov rcx, rdx
    test rcx, rcx
    jz 2f
    repe cmpsb
    je 2f
    movzx eax, byte ptr [rdi - 1]
    movzx ecx, byte ptr [rsi - 1]
    sub eax, ecx
2:  ret
"#
);

/// Named by the precompiled `core`; nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() -> ! {
    crate::arch::cpu::halt()
}

/// Named by the precompiled `core`; nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    crate::arch::cpu::halt()
}
