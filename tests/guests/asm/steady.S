# A guest that lives by its timer and looks at the time: a thousand interrupts a second, and a time-stamp counter that must
# not jump between two of them, however long the VM was paused.
.intel_syntax noprefix
#include "serial.inc"

.equ TIMER_VECTOR, 0x20
# 1.193182 MHz / 1193: a millisecond.
.equ PERIOD, 1193
# Interrupts by which the period is measured, as a power of two.
.equ MEASURED, 4
# Periods that may pass between two interrupts, as a power of two: others have their turn on this CPU too.
.equ LONGEST, 6

.macro OUT_BYTE port, value
    mov al, \value
    out \port, al
.endm

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "steady: started\r\n"
    mov word ptr [TIMER_VECTOR * 4], offset tick
    mov word ptr [TIMER_VECTOR * 4 + 2], 0
    OUT_BYTE 0x20, 0x11
    OUT_BYTE 0x21, TIMER_VECTOR
    OUT_BYTE 0x21, 4
    OUT_BYTE 0x21, 1
    OUT_BYTE 0x21, 0xfe
    OUT_BYTE 0xa1, 0xff
    OUT_BYTE 0x43, 0x34
    OUT_BYTE 0x40, PERIOD & 0xff
    OUT_BYTE 0x40, PERIOD >> 8
1:  sti
    hlt
    jmp 1b

# Differences of the counter's low half: a second is less than that holds.
tick:
    rdtsc
    mov ebx, eax
    sub ebx, [last]
    mov [last], eax
    mov ecx, [count]
    inc ecx
    mov [count], ecx
    cmp ecx, 1
    je first
    cmp ecx, 1 + (1 << MEASURED)
    jb acknowledge
    je measured
    mov eax, [limit]
    cmp ebx, eax
    ja jumped
    jmp acknowledge
first:
    mov [begin], eax
    jmp acknowledge
measured:
    sub eax, [begin]
    shl eax, LONGEST - MEASURED
    mov [limit], eax
acknowledge:
    OUT_BYTE 0x20, 0x20
    iret

jumped:
    SAY 16, "steady: FAILED: time jumped\r\n"
1:  cli
    hlt
    jmp 1b

    SERIAL_ROUTINES 16

.balign 4
last:   .long 0
count:  .long 0
begin:  .long 0
limit:  .long 0
