# A guest that says that it has booted and asks for a reset, in each of its lives. It says as much as the VM manager then logs: a
# guest waits for the console, and the log does not, so a guest of fewer words would outrun a slow serial port.
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
    SAY 16, "reset-guest: for a line of the loader's\r\nreset-guest: for a step to Created\r\n"
    SAY 16, "reset-guest: for a step to Started\r\nreset-guest: for a VM that is recovered\r\n"
    SAY 16, "reset-guest: for whatever else there is\r\n"
    call serial_wait_16
    mov dx, RESET_CONTROL
    mov al, 2
    out dx, al
    mov al, 6
    out dx, al
1:  hlt
    jmp 1b

    SERIAL_ROUTINES 16
