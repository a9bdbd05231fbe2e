# Ways in which a guest ends itself: which one is a matter of where it is entered, 16 bytes apart.
.intel_syntax noprefix
#include "power.inc"

.equ RESET_CONTROL, 0xcf9
.equ KEYBOARD_COMMAND, 0x64
.equ PULSE_RESET, 0xfe
.equ NOTHING_THERE, 0x10000000

.code16
# Entry 0: ACPI S5.
    jmp soft_off
.balign 16
# Entry 1: the reset control register.
    jmp reset_control
.balign 16
# Entry 2: the keyboard controller's reset line.
    jmp keyboard
.balign 16
# Entry 3: an exception that no descriptor table can deliver.
    jmp triple_fault
.balign 16
# Entry 4: HLT that nothing ends.
    cli
1:  hlt
    jmp 1b
.balign 16
# Entry 5: a loop that nothing ends.
    cli
1:  jmp 1b
.balign 16
# Entry 6: a division by what no memory holds, which nobody carries out.
    jmp lost

soft_off:
    POWER_OFF

reset_control:
    mov dx, RESET_CONTROL
    mov al, 2
    out dx, al
    mov al, 6
    out dx, al
1:  hlt
    jmp 1b

keyboard:
    mov al, PULSE_RESET
    out KEYBOARD_COMMAND, al
1:  hlt
    jmp 1b

triple_fault:
    xor eax, eax
    mov ds, ax
    lidt [no_table]
    ud2

no_table:
    .word 0
    .long 0

lost:
    xor ax, ax
    mov ds, ax
    lgdt [descriptor_table]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov ax, 8
    mov ds, ax
    mov ebx, NOTHING_THERE
    div byte ptr [ebx]

.balign 8
descriptors:
    .quad 0
    .quad 0x00cf93000000ffff
descriptor_table:
    .word 15
    .long descriptors
