# A guest that writes numbered lines as fast as its serial port takes them, and powers off. In real mode.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ LINES, 3000

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    mov ebx, 1
1:  SAY 16, "line "
    mov eax, ebx
    call print_hex_16
    SAY 16, "\r\n"
    inc ebx
    cmp ebx, LINES
    jbe 1b
    call serial_wait_16
    POWER_OFF

    SERIAL_ROUTINES 16
