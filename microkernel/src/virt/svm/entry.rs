//! Into the guest and out of it.

use core::arch::naked_asm;
use core::mem::offset_of;

use super::super::context::{MXCSR_DEFAULT, RAX, context, context_mut};
use super::super::{Context, VcpuHardware, debug_registers};
use super::interruption::Interruption;
use super::vmcb::{FLUSH_NOTHING, vmcb, vmcb_mut};
use super::{bookkeeping, events};

/// Runs the current vCPU until it exits.
pub(super) fn enter(vcpu: &mut VcpuHardware) {
    vmcb_mut(vcpu).save.rax = context(vcpu).gpr[RAX];
    let shadowed = events::shadowed(vcpu);
    let given = events::give_virtual(vcpu);
    // SAFETY: the vCPU is current, its VMCB and this CPU's host page are complete; neither the VMCB nor the context,
    // which lives as long, is borrowed here while the guest runs.
    unsafe { run(vcpu.context, vcpu.control.phys, bookkeeping::host_page(vcpu)) };
    // #VMEXIT does this by the book, but not in every emulator.
    debug_registers::disarm();
    context_mut(vcpu).gpr[RAX] = vmcb(vcpu).save.rax;
    let control = &mut vmcb_mut(vcpu).control;
    control.tlb_control = FLUSH_NOTHING;
    control.event_injection = Interruption::new();
    vcpu.exit_length = 0;
    events::take_virtual(vcpu, given);
    if let Some(rip) = shadowed {
        events::keep_shadow(vcpu, rip);
    }
}

const GPR: usize = offset_of!(Context, gpr);
const FX: usize = offset_of!(Context, fx);
const _: () = assert!(FX.is_multiple_of(16), "FXSAVE wants 16-byte alignment");

/// Enters the guest and comes back after its exit.
///
/// No Rust code runs between loading the guest's x87 and SSE registers and the entry, nor between the exit and saving
/// them. With the global interrupt flag clear no interrupt comes in between either; IF is set at VMRUN so that physical
/// interrupts end the guest's turn (V_INTR_MASKING), and is clear again before the global flag is set. An NMI that ended
/// it arrives at STGI.
///
/// # Safety
/// `vmcb` is the physical address of a complete VMCB, `context` its vCPU's, `host` the page that has this CPU's VMSAVE.
#[unsafe(naked)]
unsafe extern "sysv64" fn run(context: *mut Context, vmcb: u64, host: u64) {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rdx",
        "push rdi",
        "clgi",
        "sti",
        "fxrstor64 [rdi + {fx}]",
        "mov rax, rsi",
        "vmload rax",
        "mov rcx, [rdi + {gpr} + 1*8]",
        "mov rdx, [rdi + {gpr} + 2*8]",
        "mov rbx, [rdi + {gpr} + 3*8]",
        "mov rbp, [rdi + {gpr} + 5*8]",
        "mov rsi, [rdi + {gpr} + 6*8]",
        "mov r8, [rdi + {gpr} + 8*8]",
        "mov r9, [rdi + {gpr} + 9*8]",
        "mov r10, [rdi + {gpr} + 10*8]",
        "mov r11, [rdi + {gpr} + 11*8]",
        "mov r12, [rdi + {gpr} + 12*8]",
        "mov r13, [rdi + {gpr} + 13*8]",
        "mov r14, [rdi + {gpr} + 14*8]",
        "mov r15, [rdi + {gpr} + 15*8]",
        "mov rdi, [rdi + {gpr} + 7*8]",
        "vmrun rax",
        // rax is the host's again, rsp too.
        "vmsave rax",
        "push rdi",
        "mov rdi, [rsp + 8]",
        "mov [rdi + {gpr} + 1*8], rcx",
        "mov [rdi + {gpr} + 2*8], rdx",
        "mov [rdi + {gpr} + 3*8], rbx",
        "mov [rdi + {gpr} + 5*8], rbp",
        "mov [rdi + {gpr} + 6*8], rsi",
        "mov [rdi + {gpr} + 8*8], r8",
        "mov [rdi + {gpr} + 9*8], r9",
        "mov [rdi + {gpr} + 10*8], r10",
        "mov [rdi + {gpr} + 11*8], r11",
        "mov [rdi + {gpr} + 12*8], r12",
        "mov [rdi + {gpr} + 13*8], r13",
        "mov [rdi + {gpr} + 14*8], r14",
        "mov [rdi + {gpr} + 15*8], r15",
        "pop rax",
        "mov [rdi + {gpr} + 7*8], rax",
        "fxsave64 [rdi + {fx}]",
        "pop rdi",
        "pop rax",
        "vmload rax",
        "fninit",
        "push {mxcsr}",
        "ldmxcsr dword ptr [rsp]",
        "pop rcx",
        "cli",
        "stgi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        gpr = const GPR,
        fx = const FX,
        mxcsr = const MXCSR_DEFAULT,
    )
}
