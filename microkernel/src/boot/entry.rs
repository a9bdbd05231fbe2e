//! The way in: from the boot loader's 32-bit protected mode to Rust in the upper half.
//!
//! One entry serves Multiboot 2 (GRUB; eax holds 0x36d76289, ebx the information) and PVH (`qemu -kernel`; ebx holds the
//! start information). Both leave paging off and flat segments. The boot page tables map the first 4 GiB at their own
//! addresses and in the direct map, and the first 1 GiB at the core's base; the core replaces them as soon as it has memory.

use core::arch::global_asm;

global_asm!(
    r#"
.section .multiboot2,"a"
.balign 8
multiboot2_header:
    .long 0xe85250d6
    .long 0
    .long multiboot2_end - multiboot2_header
    .long 0x100000000 - (0xe85250d6 + (multiboot2_end - multiboot2_header))
    .balign 8
    .short 6, 0              # modules page-aligned
    .long 8
    .balign 8
    .short 0, 0
    .long 8
multiboot2_end:

.section .note.pvh,"a",@note
.balign 4
    .long 4
    .long 4
    .long 18                 # XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long _start

.section .boot.text,"ax"
.code32
.global _start
_start:
    cli
    cld
    mov edi, eax
    mov esi, ebx
    mov esp, offset boot_stack_end
    mov eax, offset boot_pdpt
    or eax, 3
    mov dword ptr [boot_pml4], eax
    mov dword ptr [boot_pml4 + 256 * 8], eax
    mov eax, offset boot_pdpt_high
    or eax, 3
    mov dword ptr [boot_pml4 + 511 * 8], eax
    mov eax, offset boot_pd
    or eax, 3
    mov dword ptr [boot_pdpt_high + 510 * 8], eax
    mov ecx, 4
    mov ebx, offset boot_pdpt
1:  mov dword ptr [ebx], eax
    add eax, 0x1000
    add ebx, 8
    dec ecx
    jnz 1b
    mov ebx, offset boot_pd
    mov eax, 0x83
    mov ecx, 2048
2:  mov dword ptr [ebx], eax
    add eax, 0x200000
    add ebx, 8
    dec ecx
    jnz 2b
    mov eax, offset boot_pml4
    call boot_long_mode
    lgdt [boot_gdt_pointer]
    push 8
    mov eax, offset boot_start64
    push eax
    retf

# Turns paging and long mode on with the tables at eax. Used by all CPUs.
.global boot_long_mode
boot_long_mode:
    mov cr3, eax
    mov eax, 0x620           # PAE, OSFXSR, OSXMMEXCPT, and nothing that the firmware left
    mov cr4, eax
    mov ecx, 0xc0000080
    rdmsr
    or eax, 0x900            # LME, NXE
    wrmsr
    mov eax, cr0
    and eax, 0x9ffffffb      # CD, NW, EM off
    or eax, 0x80010022       # PG, WP, NE, MP
    mov cr0, eax
    ret

.code64
boot_start64:
    mov eax, 16
    mov ds, eax
    mov es, eax
    mov ss, eax
    xor eax, eax
    mov fs, eax
    mov gs, eax
    mov edi, edi
    mov esi, esi
    mov rsp, offset core_boot_stack_end
    mov rax, offset core_start
    call rax
3:  hlt
    jmp 3b

.section .boot.data,"aw"
.balign 16
.global boot_gdt
boot_gdt: .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff, 0x00cf9a000000ffff
.global boot_gdt_pointer
boot_gdt_pointer: .short 31
    .quad boot_gdt

.section .boot.bss,"aw",@nobits
.balign 4096
.global boot_pml4
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_pdpt_high: .skip 4096
boot_pd: .skip 16384
boot_stack: .skip 4096
boot_stack_end:

.section .bss.boot_stack,"aw",@nobits
.balign 4096
core_boot_stack: .skip 65536
.global core_boot_stack_end
core_boot_stack_end:
"#
);
