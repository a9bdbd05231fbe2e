# A guest that says that it has booted and asks for a reset, in each of its lives.
.intel_syntax noprefix
#include "serial.inc"

.equ RESET_CONTROL, 0xcf9

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "reset-guest: boot\r\n"
    call serial_wait_16
    mov dx, RESET_CONTROL
    mov al, 2
    out dx, al
    mov al, 6
    out dx, al
1:  hlt
    jmp 1b

    SERIAL_ROUTINES 16
