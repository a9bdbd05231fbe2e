# The guest that does what no guest should: random port, MMIO, MSR, control register, hypercall and CPUID accesses and
# random bytes as instructions, in 16, 32 and 64-bit mode. All exceptions end a sequence and begin the next one. In the end it
# kills itself somehow; who boots it says what follows. `*LIFE;` begins a life.
#
# The numbers follow from the seed and the time-stamp counter: no two lives are the same, and a machine that counts
# instructions repeats them all.
.intel_syntax noprefix
#include "serial.inc"

.equ IDT, 0x1000            # 256 gates of eight bytes for 32-bit mode
.equ IDT64, 0x2000          # 256 gates of sixteen bytes
.equ STACK, 0x7000
.equ ARENA, 0x40000         # random bytes, executed
.equ TABLES, 0x10000        # page tables for 64-bit mode: the first 4 GiB to themselves
.equ CODE, 0x08
.equ DATA, 0x10
.equ CODE64, 0x18
.equ CODE16, 0x20
.equ SEQUENCES, 60          # in one mode before the next
.equ EFER, 0xc0000080

# The next number in eax, of the state at that place (xorshift32, Marsaglia, "Xorshift RNGs", 2003); edx is used.
.macro RANDOM at=state
    mov eax, [\at]
    mov edx, eax
    shl edx, 13
    xor eax, edx
    mov edx, eax
    shr edx, 17
    xor eax, edx
    mov edx, eax
    shl edx, 5
    xor eax, edx
    mov [\at], eax
.endm

# Fills ecx bytes at edi. HLT is left out: with interrupts off it would end a life too soon.
.macro BYTES at=state
8:  RANDOM \at
    cmp al, 0xf4
    je 8b
    stosb
    loop 8b
.endm

.code16
start:
    cli
    jmp 1f
    .balign 8
parameter:  .long 0
seed:       .long 0x5eed1234
1:  xor eax, eax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACK
    call serial_start_16
    rdtsc
    xor eax, [seed]
    or eax, 1
    mov [state], eax
    push eax
    SAY 16, "*"
    pop eax
    call print_hex_16
    SAY 16, ";\r\n"
    call serial_wait_16
    # Random bytes in real mode: whatever they do, the interrupt table leads back as long as it lasts.
    xor edi, edi
2:  mov word ptr [edi], offset real_again
    mov word ptr [edi + 2], 0
    add edi, 4
    cmp edi, 0x400
    jb 2b
    mov dword ptr [left], SEQUENCES
real_again:
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACK
    dec dword ptr [left]
    jz to_protected
    mov ecx, 256
    mov edi, offset scrap
3:  BYTES
    RANDOM
    test al, 3
    jz 4f
    jmp scrap
4:  RANDOM
    movzx edx, ax
    RANDOM
    test al, 1
    jz 5f
    out dx, eax
5:  in ax, dx
    jmp real_again

to_protected:
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp CODE, offset protected

    SERIAL_ROUTINES 16

.code32
protected:
    mov dword ptr [left], SEQUENCES
protected_again:
    cli
    cld
    mov ax, DATA
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, STACK
    lgdt [gdt_pointer]
    # Every vector begins the next sequence.
    mov ecx, 256
    mov edi, IDT
    mov eax, offset protected_again
    add eax, CODE << 16
1:  mov [edi], eax
    mov dword ptr [edi + 4], 0x8e00
    add edi, 8
    loop 1b
    lidt [idt_pointer]
    dec dword ptr [left]
    jz to_long
    RANDOM
    and eax, 15
    jmp [choices + eax * 4]

.balign 4
choices:
    .long port_in, port_out, port_string, memory_read, memory_write, msr_read, msr_write, control_read
    .long control_write, hypercall, cpuid_any, apic_any, random_bytes, random_bytes, random_bytes, random_bytes

port_in:
    RANDOM
    movzx edx, ax
    in eax, dx
    jmp protected_again
port_out:
    RANDOM
    mov ebx, eax
    RANDOM
    movzx edx, ax
    mov eax, ebx
    out dx, eax
    out dx, al
    jmp protected_again
port_string:
    RANDOM
    movzx ecx, al
    RANDOM
    movzx ebx, ax
    mov edx, ebx
    mov edi, ARENA
    mov esi, ARENA
    test al, 1
    jz 1f
    rep insb
1:  rep outsw
    jmp protected_again
memory_read:
    RANDOM
    mov ebx, [eax]
    movzx ebx, byte ptr [eax + 1]
    jmp protected_again
memory_write:
    RANDOM
    mov ebx, eax
    RANDOM
    or eax, 0xc0000000      # beyond all RAM, where devices are
    mov [eax], ebx
    xchg [eax + 2], bx
    lock xadd [eax], ebx
    jmp protected_again
msr_read:
    RANDOM
    mov ecx, eax
    RANDOM
    test al, 1
    jz 1f
    and ecx, 0xc0000fff
1:  rdmsr
    jmp protected_again
