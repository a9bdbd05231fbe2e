# Four virtual CPUs: start-up, interprocessor interrupts of every kind, and starting a CPU again; first by the page of
# the xAPIC, then by the MSRs of the x2APIC.
.intel_syntax noprefix
#include "serial.inc"
#include "power.inc"

.equ IDT, 0x6000
.equ STACKS, 0x5000         # 1 KiB for each CPU below the IDT
.equ CODE, 0x08
.equ DATA, 0x10
.equ CPUS, 4

.equ LOCAL_APIC, 0xfee00000
.equ APIC_EOI, LOCAL_APIC + 0xb0
.equ APIC_LDR, LOCAL_APIC + 0xd0
.equ APIC_SVR, LOCAL_APIC + 0xf0
.equ APIC_ICR_LOW, LOCAL_APIC + 0x300
.equ APIC_ICR_HIGH, LOCAL_APIC + 0x310
.equ TSC_ADJUST, 0x3b
.equ APIC_BASE, 0x1b
.equ X2APIC_EOI, 0x80b
.equ X2APIC_SVR, 0x80f
.equ X2APIC_ICR, 0x830
.equ X2APIC_SELF_IPI, 0x83f
.equ SVR_ENABLED, 0x1ff

.equ VECTOR_NMI, 2
.equ VECTOR_IPI, 0x50
.equ VECTOR_SPURIOUS, 0xff

# Interrupt commands.
.equ FIXED, 0x4000 | VECTOR_IPI
.equ LOWEST, 0x4100 | VECTOR_IPI
.equ NMI, 0x4400
.equ INIT, 0x4500
.equ START_UP, 0x4600
.equ LOGICAL, 1 << 11
.equ SELF, 1 << 18
.equ EVERYBODY, 2 << 18
.equ OTHERS, 3 << 18

# What the others do when they are up.
.equ DO_WAIT, 0             # halt until an interrupt comes, again and again
.equ DO_SPIN, 1             # an endless loop with interrupts off
.equ DO_HALT, 2             # halt with interrupts off

.macro GATE vector, handler
    mov eax, offset \handler
    mov word ptr [IDT + \vector * 8], ax
    mov word ptr [IDT + \vector * 8 + 2], CODE
    mov word ptr [IDT + \vector * 8 + 4], 0x8e00
    shr eax, 16
    mov word ptr [IDT + \vector * 8 + 6], ax
.endm

.macro SEND command, destination=0
    mov eax, \command
    mov edx, \destination
    call send
.endm

# Waits until four counters have these values, and makes sure that they stay so.
.macro EXPECT counters, a, b, c, d, what:vararg
    mov dword ptr [wanted], \a
    mov dword ptr [wanted + 4], \b
    mov dword ptr [wanted + 8], \c
    mov dword ptr [wanted + 12], \d
    mov edi, offset \counters
    call await
    jc 5f
    SAY 32, "smp: "
    call say_mode
    SAY 32, \what
    SAY 32, "\r\n"
    .pushsection .text.failures
5:  SAY 32, "smp: FAILED "
    call say_mode
    SAY 32, \what
    jmp show
    .popsection
.endm

.code16
start:
    cli
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACKS + 0x400
    call serial_start_16
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp CODE, offset protected

    SERIAL_ROUTINES 16

# Start-up begins here, in real mode, at the start of a page.
.balign 4096
trampoline:
    cli
    xor eax, eax
    mov ds, ax
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp CODE, offset other

.code32
protected:
    mov eax, DATA
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov esp, STACKS + 0x400
    GATE VECTOR_NMI, on_nmi
    GATE VECTOR_IPI, on_ipi
    GATE VECTOR_SPURIOUS, on_spurious
    lidt [idt_pointer]

    call round              # by the page
    mov dword ptr [mode], 1
    call round              # by MSRs
    call clocks
    SAY 32, "smp: all passed\r\n"
