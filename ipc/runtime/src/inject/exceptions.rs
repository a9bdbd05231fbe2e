//! Raises each exception that ring 3 can raise.

use bulkhead_abi::inject::InjectKind;
use core::arch::asm;

/// Where no task has memory.
const NOWHERE: u64 = 0x10;
/// In the core's half.
const CORE: u64 = 0xffff_8000_0000_0000;
/// Where the task's code begins.
const CODE: u64 = bulkhead_abi::layout::PROGRAM;

/// Raises the exception. Where the CPU does not (emulators leave some out), the task panics instead.
pub(super) fn raise(kind: InjectKind) {
    match kind {
        // SAFETY: raises #DE; the core ends this life.
        InjectKind::DivideError => unsafe {
            asm!("div {zero:e}", zero = in(reg) 0, inout("eax") 1 => _, inout("edx") 0 => _);
        },
        // SAFETY: raises #DB after the next instruction; the core ends this life.
        InjectKind::DebugException => unsafe {
            asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq", "nop");
        },
        // SAFETY: raises #BP or #GP; the core ends this life.
        InjectKind::Breakpoint => unsafe { asm!("int3") },
        // SAFETY: raises #UD; the core ends this life.
        InjectKind::InvalidOpcode => unsafe { asm!("ud2") },
        // SAFETY: raises #SS at the push; the core ends this life.
        InjectKind::StackFault => unsafe {
            asm!("mov rsp, {high}", "push rax", high = in(reg) 1u64 << 62);
        },
        // SAFETY: raises #GP; the core ends this life.
        InjectKind::GeneralProtection => unsafe { asm!("cli") },
        InjectKind::PageFault => write(NOWHERE),
        InjectKind::WriteToCode => write(CODE),
        InjectKind::TouchCore => write(CORE),
        InjectKind::JumpToData => {
            let data = [0xc3u8; 16];
            // SAFETY: raises #PF, because the stack cannot be executed; the core ends this life.
            unsafe { asm!("call {data}", data = in(reg) data.as_ptr(), clobber_abi("C")) };
        }
        InjectKind::FloatingPointError => {
            let unmasked = 0x0340u16;
            // SAFETY: raises #MF at the wait; the core ends this life.
            unsafe {
                asm!("fldcw [{word}]", "fld1", "fldz", "fdivp st(1), st", "fwait", word = in(reg) &raw const unmasked);
            }
        }
        InjectKind::SimdError => {
            let unmasked = 0u32;
            // SAFETY: raises #XM at the division; the core ends this life.
            unsafe {
                asm!(
                    "ldmxcsr [{word}]",
                    "xorps xmm0, xmm0",
                    "xorps xmm1, xmm1",
                    "divps xmm0, xmm1",
                    word = in(reg) &raw const unmasked,
                    out("xmm0") _,
                    out("xmm1") _,
                );
            }
        }
        _ => {}
    }
    panic!("bulkhead-inject: the CPU does not raise {kind:?}");
}

fn write(address: u64) {
    // SAFETY: raises #PF, because the task may not write there; the core ends this life.
    unsafe { asm!("mov byte ptr [{at}], 1", at = in(reg) address) };
}
