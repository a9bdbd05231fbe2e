# A PVH kernel: looks at what its boot loader tells.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ START_MAGIC, 0x336ec578
.equ PHYS32_ENTRY, 18

.section .note.Xen, "a", @note
.balign 4
    .long 4, 4, PHYS32_ENTRY
    .asciz "Xen"
    .long start

.text
.code32
.global start
start:
    mov esp, offset stack_end
    call serial_start_32
    cmp dword ptr [ebx], START_MAGIC
    jne wrong_magic
    SAY 32, "pvh: magic ok\r\n"
    SAY 32, "pvh: memory map entries 0x"
    mov eax, [ebx + 48]
    call print_hex_32
    SAY 32, "\r\n"
    cmp dword ptr [ebx + 24], 0
    je end
    SAY 32, "pvh: command line "
    mov esi, [ebx + 24]
    call print_32
    SAY 32, "\r\n"
end:
    call serial_wait_32
    POWER_OFF

wrong_magic:
    SAY 32, "pvh: FAILED wrong magic\r\n"
    jmp end

    SERIAL_ROUTINES 32

.bss
.balign 16
    .skip 4096
stack_end:
