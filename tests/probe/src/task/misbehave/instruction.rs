//! Instructions that are not for ring 3, or that raise an exception.

use bulkhead_runtime::port;
use core::arch::asm;
use probe::offence::{CORE, NON_CANONICAL};

/// An instruction or a few of them.
macro_rules! instructions {
    ($($line:literal),+ $(; $($operand:tt)+)?) => {{
        // SAFETY: each either raises an exception, which stops this task, or does nothing that lasts; the registers
        // that any of them changes are named.
        unsafe {
            asm!($($line),+, $($($operand)+,)? out("rax") _, out("rcx") _, out("rdx") _, out("rdi") _, out("rsi") _)
        }
    }};
}

/// Commits the offence, if it is one of these.
pub(super) fn commit(name: &str) -> bool {
    arithmetic(name)
        || interrupt(name)
        || segment(name)
        || privileged(name)
        || virtualization(name)
        || stack(name)
        || ports(name)
}

fn arithmetic(name: &str) -> bool {
    match name {
        "divide" => instructions!("xor ecx, ecx", "mov eax, 1", "xor edx, edx", "div ecx"),
        "ud2" => instructions!("ud2"),
        // All exceptions unmasked, then a division by zero; the second x87 instruction raises what the first left.
        "x87" => {
            instructions!("push 0x0340", "fninit", "fldcw [rsp]", "pop rax", "fld1", "fldz", "fdivp", "fwait")
        }
        "simd" => instructions!(
            "push 0x1d00", "ldmxcsr [rsp]", "pop rax", "mov eax, 0x3f800000", "movd xmm0, eax", "pxor xmm1, xmm1",
            "divss xmm0, xmm1"; out("xmm0") _, out("xmm1") _
        ),
        // The core does not save the upper halves, so nobody may use them.
        "avx" => instructions!("vaddps ymm0, ymm0, ymm0"; out("ymm0") _),
        "alignment" => instructions!(
            "pushfq",
            "or dword ptr [rsp], 0x40000",
            "popfq",
            "mov rax, [rsp + 1]",
            "pushfq",
            "and dword ptr [rsp], 0xfffbffff",
            "popfq"
        ),
        _ => return false,
    }
    true
}

fn interrupt(name: &str) -> bool {
    match name {
        "trap-flag" => instructions!("pushfq", "or dword ptr [rsp], 0x100", "popfq", "nop", "nop"),
        "trap-flag-in-call" => instructions!(
            "mov eax, 1000", "pushfq", "or dword ptr [rsp], 0x100", "popfq", "syscall", "nop", "nop";
            out("r8") _, out("r9") _, out("r10") _, out("r11") _
        ),
        "icebp" => instructions!(".byte 0xf1"),
        "int3" => instructions!("int3"),
        "int-nmi" => instructions!("int 2"),
        "int-page-fault" => instructions!("int 14"),
        "int-timer" => instructions!("int 0xf0"),
        "int-80" => instructions!("int 0x80"),
        _ => return false,
    }
    true
}

fn segment(name: &str) -> bool {
    match name {
        "load-core-segment" => instructions!("mov eax, 0x10", "mov ds, eax"),
        "load-tss" => instructions!("mov eax, 0x33", "mov fs, eax"),
        "load-beyond-gdt" => instructions!("mov eax, 0x4b", "mov gs, eax"),
        "null-stack-segment" => instructions!("xor eax, eax", "mov ss, eax"),
        "far-to-core" => instructions!(
            "sub rsp, 16",
            "lea rax, [rip + 2f]",
            "mov [rsp], eax",
            "mov dword ptr [rsp + 4], 8",
            "jmp fword ptr [rsp]",
            "2:",
            "add rsp, 16"
        ),
        "far-to-32-bit" => instructions!(
            "sub rsp, 16",
            "lea rax, [rip + 2f]",
            "mov [rsp], eax",
            "mov dword ptr [rsp + 4], 0x1b",
            "jmp fword ptr [rsp]",
            "2:",
            "add rsp, 16"
        ),
        "iret-to-core" => instructions!(
            "mov rcx, rsp",
            "push 0x10",
            "push rcx",
            "pushfq",
            "push 8",
            "lea rax, [rip + 2f]",
            "push rax",
            "iretq",
            "2:"
        ),
        _ => return false,
    }
    true
}

