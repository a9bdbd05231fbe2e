//! What the virtual CPU has: the bits of its control registers, and laws between them that both backends need.

use bulkhead_abi::vcpu::VcpuState;
use x86_64::registers::control::{Cr0Flags, Cr4Flags};
use x86_64::registers::model_specific::EferFlags;

/// Bits of CR4 that a guest may set. Not among them: OSXSAVE and what builds on it, because the core switches the
/// FXSAVE image only; PCIDE, VMXE, SMXE, LA57, PKE, CET, which CPUID hides.
pub(super) const CR4: Cr4Flags = Cr4Flags::VIRTUAL_8086_MODE_EXTENSIONS
    .union(Cr4Flags::PROTECTED_MODE_VIRTUAL_INTERRUPTS)
    .union(Cr4Flags::TIMESTAMP_DISABLE)
    .union(Cr4Flags::DEBUGGING_EXTENSIONS)
    .union(Cr4Flags::PAGE_SIZE_EXTENSION)
    .union(Cr4Flags::PHYSICAL_ADDRESS_EXTENSION)
    .union(Cr4Flags::MACHINE_CHECK_EXCEPTION)
    .union(Cr4Flags::PAGE_GLOBAL)
    .union(Cr4Flags::PERFORMANCE_MONITOR_COUNTER)
    .union(Cr4Flags::OSFXSR)
    .union(Cr4Flags::OSXMMEXCPT_ENABLE)
    .union(Cr4Flags::USER_MODE_INSTRUCTION_PREVENTION)
    .union(Cr4Flags::FSGSBASE)
    .union(Cr4Flags::SUPERVISOR_MODE_EXECUTION_PROTECTION)
    .union(Cr4Flags::SUPERVISOR_MODE_ACCESS_PREVENTION);

/// Bits of EFER that a guest may set.
pub(super) const EFER: EferFlags = EferFlags::SYSTEM_CALL_EXTENSIONS
    .union(EferFlags::LONG_MODE_ENABLE)
    .union(EferFlags::LONG_MODE_ACTIVE)
    .union(EferFlags::NO_EXECUTE_ENABLE);

/// RFLAGS bits that exist: the reserved ones read as zero, bit 1 as one.
const RFLAGS_DEFINED: u64 = 0x003f_7fd5;
/// RFLAGS bit 1.
const RFLAGS_FIXED: u64 = 2;

/// RFLAGS.TF.
pub(super) const RFLAGS_TF: u64 = 1 << 8;
/// RFLAGS.IF.
pub(super) const RFLAGS_IF: u64 = 1 << 9;
/// RFLAGS.VM.
pub(super) const RFLAGS_VM: u64 = 1 << 17;

/// Access right bit "present".
pub(super) const RIGHTS_PRESENT: u16 = 1 << 7;
/// Access right bit "64-bit code segment".
pub(super) const RIGHTS_LONG: u16 = 1 << 13;
/// Access rights of a busy 32-bit or 64-bit TSS: what TR must always hold.
pub(super) const RIGHTS_BUSY_TSS: u16 = 0x8b;

/// RFLAGS with the reserved bits as the CPU insists.
pub(super) const fn rflags(value: u64) -> u64 {
    value & RFLAGS_DEFINED | RFLAGS_FIXED
}

/// EFER as the state means it: LMA follows from LME and paging, whatever the writer said.
pub(super) fn efer(state: &VcpuState) -> u64 {
    let mut efer = EferFlags::from_bits_truncate(state.efer) & EFER;
    let paging = Cr0Flags::from_bits_truncate(state.cr0).contains(Cr0Flags::PAGING);
    efer.set(EferFlags::LONG_MODE_ACTIVE, paging && efer.contains(EferFlags::LONG_MODE_ENABLE));
    efer.bits()
}

/// The instruction pointer `length` bytes on; outside 64-bit code it has 32 bits.
pub(super) const fn advanced(rip: u64, length: u8, long_code: bool) -> u64 {
    let next = rip.wrapping_add(length as u64);
    if long_code { next } else { next & 0xffff_ffff }
}
