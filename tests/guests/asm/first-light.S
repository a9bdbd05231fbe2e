# The first guest: from real mode to interrupts by every path that a PC has, one line for each thing that works.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ IDT, 0x6000
.equ STACK, 0x7ff0
.equ CODE, 0x08
.equ DATA, 0x10

.equ LOCAL_APIC, 0xfee00000
.equ APIC_ID, LOCAL_APIC + 0x20
.equ APIC_EOI, LOCAL_APIC + 0xb0
.equ APIC_SVR, LOCAL_APIC + 0xf0
.equ APIC_LVT_TIMER, LOCAL_APIC + 0x320
.equ APIC_LVT_LINT0, LOCAL_APIC + 0x350
.equ APIC_INITIAL_COUNT, LOCAL_APIC + 0x380
.equ APIC_DIVIDE, LOCAL_APIC + 0x3e0
.equ IOREGSEL, 0xfec00000
.equ IOWIN, 0xfec00010
.equ NOTHING_THERE, 0xd0000000

.equ VECTOR_GP, 13
.equ VECTOR_PIC, 0x20
.equ VECTOR_IO_APIC, 0x40
.equ VECTOR_APIC_TIMER, 0x41
.equ VECTOR_SPURIOUS, 0xff

.macro FAIL text
    SAY 32, "first-light: FAILED \text\r\n"
    jmp end
.endm

# Puts a handler for a vector into the IDT.
.macro GATE vector, handler
    mov eax, offset \handler
    mov word ptr [IDT + \vector * 8], ax
    mov word ptr [IDT + \vector * 8 + 2], CODE
    mov word ptr [IDT + \vector * 8 + 4], 0x8e00
    shr eax, 16
    mov word ptr [IDT + \vector * 8 + 6], ax
.endm

# Halts until a counter has reached a value; there is no moment at which the last interrupt could be missed.
.macro AWAIT counter, value
7:  cli
    cmp dword ptr [\counter], \value
    jae 6f
    sti
    hlt
    jmp 7b
6:
.endm

.macro IO_APIC_WRITE register, value
    mov dword ptr [IOREGSEL], \register
    mov dword ptr [IOWIN], \value
.endm

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACK
    call serial_start_16
    SAY 16, "first-light: real mode\r\n"
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
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov esp, STACK
    SAY 32, "first-light: protected mode\r\n"

    call hypervisor
    call ports
    call strings
    call set_idt
    call interrupts_by_pic
    call interrupts_by_io_apic
    call interrupt_by_apic_timer

    cmp dword ptr [NOTHING_THERE], -1
    je 1f
    FAIL "memory where nothing is does not read as ones"
1:  SAY 32, "first-light: an address without a device reads as ones\r\n"

    mov ecx, 0x4b564dff     # no CPU and no hypervisor has this one
    rdmsr
    cmp dword ptr [general_protection], 1
    je 1f
    FAIL "an unknown MSR was read without an exception"
1:  SAY 32, "first-light: an unknown MSR raises #GP\r\n"

    SAY 32, "first-light: all passed\r\n"
end:
    call serial_wait_32
    POWER_OFF

hypervisor:
    mov eax, 0x40000000
    cpuid
    mov [signature], ebx
    mov [signature + 4], ecx
    mov [signature + 8], edx
    SAY 32, "first-light: CPUID says "
    mov esi, offset signature
    call print_32
    SAY 32, "\r\n"
    ret

# The scratch register keeps what is written, byte by byte.
ports:
    mov dx, COM1 + 7
    mov ecx, 255
1:  mov al, cl
    out dx, al
    in al, dx
    cmp al, cl
    je 2f
    FAIL "the scratch register forgets"
2:  dec ecx
    jnz 1b
    SAY 32, "first-light: the scratch register keeps 255 values\r\n"
    ret

# String output: bursts of what the FIFO holds, without a look at the line status in between.
strings:
    mov esi, offset string
    mov ebx, offset string_end - string
1:  mov ecx, 16
    cmp ebx, ecx
    jae 2f
    mov ecx, ebx
2:  sub ebx, ecx
    call serial_wait_32
    mov dx, COM1
    rep outsb
    test ebx, ebx
    jnz 1b
    ret

set_idt:
    xor ebx, ebx
