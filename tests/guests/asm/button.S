# A guest that does what it is told: `q` powers it off, `r` resets it, and so does nothing else but its power button, which
# powers it off.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ RESET_CONTROL, 0xcf9
.equ PM1A_STATUS, 0x600
.equ PWRBTN_STS, 1 << 8
.equ LINE_STATUS, COM1 + 5
.equ DATA_READY, 1

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    SAY 16, "button: ready\r\n"
1:  mov dx, PM1A_STATUS
    in ax, dx
    test ax, PWRBTN_STS
    jnz pressed
    mov dx, LINE_STATUS
    in al, dx
    test al, DATA_READY
    jz 1b
    mov dx, COM1
    in al, dx
    cmp al, 'q'
    je told
    cmp al, 'r'
    jne 1b
    SAY 16, "button: resets\r\n"
    call serial_wait_16
    mov dx, RESET_CONTROL
    mov al, 2
    out dx, al
    mov al, 6
    out dx, al
2:  hlt
    jmp 2b

pressed:
    SAY 16, "button: pressed\r\n"
    jmp off
told:
    SAY 16, "button: told to\r\n"
off:
    call serial_wait_16
    POWER_OFF

    SERIAL_ROUTINES 16
