//! Into the guest and out of it.

use core::arch::{asm, naked_asm};
use core::mem::offset_of;

use super::super::context::{MXCSR_DEFAULT, context, context_mut};
use super::super::{Context, Exit, VcpuHardware};
use super::bookkeeping::Bookkeeping;
use super::fields::Field;
use super::instructions::Vmcs;

/// Bit of the exit reason that says that the entry failed.
const ENTRY_FAILURE: u32 = 1 << 31;

/// Runs the current vCPU until it exits, and says the basic exit reason; or why the CPU refused to.
pub(super) fn enter(vcpu: &mut VcpuHardware, ticks: u64) -> Result<u32, Exit> {
    let vmcs = Vmcs::of(vcpu);
    let bookkeeping = Bookkeeping::of(vcpu);
    if bookkeeping.timer() {
        let ticks = (ticks >> bookkeeping.timer_rate()).min(u32::MAX.into());
        vmcs.write(Field::VmxPreemptionTimerValue, ticks);
    }
    let cr2 = context(vcpu).cr2;
    if read_cr2() != cr2 {
        write_cr2(cr2);
    }
    // SAFETY: the vCPU is current and its VMCS complete; its context lives, and is not borrowed here, as long as the
    // guest runs.
    let entered = unsafe { run(vcpu.context, bookkeeping.launched().into()) } == 0;
    context_mut(vcpu).cr2 = read_cr2();
    vcpu.exit_length = 0;
    if !entered {
        return Err(Exit::EntryRefused(vmcs.read(Field::VmInstructionError)));
    }
    let reason = vmcs.read32(Field::ExitReason);
    if reason & ENTRY_FAILURE != 0 {
        return Err(Exit::EntryRefused(reason.into()));
    }
    if !bookkeeping.launched() {
        Bookkeeping::update(vcpu, |b| b.with_launched(true));
    }
    Ok(reason & 0xffff)
}

/// Where the CPU goes on after an exit.
pub(super) fn exit_address() -> u64 {
    (exit as *const ()).addr() as u64
}

fn read_cr2() -> u64 {
    let value;
    // SAFETY: reading CR2 has no effect.
    unsafe { asm!("mov {}, cr2", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

fn write_cr2(value: u64) {
    // SAFETY: CR2 is only data, and the core does not fault between here and the entry.
    unsafe { asm!("mov cr2, {}", in(reg) value, options(nomem, nostack, preserves_flags)) };
}

const HOST_RSP: u32 = Field::HostRsp as u32;
const GPR: usize = offset_of!(Context, gpr);
const FX: usize = offset_of!(Context, fx);
const _: () = assert!(FX.is_multiple_of(16), "FXSAVE wants 16-byte alignment");

/// Enters the guest: 0 after an exit, 1 if the entry instruction failed.
///
/// No Rust code runs between loading the guest's x87 and SSE registers and the entry, nor between the exit and saving
/// them. The stack at the entry (and at [`exit`], by HOST_RSP) is: context, the six callee-saved registers, return
/// address.
///
/// # Safety
/// A complete VMCS is current, launched if `launched` is not 0, and `context` is its vCPU's.
#[unsafe(naked)]
unsafe extern "sysv64" fn run(context: *mut Context, launched: u64) -> u64 {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rdi",
        "mov eax, {host_rsp}",
        "vmwrite rax, rsp",
        "fxrstor64 [rdi + {fx}]",
        // Nothing below changes the flags before the branch.
        "test rsi, rsi",
        "mov rax, [rdi + {gpr}]",
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
        "jnz 2f",
        "vmlaunch",
        "jmp 3f",
        "2:",
        "vmresume",
        // Only a failure comes here: the guest has not run, and its registers are still in the context.
        "3:",
        "pop rdi",
        "mov eax, 1",
        "jmp {back}",
        host_rsp = const HOST_RSP,
        fx = const FX,
        gpr = const GPR,
        back = sym back_to_core,
    )
}

/// HOST_RIP: saves the guest's registers and returns 0 from [`run`].
///
/// # Safety
/// Reached by VM exits only.
#[unsafe(naked)]
unsafe extern "sysv64" fn exit() {
    naked_asm!(
        "push rdi",
        "mov rdi, [rsp + 8]",
        "mov [rdi + {gpr}], rax",
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
        "xor eax, eax",
        "jmp {back}",
        gpr = const GPR,
        fx = const FX,
        back = sym back_to_core,
    )
}

/// The end of [`run`]: gives the core clean x87 and SSE control words and its callee-saved registers. rax is the result.
///
/// # Safety
/// Reached from [`run`] and [`exit`] only.
#[unsafe(naked)]
unsafe extern "sysv64" fn back_to_core() {
    naked_asm!(
        "fninit",
        "push {mxcsr}",
        "ldmxcsr dword ptr [rsp]",
        "pop rcx",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        mxcsr = const MXCSR_DEFAULT,
    )
}
