//! Features of the physical CPU that the core needs or uses.

use core::arch::asm;
use core::arch::x86_64::__cpuid_count;
use x86_64::registers::control::{Cr4, Cr4Flags};

/// What is missing, for one readable line; `None` if the CPU will do.
pub(crate) fn missing() -> Option<&'static str> {
    let basic = __cpuid_count(1, 0);
    let extended = __cpuid_count(0x8000_0001, 0);
    if basic.edx & 1 << 9 == 0 {
        Some("a local APIC")
    } else if extended.edx & 1 << 20 == 0 {
        Some("the no-execute bit (enable it in the firmware)")
    } else if extended.edx & 1 << 11 == 0 {
        Some("SYSCALL")
    } else {
        None
    }
}

/// Extended state is x87 and SSE only, whatever the firmware left: guests are not offered more, and what the core does
/// not switch must not be reachable.
pub(crate) fn limit_extended_state() {
    if __cpuid_count(1, 0).ecx & 1 << 26 == 0 {
        return;
    }
    // SAFETY: XSETBV needs OSXSAVE for a moment; x87 alone is always valid.
    unsafe { Cr4::update(|cr4| cr4.insert(Cr4Flags::OSXSAVE)) };
    // SAFETY: as above.
    unsafe { asm!("xsetbv", in("ecx") 0, in("eax") 1, in("edx") 0, options(nomem, nostack)) };
    // SAFETY: the core uses no XSAVE instruction.
    unsafe { Cr4::update(|cr4| cr4.remove(Cr4Flags::OSXSAVE)) };
}

/// Turns on what keeps ring 0 and ring 3 apart: SMEP, SMAP, UMIP, where the CPU has them.
pub(crate) fn protect() {
    let structured = __cpuid_count(7, 0);
    let mut flags = Cr4Flags::empty();
    for (bit, flag, word) in [
        (7, Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION, structured.ebx),
        (20, Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION, structured.ebx),
        (2, Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION, structured.ecx),
    ] {
        if word & 1 << bit != 0 {
            flags |= flag;
        }
    }
    // SAFETY: the core never runs or touches user pages and ring 3 needs none of the instructions.
    unsafe { Cr4::update(|cr4| cr4.insert(flags)) };
}

/// Waits for an interrupt; it is recorded when this returns.
pub(crate) fn idle() {
    // SAFETY: the handlers only record the vector and preserve all registers; `hlt` right after `sti` cannot miss one.
    unsafe { asm!("sti", "hlt", "cli", options(nostack)) };
}

/// Stops this CPU for ever.
pub(crate) fn halt() -> ! {
    loop {
        // SAFETY: nothing happens any more on this CPU.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) };
    }
}

/// Loads page tables.
///
/// # Safety
/// The tables map the core as it is mapped now.
pub(crate) unsafe fn load_tables(root: u64) {
    // SAFETY: by this function's contract.
    unsafe { asm!("mov cr3, {}", in(reg) root, options(nostack, preserves_flags)) };
}

/// The time-stamp counter.
pub(crate) fn tsc() -> u64 {
    // SAFETY: every 64-bit CPU has the instruction.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Puts null into the data segment registers, which ring 3 can load and nobody saves: one task's are not another's.
pub(crate) fn clear_segments() {
    // SAFETY: the core uses none of them but GS, and of that only the base, which the two exchanges keep. Interrupts
    // are off; an NMI does not use GS.
    unsafe {
        core::arch::asm!(
            "mov {a:e}, ds",
            "mov {b:e}, es",
            "or {a:e}, {b:e}",
            "mov {b:e}, fs",
            "or {a:e}, {b:e}",
            "mov {b:e}, gs",
            "or {a:e}, {b:e}",
            "and {a:e}, 0xffff",
            "jz 2f",
            "xor {a:e}, {a:e}",
            "mov ds, {a:e}",
            "mov es, {a:e}",
            "mov fs, {a:e}",
            "swapgs",
            "mov gs, {a:e}",
            "swapgs",
            "2:",
            a = out(reg) _,
            b = out(reg) _,
            options(nostack),
        );
    }
}
