# A guest that counts: ten numbered lines a second, for ever, by the 8254 through the 8259A; each with the time-stamp counter
# at its tenth tick. In real mode.
.intel_syntax noprefix
#include "serial.inc"

.equ VECTOR, 0x20
.equ TICKS_A_LINE, 10

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "ticker: starts\r\n"
    mov word ptr [VECTOR * 4], offset on_timer
    mov word ptr [VECTOR * 4 + 2], 0
    mov al, 0x11            # ICW1: edge, cascade, ICW4 follows
    out 0x20, al
    mov al, VECTOR
    out 0x21, al
    mov al, 4               # ICW3: the slave is at input 2
    out 0x21, al
    mov al, 1               # ICW4: 8086 mode
    out 0x21, al
    mov al, 0xfe
    out 0x21, al
    mov al, 0x34            # channel 0, low and high byte, mode 2
    out 0x43, al
    mov al, 11932 & 0xff    # 100 Hz
    out 0x40, al
    mov al, 11932 >> 8
    out 0x40, al
    mov ebx, 1
1:  sti
    hlt
    cli
    cmp dword ptr [ticks], TICKS_A_LINE
    jb 1b
    mov dword ptr [ticks], 0
    rdtsc
    mov [stamp], eax
    mov [stamp + 4], edx
    SAY 16, "tick "
    mov eax, ebx
    call print_hex_16
    SAY 16, " at "
    mov eax, [stamp + 4]
    call print_hex_16
    mov eax, [stamp]
    call print_hex_16
    SAY 16, "\r\n"
    inc ebx
    jmp 1b

on_timer:
    push eax
    inc dword ptr [ticks]
    mov al, 0x20
    out 0x20, al
    pop eax
    iret

    SERIAL_ROUTINES 16

.data
.balign 4
ticks:  .long 0
stamp:  .quad 0
