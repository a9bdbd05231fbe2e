# A multiboot 1 kernel: looks at what its boot loader tells.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ HEADER_MAGIC, 0x1badb002
.equ ENTRY_MAGIC, 0x2badb002
.equ ALIGN_AND_MEMORY, 3

.section .multiboot, "a"
    .long HEADER_MAGIC
    .long ALIGN_AND_MEMORY
    .long -(HEADER_MAGIC + ALIGN_AND_MEMORY)

.text
.code32
.global start
start:
    mov esp, offset stack_end
    push eax
    call serial_start_32
    pop eax
    cmp eax, ENTRY_MAGIC
    jne wrong_magic
    SAY 32, "multiboot: magic ok\r\n"
    test dword ptr [ebx], 1
    jz no_memory
    SAY 32, "multiboot: KiB above 1 MiB 0x"
    mov eax, [ebx + 8]
    call print_hex_32
    SAY 32, "\r\n"
    test dword ptr [ebx], 4
    jz end
    SAY 32, "multiboot: command line "
    mov esi, [ebx + 16]
    call print_32
    SAY 32, "\r\n"
end:
    call serial_wait_32
    POWER_OFF

wrong_magic:
    SAY 32, "multiboot: FAILED wrong magic\r\n"
    jmp end
no_memory:
    SAY 32, "multiboot: FAILED no memory information\r\n"
    jmp end

    SERIAL_ROUTINES 32

.bss
.balign 16
    .skip 4096
stack_end:
