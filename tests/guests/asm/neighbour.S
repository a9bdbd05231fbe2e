# A guest beside others: it looks whether its memory is what it wrote there, again and again, and says so each time.
# `#PASS HASH;` is a pass; the hash is the same in all of them.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"
#include "protected.inc"

.equ FIRST, 0x20000
.equ END, 0x1e0000
.equ HOLE, 0xa0000          # from here up to HOLE_END there is no RAM
.equ HOLE_END, 0x100000
.equ VECTOR_TICK, 0x41
.equ PAUSE, 20000000        # ticks of the local APIC's timer between two passes
.equ PRIME, 0x01000193

.code16
start:
    BEGIN 0, 0x2545f491     # the parameter is not used
    call serial_start_16
    ENTER_PROTECTED
    SERIAL_ROUTINES 16

.code32
protected:
    SET_SEGMENTS
    GATES unexpected
    GATE VECTOR_TICK, on_tick
    GATE VECTOR_SPURIOUS, on_spurious
    mov dword ptr [APIC_SVR], 0x100 | VECTOR_SPURIOUS
    mov dword ptr [APIC_DIVIDE], 0xb
    mov dword ptr [APIC_LVT_TIMER], VECTOR_TICK

    mov eax, [seed]
    mov edi, FIRST
1:  cmp edi, HOLE
    jne 2f
    mov edi, HOLE_END
2:  imul eax, eax, 1664525
    add eax, 1013904223
    mov [edi], eax
    add edi, 4
    cmp edi, END
    jb 1b

pass:
    mov eax, 0x811c9dc5
    mov esi, FIRST
1:  cmp esi, HOLE
    jne 2f
    mov esi, HOLE_END
2:  xor eax, [esi]
    imul eax, eax, PRIME
    add esi, 4
    cmp esi, END
    jb 1b
    mov [hash], eax
    SAY 32, "#"
    mov eax, [passes]
    call print_hex_32
    SAY 32, " "
    mov eax, [hash]
    call print_hex_32
    SAY 32, ";\r\n"
    inc dword ptr [passes]

    mov eax, [ticks]
    mov dword ptr [APIC_INITIAL_COUNT], PAUSE
3:  cli
    cmp eax, [ticks]
    jne pass
    sti
    hlt
    jmp 3b

on_tick:
    inc dword ptr [ticks]
    mov dword ptr [APIC_EOI], 0
    iretd

on_spurious:
    iretd

unexpected:
    cli
    SAY 32, "neighbour: FAILED an unexpected interrupt or exception;\r\n"
    call serial_wait_32
    POWER_OFF

    SERIAL_ROUTINES 32

.data
    TABLES
passes:     .long 0
ticks:      .long 0
hash:       .long 0