end:
    call serial_wait_32
    POWER_OFF

# Every kind of interprocessor interrupt, with the counters at zero.
round:
    xor eax, eax
    mov edi, offset counters
    mov ecx, 3 * CPUS
    rep stosd
    mov dword ptr [task], DO_WAIT
    call enable_apic
    sti

    SEND INIT | OTHERS
    SEND START_UP | (0x9) | OTHERS
    SEND START_UP | (0x9) | OTHERS
    EXPECT started, 0, 1, 1, 1, "start-up starts a CPU once"
    SEND FIXED, 1
    SEND FIXED, 3
    EXPECT interrupts, 0, 1, 0, 1, "fixed, by identifier"
    SEND FIXED | SELF
    EXPECT interrupts, 1, 1, 0, 1, "fixed, to itself"
    SEND FIXED | EVERYBODY
    EXPECT interrupts, 2, 2, 1, 2, "fixed, to all"
    SEND FIXED | OTHERS
    EXPECT interrupts, 2, 3, 2, 3, "fixed, to all others"
    SEND FIXED, -1
    EXPECT interrupts, 3, 4, 3, 4, "fixed, by the broadcast identifier"
    SEND FIXED | LOGICAL, 0b0101
    EXPECT interrupts, 4, 4, 4, 4, "fixed, to a set"
    cmp dword ptr [mode], 0
    je 1f
    mov eax, VECTOR_IPI
    xor edx, edx
    mov ecx, X2APIC_SELF_IPI
    wrmsr
    EXPECT interrupts, 5, 4, 4, 4, "fixed, by the self-IPI register"
    SEND FIXED | OTHERS
    jmp 2f
1:  SEND FIXED | EVERYBODY
2:  EXPECT interrupts, 5, 5, 5, 5, "fixed, and everybody has had five"

    SEND NMI, 2
    EXPECT nmis, 0, 0, 1, 0, "NMI, by identifier"
    SEND NMI | OTHERS
    EXPECT nmis, 0, 1, 2, 1, "NMI, to all others"
    SEND LOWEST | LOGICAL, 0b0010
    EXPECT interrupts, 5, 6, 5, 5, "lowest priority, to a set of one"

    mov dword ptr [task], DO_SPIN
    SEND INIT, 3
    SEND START_UP | 0x9, 3
    EXPECT started, 0, 1, 1, 2, "INIT and start-up end a HLT"
    mov dword ptr [task], DO_HALT
    SEND INIT, 3
    SEND START_UP | 0x9, 3
    EXPECT started, 0, 1, 1, 3, "INIT and start-up end a loop with interrupts off"
    SEND FIXED, 3
    EXPECT interrupts, 5, 6, 5, 5, "an interrupt does not end a HLT with interrupts off"
    SEND NMI, 3
    EXPECT nmis, 0, 1, 2, 2, "an NMI ends a HLT with interrupts off"
    SEND START_UP | 0x9, 3
    EXPECT started, 0, 1, 1, 3, "start-up without INIT does nothing"
    cli
    ret

# The time-stamp counter moves as the guest says, and only on the CPU that says so.
clocks:
    rdtsc
    mov ebx, edx
    mov ecx, TSC_ADJUST
    xor eax, eax
    mov edx, 0x10000
    wrmsr
    rdmsr
    cmp edx, 0x10000
    jne 1f
    rdtsc
    sub edx, ebx
    cmp edx, 0x10000
    jb 1f
    cmp edx, 0x10100
    ja 1f
    mov ecx, 0x10
    xor eax, eax
    mov edx, ebx
    wrmsr
    rdtsc
    sub edx, ebx
    cmp edx, 0x100
    ja 1f
    mov ecx, TSC_ADJUST
    xor eax, eax
    xor edx, edx
    wrmsr
    SAY 32, "smp: the time-stamp counter moves as it is told\r\n"
    ret