fn privileged(name: &str) -> bool {
    match name {
        "hlt" => instructions!("hlt"),
        "cli" => instructions!("cli"),
        "sti" => instructions!("sti"),
        // POPF ignores the I/O privilege level in ring 3; CLI shows that it did.
        "popf-iopl" => instructions!("pushfq", "or dword ptr [rsp], 0x3000", "popfq", "cli"),
        "read-cr0" => instructions!("mov rax, cr0"),
        "write-cr3" => instructions!("xor eax, eax", "mov cr3, rax"),
        "write-cr8" => instructions!("xor eax, eax", "mov cr8, rax"),
        "write-dr7" => instructions!("xor eax, eax", "mov dr7, rax"),
        "rdmsr" => instructions!("mov ecx, 0xc0000080", "rdmsr"),
        "wrmsr" => instructions!("mov ecx, 0xc0000080", "xor eax, eax", "xor edx, edx", "wrmsr"),
        "rdpmc" => instructions!("xor ecx, ecx", "rdpmc"),
        "lgdt" => instructions!("lgdt [rsp]"),
        "lidt" => instructions!("lidt [rsp]"),
        "lldt" => instructions!("xor eax, eax", "lldt ax"),
        "ltr" => instructions!("mov eax, 0x30", "ltr ax"),
        "sgdt" => instructions!("sub rsp, 16", "sgdt [rsp]", "add rsp, 16"),
        "clts" => instructions!("clts"),
        "lmsw" => instructions!("xor eax, eax", "lmsw ax"),
        "invlpg" => instructions!("invlpg [rsp]"),
        "invd" => instructions!("invd"),
        "wbinvd" => instructions!("wbinvd"),
        "swapgs" => instructions!("swapgs"),
        "sysret" => instructions!("lea rcx, [rip + 2f]", "pushfq", "pop r11", "sysretq", "2:"; out("r11") _),
        "sysenter" => instructions!("sysenter"),
        "xsetbv" => instructions!("xor ecx, ecx", "xor edx, edx", "mov eax, 7", "xsetbv"),
        "wrfsbase" => instructions!("xor eax, eax", "wrfsbase rax"),
        "monitor" => instructions!("mov rax, rsp", "xor ecx, ecx", "xor edx, edx", "monitor"),
        _ => return false,
    }
    true
}

fn virtualization(name: &str) -> bool {
    match name {
        "vmcall" => instructions!("vmcall"),
        "vmmcall" => instructions!("vmmcall"),
        "vmxon" => instructions!("vmxon [rsp]"),
        "vmrun" => instructions!("mov rax, rsp", "vmrun"),
        _ => return false,
    }
    true
}

/// The core must not trust a task's stack pointer.
fn stack(name: &str) -> bool {
    match name {
        "stack-in-core" => {
            instructions!("mov rcx, rsp", "mov rsp, {0}", "push rax", "mov rsp, rcx"; in(reg) CORE)
        }
        "stack-nowhere" => {
            instructions!("mov rcx, rsp", "mov rsp, {0}", "push rax", "mov rsp, rcx"; in(reg) NON_CANONICAL + 64);
        }
        "fault-without-stack" => instructions!("mov rsp, {0}", "ud2"; in(reg) CORE),
        "call-without-stack" => instructions!(
            "mov r12, rsp", "mov rsp, {0}", "mov eax, 1000", "syscall", "mov rsp, r12";
            in(reg) CORE, out("r8") _, out("r9") _, out("r10") _, out("r11") _, out("r12") _
        ),
        _ => return false,
    }
    true
}

/// The manifest gives port 0x80 or 0x84 to the two tasks that go beyond what they have.
fn ports(name: &str) -> bool {
    match name {
        "in" => {
            let _ = port::read_u8(0x64);
        }
        // The port by which the core ends an emulator.
        "out" => port::write_u8(0xf4, 0),
        "out-console" => port::write_u8(0x3f8, b'!'),
        "ins" => instructions!("mov edx, 0x60", "lea rdi, [rsp - 512]", "insb"),
        "port-behind" => {
            port::write_u8(0x80, 1);
            port::write_u8(0x81, 1);
        }
        "port-too-wide" => {
            port::write_u8(0x84, 1);
            instructions!("mov edx, 0x84", "xor eax, eax", "out dx, eax");
        }
        _ => return false,
    }
    true
}