1:  mov eax, offset unexpected
    mov word ptr [IDT + ebx * 8], ax
    mov word ptr [IDT + ebx * 8 + 2], CODE
    mov dword ptr [IDT + ebx * 8 + 4], 0x8e00
    inc ebx
    cmp ebx, 256
    jb 1b
    GATE VECTOR_GP, on_general_protection
    GATE VECTOR_PIC, on_pic
    GATE VECTOR_IO_APIC, on_io_apic
    GATE VECTOR_APIC_TIMER, on_apic_timer
    GATE VECTOR_SPURIOUS, on_spurious
    lidt [idt_pointer]
    ret

# 8254 channel 0 through the 8259A, which reaches the CPU by LINT0 as on a board after its firmware.
interrupts_by_pic:
    mov dword ptr [APIC_SVR], 0x100 | VECTOR_SPURIOUS
    mov dword ptr [APIC_LVT_LINT0], 0x700
    mov al, 0x11            # ICW1: edge, cascade, ICW4 follows
    out 0x20, al
    out 0xa0, al
    mov al, VECTOR_PIC
    out 0x21, al
    mov al, VECTOR_PIC + 8
    out 0xa1, al
    mov al, 4               # ICW3: the slave is at input 2
    out 0x21, al
    mov al, 2
    out 0xa1, al
    mov al, 1               # ICW4: 8086 mode
    out 0x21, al
    out 0xa1, al
    mov al, 0xfe
    out 0x21, al
    mov al, 0xff
    out 0xa1, al
    mov al, 0x34            # channel 0, low and high byte, mode 2
    out 0x43, al
    mov al, 1193 & 0xff     # 1000 Hz
    out 0x40, al
    mov al, 1193 >> 8
    out 0x40, al
    AWAIT pic_ticks, 5
    mov al, 0xff
    out 0x21, al
    mov dword ptr [APIC_LVT_LINT0], 0x10700
    SAY 32, "first-light: 5 timer interrupts by the PIC\r\n"
    ret

# The same timer through pin 2 of the I/O APIC.
interrupts_by_io_apic:
    mov dword ptr [IOREGSEL], 1
    mov eax, [IOWIN]
    mov ebx, eax
    shr eax, 16
    cmp al, 23
    je 1f
    FAIL "the I/O APIC has not 24 pins"
1:  SAY 32, "first-light: I/O APIC version "
    mov eax, ebx
    call print_hex_32
    SAY 32, "\r\n"
    mov eax, [APIC_ID]
    and eax, 0xff000000
    IO_APIC_WRITE 0x15, eax
    IO_APIC_WRITE 0x14, VECTOR_IO_APIC
    AWAIT io_apic_ticks, 5
    IO_APIC_WRITE 0x14, 0x10000 | VECTOR_IO_APIC
    SAY 32, "first-light: 5 timer interrupts by the I/O APIC\r\n"
    ret

interrupt_by_apic_timer:
    mov dword ptr [APIC_DIVIDE], 0xb
    mov dword ptr [APIC_LVT_TIMER], VECTOR_APIC_TIMER
    mov dword ptr [APIC_INITIAL_COUNT], 1000000
    AWAIT apic_ticks, 1
    SAY 32, "first-light: a local APIC timer interrupt\r\n"
    ret

on_pic:
    push eax
    inc dword ptr [pic_ticks]
    mov al, 0x20
    out 0x20, al
    pop eax
    iretd

on_io_apic:
    inc dword ptr [io_apic_ticks]
    mov dword ptr [APIC_EOI], 0
    iretd

on_apic_timer:
    inc dword ptr [apic_ticks]
    mov dword ptr [APIC_EOI], 0
    iretd

on_spurious:
    iretd

# Steps over the RDMSR that raised it.
on_general_protection:
    add esp, 4
    inc dword ptr [general_protection]
    add dword ptr [esp], 2
    iretd

unexpected:
    FAIL "an unexpected interrupt or exception"

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
idt_pointer:
    .word 256 * 8 - 1
    .long IDT
signature:          .skip 13
string:             .ascii "first-light: string output by rep outsb\r\n"
string_end:
.balign 4
pic_ticks:          .long 0
io_apic_ticks:      .long 0
apic_ticks:         .long 0
general_protection: .long 0