msr_write:
    RANDOM
    mov ecx, eax
    RANDOM
    test al, 3
    jz 1f
    and ecx, 0xc0000fff
1:  RANDOM
    mov ebx, eax
    RANDOM
    mov edx, ebx
    wrmsr
    jmp protected_again
control_read:
    mov eax, cr0
    mov eax, cr2
    mov eax, cr3
    mov eax, cr4
    mov eax, dr7
    smsw ax
    sgdt [scrap]
    sidt [scrap]
    str ax
    jmp protected_again
control_write:
    RANDOM
    mov ebx, eax
    RANDOM
    test al, 1
    jz 1f
    mov eax, cr4
    and ebx, 0xfff
    xor eax, ebx
    mov cr4, eax
    xor eax, ebx
    mov cr4, eax
    jmp protected_again
1:  test al, 2
    jz 2f
    mov eax, cr0
    and ebx, 0x60050020     # CD NW AM WP NE
    xor eax, ebx
    mov cr0, eax
    jmp protected_again
2:  mov cr2, ebx
    mov dr0, ebx
    mov dr7, ebx
    and ebx, 0xfff000
    mov cr3, ebx
    invlpg [ebx]
    wbinvd
    jmp protected_again
hypercall:
    RANDOM
    mov ebx, eax
    RANDOM
    mov ecx, eax
    RANDOM
    mov esi, edx
    test al, 1
    jz 1f
    vmmcall
    jmp protected_again
1:  vmcall
    jmp protected_again
cpuid_any:
    RANDOM
    mov ecx, eax
    RANDOM
    test al, 1
    jz 1f
    and eax, 0xc000011f
1:  cpuid
    xgetbv
    rdpmc
    monitor
    jmp protected_again
apic_any:
    RANDOM
    mov ebx, eax
    RANDOM
    and eax, 0x3f0
    add eax, 0xfee00000
    mov ecx, [eax]
    mov [eax], ebx
    sti
    nop
    jmp protected_again

random_bytes:
    mov ecx, 256
    mov edi, ARENA
1:  BYTES
    RANDOM
    mov ebx, eax
    RANDOM
    mov ecx, eax
    RANDOM
    mov ebp, eax
    RANDOM
    mov edi, ARENA
    jmp edi

to_long:
    mov dword ptr [left], SEQUENCES
    # Page tables: four large-page tables under one of each level above.
    mov edi, TABLES
    xor eax, eax
    mov ecx, 0x6000 / 4
    rep stosd
    mov dword ptr [TABLES], TABLES + 0x1007
    mov ecx, 4
    mov edi, TABLES + 0x1000
    mov eax, TABLES + 0x2007
1:  mov [edi], eax
    add edi, 8
    add eax, 0x1000
    loop 1b
    mov edi, TABLES + 0x2000
    mov eax, 0x87           # present, writable, user, 2 MiB
    mov ecx, 2048
2:  mov [edi], eax
    add edi, 8
    add eax, 0x200000
    loop 2b
    mov ecx, 256
    mov edi, IDT64
    mov eax, offset long_again
    add eax, CODE64 << 16
3:  mov [edi], eax
    mov dword ptr [edi + 4], 0x8e00
    mov dword ptr [edi + 8], 0
    mov dword ptr [edi + 12], 0
    add edi, 16
    loop 3b
    lidt [idt64_pointer]
    mov eax, cr4
    or eax, 0x20
    mov cr4, eax
    mov eax, TABLES
    mov cr3, eax
    mov ecx, EFER
    rdmsr
    or eax, 0x100
    wrmsr
    mov eax, cr0
    or eax, 0x80000001
    mov cr0, eax
    ljmp CODE64, offset long_again

.code64
long_again:
    cli
    cld
    mov esp, STACK
    # 32-bit objects hold no 64-bit references: everything is found from here.
    mov r15d, offset state
    lidt [r15 + (idt64_pointer - state)]
    dec dword ptr [r15 + (left - state)]
    jnz 1f
    # From here on nothing leads back: a triple fault, or whatever the bytes do before.
    mov dword ptr [r15 + (left - state)], SEQUENCES
    lidt [r15 + (nothing - state)]
1:  mov ecx, 64
    mov edi, ARENA
2:  BYTES r15
    RANDOM r15
    mov ebx, eax
    RANDOM r15
    mov ecx, eax
    RANDOM r15
    test al, 7
    jnz 3f
    rdmsr
    cpuid
    vmmcall
3:  mov rsi, rbx
    shl rsi, 32
    or rsi, rcx
    mov r8, rsi
    mov edi, ARENA
    jmp rdi

.data
.balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
    .quad 0x00af9b000000ffff
    .quad 0x000f9b000000ffff
gdt_pointer:
    .word 39
    .long gdt
idt_pointer:
    .word 256 * 8 - 1
    .long IDT
    .long 0
idt64_pointer:
    .word 256 * 16 - 1
    .quad IDT64
nothing:
    .word 0
    .quad 0
.balign 4
state:      .long 0
left:       .long 0
scrap:      .skip 320
