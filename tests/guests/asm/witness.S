# A guest whose memory must not change: it fills its second mebibyte with numbers and then, round after round, says the
# hash of it.
.intel_syntax noprefix
#include "serial.inc"

.equ CODE, 0x08
.equ DATA, 0x10
.equ FIRST, 0x100000
.equ END, 0x200000
.equ FNV_BASIS, 0x811c9dc5
.equ FNV_PRIME, 0x01000193

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7ff0
    call serial_start_16
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp CODE, offset protected

    SERIAL_ROUTINES 16

.code32
protected:
    mov eax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7ff0
    mov edi, FIRST
    mov eax, FNV_BASIS
1:  imul eax, eax, FNV_PRIME
    inc eax
    stosd
    cmp edi, END
    jb 1b
    xor ebp, ebp
# FNV-1a over words; the round's number begins each line.
2:  mov esi, FIRST
    mov ebx, FNV_BASIS
3:  lodsd
    xor ebx, eax
    imul ebx, ebx, FNV_PRIME
    cmp esi, END
    jb 3b
    SAY 32, "witness: "
    mov eax, ebp
    call print_hex_32
    SAY 32, " "
    mov eax, ebx
    call print_hex_32
    SAY 32, ";\r\n"
    inc ebp
    jmp 2b

    SERIAL_ROUTINES 32

.data
.balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .word 23
    .long gdt
