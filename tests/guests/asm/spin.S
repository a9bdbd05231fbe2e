# A guest that never gives the CPU away: it spins with interrupts off.
.intel_syntax noprefix
#include "serial.inc"

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "spin: spinning\r\n"
1:  jmp 1b

    SERIAL_ROUTINES 16
