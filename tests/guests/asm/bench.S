# Measures what exits cost: for each operation the ticks of REPEATS executions, the empty loop's taken off, in hexadecimal.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ REPEATS, 1024
.equ SCRATCH, COM1 + 7
.equ PIC_MASK, 0x21
.equ VENDOR_AUTHENTIC, 0x68747541

# Leaves the ticks of REPEATS times the instructions in eax; they may use eax, ebx, edx.
.macro TICKS instructions:vararg
    mov edi, REPEATS
    rdtsc
    mov ebp, eax
1:  push edi
    \instructions
    pop edi
    dec edi
    jnz 1b
    rdtsc
    sub eax, ebp
.endm

.macro MEASURE name, instructions:vararg
    TICKS \instructions
    sub eax, [empty_loop]
    push eax
    SAY 16, "bench: \name "
    pop eax
    call print_hex_16
    SAY 16, "\r\n"
.endm

.macro CPUID_0
    xor eax, eax
    cpuid
.endm

.macro WRITE_SCRATCH
    mov eax, edi
    mov edx, SCRATCH
    out dx, al
.endm

.macro READ_SCRATCH
    mov edx, SCRATCH
    in al, dx
.endm

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "bench: begins\r\n"
    call serial_wait_16
    TICKS nop
    mov [empty_loop], eax
    MEASURE cpuid, CPUID_0
    xor eax, eax
    cpuid
    cmp ebx, VENDOR_AUTHENTIC
    je 2f
    MEASURE vmcall, vmcall
    jmp 3f
2:  MEASURE vmmcall, vmmcall
3:  MEASURE uart-write, WRITE_SCRATCH
    MEASURE uart-read, READ_SCRATCH
    MEASURE pic-read, in al, PIC_MASK
    SAY 16, "bench: ends\r\n"
    call serial_wait_16
    POWER_OFF

    SERIAL_ROUTINES 16

.section .data
empty_loop: .long 0
