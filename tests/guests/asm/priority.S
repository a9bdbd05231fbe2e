# CR8 in 64-bit mode: what it holds back comes when it lets it through, though the guest does nothing that exits.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ IDT, 0x6000
.equ INTERRUPTS, 0x7000     # their number
.equ TABLES, 0x10000        # three levels, then 2 MiB pages
.equ CODE32, 0x08
.equ DATA, 0x10
.equ CODE64, 0x18
.equ APIC_BASE, 0x1b
.equ EFER, 0xc0000080
.equ X2APIC_EOI, 0x80b
.equ X2APIC_SVR, 0x80f
.equ X2APIC_SELF_IPI, 0x83f
.equ VECTOR, 0x50           # class 5
.equ MOMENT, 100000         # turns of a loop that does not exit
.equ PATIENCE, 200000000

.macro FAIL text
    mov esi, offset 9f
    jmp fail
    .pushsection .rodata
9:  .asciz "priority: FAILED \text\r\n"
    .popsection
.endm

# The number of interrupts so far must be this one, now or soon.
.macro EXPECT count, text
    mov ecx, PATIENCE
7:  cmp dword ptr [INTERRUPTS], \count
    je 8f
    dec ecx
    jnz 7b
    FAIL "\text"
8:
.endm

# It must be this one, and stay so.
.macro EXPECT_STILL count, text
    mov ecx, MOMENT
7:  cmp dword ptr [INTERRUPTS], \count
    jne 8f
    dec ecx
    jnz 7b
    jmp 6f
8:  FAIL "\text"
6:
.endm

.macro SET_CR8 value
    mov eax, \value
    mov cr8, rax
.endm

.macro INTERRUPT_SELF
    mov ecx, X2APIC_SELF_IPI
    mov eax, VECTOR
    xor edx, edx
    wrmsr
.endm

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
    ljmp CODE32, offset protected

    SERIAL_ROUTINES 16

.code32
protected:
    mov eax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov dword ptr [TABLES], TABLES + 0x1003
    mov dword ptr [TABLES + 0x1000], TABLES + 0x2003
    mov dword ptr [TABLES + 0x2000], 0x83
    mov eax, TABLES
    mov cr3, eax
    mov eax, cr4
    or eax, 1 << 5          # PAE
    mov cr4, eax
    lidt [idt_pointer]
    mov ecx, EFER
    rdmsr
    or eax, 1 << 8          # LME
    wrmsr
    mov eax, cr0
    or eax, 1 << 31
    mov cr0, eax
    ljmp CODE64, offset long_mode

back:                       # in 32-bit code again: esi is the text
    mov eax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    call print_32
    call serial_wait_32
    POWER_OFF

    SERIAL_ROUTINES 32

.code64
long_mode:
    mov eax, offset on_interrupt
    mov word ptr [IDT + VECTOR * 16], ax
    mov word ptr [IDT + VECTOR * 16 + 2], CODE64
    mov word ptr [IDT + VECTOR * 16 + 4], 0x8e00
    mov ecx, APIC_BASE
    rdmsr
    or eax, 3 << 10
    wrmsr
    mov ecx, X2APIC_SVR
    mov eax, 0x1ff
    xor edx, edx
    wrmsr
    sti

    SET_CR8 4
    INTERRUPT_SELF
    EXPECT 1, "an interrupt above CR8 does not come"
    SET_CR8 15
    INTERRUPT_SELF
    EXPECT_STILL 1, "an interrupt comes below CR8"
    SET_CR8 5
    EXPECT_STILL 1, "an interrupt comes at the class of CR8"
    SET_CR8 4
    EXPECT 2, "an interrupt does not come when CR8 lets it through"
    SET_CR8 5
    INTERRUPT_SELF
    cli
    SET_CR8 0
    EXPECT_STILL 2, "an interrupt comes with interrupts off"
    sti
    EXPECT 3, "an interrupt does not come with interrupts on"
    mov rax, cr8
    test rax, rax
    jz 1f
    FAIL "CR8 is not what was written"
1:  mov esi, offset passed
fail:
    mov rsp, 0x7ff0
    push CODE32
    mov eax, offset back
    push rax
    retfq

on_interrupt:
    push rax
    push rcx
    push rdx
    inc dword ptr [INTERRUPTS]
    mov ecx, X2APIC_EOI
    xor eax, eax
    xor edx, edx
    wrmsr
    pop rdx
    pop rcx
    pop rax
    iretq

.data
.balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
    .quad 0x00af9b000000ffff
gdt_pointer:
    .word 31
    .long gdt
idt_pointer:
    .word 0xfff
    .long IDT
passed:
    .asciz "priority: all passed\r\n"