1:  SAY 32, "smp: FAILED the time-stamp counter does not move as it is told\r\n"
    jmp end

# Another CPU is up.
other:
    mov eax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov eax, 1
    cpuid
    shr ebx, 24
    mov esp, ebx            # no call before there is a stack
    shl esp, 10
    add esp, STACKS + 0x400
    lidt [idt_pointer]
    call enable_apic
    call cpu_number
    mov ecx, [task]
    lock inc dword ptr [started + ebx * 4]
    cmp ecx, DO_SPIN
    je 2f
    cmp ecx, DO_HALT
    je 3f
1:  sti
    hlt
    jmp 1b
2:  jmp 2b
3:  cli
    hlt
    jmp 3b

# ebx: this CPU's number. All other registers are lost but the stack pointer.
cpu_number:
    mov eax, 1
    cpuid
    shr ebx, 24
    ret

# Enables the local APIC in the mode of this round; its logical identifier is a bit for its number.
enable_apic:
    cmp dword ptr [mode], 0
    jne 1f
    call cpu_number
    lea ecx, [ebx + 24]
    mov eax, 1
    shl eax, cl
    mov [APIC_LDR], eax
    mov dword ptr [APIC_SVR], SVR_ENABLED
    ret
1:  mov ecx, APIC_BASE
    rdmsr
    or eax, 3 << 10
    wrmsr
    mov ecx, X2APIC_SVR
    mov eax, SVR_ENABLED
    xor edx, edx
    wrmsr
    ret

# Sends the command in eax to the destination in edx.
send:
    cmp dword ptr [mode], 0
    jne 1f
    shl edx, 24
    mov [APIC_ICR_HIGH], edx
    mov [APIC_ICR_LOW], eax
    ret
1:  mov ecx, X2APIC_ICR
    wrmsr
    ret

# Waits until the four counters at edi are as wanted; carry if they do not become so in 2^34 ticks, or do not stay so.
await:
    rdtsc
    mov ebx, edx
1:  call compare
    je 2f
    pause
    rdtsc
    sub edx, ebx
    cmp edx, 4
    jb 1b
    stc
    ret
2:  mov ebp, 2000           # what comes too much comes soon
3:  pause
    dec ebp
    jnz 3b
    call compare
    je 4f
    stc
    ret
4:  clc
    ret

# Zero flag: the four counters at edi are as wanted.
compare:
    push edi
    mov esi, offset wanted
    mov ecx, CPUS
    repe cmpsd
    pop edi
    ret

say_mode:
    cmp dword ptr [mode], 0
    jne 1f
    SAY 32, "xAPIC: "
    ret
1:  SAY 32, "x2APIC: "
    ret

# Shows the counters at edi, and ends.
show:
    SAY 32, ", but it is"
    mov ebx, CPUS
1:  SAY 32, " "
    mov eax, [edi]
    call print_hex_32
    add edi, 4
    dec ebx
    jnz 1b
    SAY 32, "\r\n"
    jmp end

on_ipi:
    pusha
    call cpu_number
    lock inc dword ptr [interrupts + ebx * 4]
    cmp dword ptr [mode], 0
    jne 1f
    mov dword ptr [APIC_EOI], 0
    popa
    iretd
1:  mov ecx, X2APIC_EOI
    xor eax, eax
    xor edx, edx
    wrmsr
    popa
    iretd

on_nmi:
    pusha
    call cpu_number
    lock inc dword ptr [nmis + ebx * 4]
    popa
    iretd

on_spurious:
    iretd

    SERIAL_ROUTINES 32

.section .text.failures, "ax"
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
    .word 0x7ff
    .long IDT
.balign 4
mode:
    .long 0
task:
    .long 0
wanted:
    .fill CPUS, 4, 0
counters:
started:
    .fill CPUS, 4, 0
interrupts:
    .fill CPUS, 4, 0
nmis:
    .fill CPUS, 4, 0
