//! The host-state area (SDM volume 3, section 25.5), and the registers of the core that VMX does not swap.

use core::ptr;

use x86_64::PrivilegeLevel;
use x86_64::instructions::segmentation::{CS, SS, Segment};
use x86_64::instructions::tables::{lgdt, load_tss, sgdt, sidt};
use x86_64::registers::control::{Cr0, Cr3, Cr4};
use x86_64::registers::model_specific::{Efer, FsBase, GsBase};
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::SegmentSelector;

use super::super::VcpuHardware;
use super::super::context::{context, context_mut};
use super::super::debug_registers;
use super::bookkeeping::{Bookkeeping, core_msrs};
use super::entry;
use super::fields::Field;
use super::instructions::{Vmcs, read_msr, write_msr};
use super::permission_map::SWAPPED;

const IA32_PAT: u32 = 0x277;
/// Limit that TR has after a VM exit: no I/O permission bitmap beyond.
const TR_LIMIT_AFTER_EXIT: u64 = 0x67;
/// Bit of a TSS descriptor that says "busy".
const TSS_BUSY: u64 = 1 << 41;

/// Writes what stays the same on this CPU for good.
pub(super) fn write_constants(vcpu: &VcpuHardware) {
    let vmcs = Vmcs::of(vcpu);
    vmcs.write(Field::HostCr0, Cr0::read_raw());
    vmcs.write(Field::HostCr4, Cr4::read_raw());
    vmcs.write(Field::HostIa32Efer, Efer::read_raw());
    vmcs.write(Field::HostIa32Pat, read_msr(IA32_PAT));

    vmcs.write(Field::HostCsSelector, CS::get_reg().0.into());
    vmcs.write(Field::HostSsSelector, SS::get_reg().0.into());
    // The others must have RPL 0, and whatever a task had in them means nothing in 64-bit mode.
    for null in [Field::HostDsSelector, Field::HostEsSelector, Field::HostFsSelector, Field::HostGsSelector] {
        vmcs.write(null, 0);
    }
    let tr = task_register();
    vmcs.write(Field::HostTrSelector, tr.0.into());
    vmcs.write(Field::HostTrBase, tss_base(tss_descriptor(tr)));
    vmcs.write(Field::HostGdtrBase, sgdt().base.as_u64());
    let idt = sidt();
    // A VM exit makes the limit 0xffff. That adds no vector to a table that has them all.
    debug_assert!(idt.limit >= 0xfff, "the IDT lacks vectors");
    vmcs.write(Field::HostIdtrBase, idt.base.as_u64());

    // Tasks have no SYSENTER.
    vmcs.write(Field::HostIa32SysenterCs, 0);
    vmcs.write(Field::HostIa32SysenterEsp, 0);
    vmcs.write(Field::HostIa32SysenterEip, 0);
    vmcs.write(Field::HostRip, entry::exit_address());
}

/// Gives the CPU the guest's values of what a VM entry does not swap, and notes the core's values of what a task may
/// have changed since.
pub(super) fn give_registers(vcpu: &mut VcpuHardware) {
    let vmcs = Vmcs::of(vcpu);
    let (frame, flags) = Cr3::read_raw();
    vmcs.write(Field::HostCr3, frame.start_address().as_u64() | u64::from(flags));
    vmcs.write(Field::HostFsBase, FsBase::read().as_u64());
    vmcs.write(Field::HostGsBase, GsBase::read().as_u64());
    Bookkeeping::update(vcpu, |b| b.with_gdt_limit(sgdt().limit));

    let guest = context(vcpu).msrs;
    for ((msr, guest), core) in SWAPPED.into_iter().zip(guest).zip(core_msrs(vcpu)) {
        *core = read_msr(msr);
        // SAFETY: the core enters ring 3 only after `unload`, so the guest's SYSCALL targets and GS base are never used
        // here; the values are the guest's own, which the CPU accepted when the guest wrote them.
        unsafe { write_msr(msr, guest) };
    }
    debug_registers::give(&context(vcpu).debug);
}

/// The reverse: what the guest has now is noted, and the core has its own again.
pub(super) fn take_registers(vcpu: &mut VcpuHardware) {
    context_mut(vcpu).debug = debug_registers::take();
    let guest = SWAPPED.map(read_msr);
    context_mut(vcpu).msrs = guest;
    for (msr, core) in SWAPPED.into_iter().zip(core_msrs(vcpu)) {
        // SAFETY: this is the value that the core had in it.
        unsafe { write_msr(msr, *core) };
    }
    restore_tables(Bookkeeping::of(vcpu).gdt_limit());
}

/// A VM exit sets the limits of GDTR and TR to fixed values (SDM volume 3, section 28.5.2). A GDT without end would let
/// a task load what lies behind it as a segment; a short TR would take a task's port permissions away.
fn restore_tables(gdt_limit: u16) {
    let gdt = sgdt();
    if gdt.limit != gdt_limit {
        // SAFETY: the base is the core's GDT of this CPU, the limit the one that the core gave it.
        unsafe { lgdt(&DescriptorTablePointer { limit: gdt_limit, base: gdt.base }) };
    }
    let tr = task_register();
    let descriptor = tss_descriptor(tr);
    // SAFETY: the descriptor of the loaded TSS is in this CPU's GDT, which only this CPU uses.
    let low = unsafe { ptr::read_volatile(descriptor) };
    if segment_limit(low) > TR_LIMIT_AFTER_EXIT {
        // SAFETY: as above; LTR insists on a TSS that is not busy.
        unsafe { ptr::write_volatile(descriptor, low & !TSS_BUSY) };
        // SAFETY: the same TSS that the core loaded at boot.
        unsafe { load_tss(tr) };
    }
}

fn task_register() -> SegmentSelector {
    let selector: u16;
    // SAFETY: STR has no effect but its result.
    unsafe { core::arch::asm!("str {0:x}", out(reg) selector, options(nomem, nostack, preserves_flags)) };
    SegmentSelector::new(selector >> 3, PrivilegeLevel::Ring0)
}

/// The low half of the descriptor of the loaded TSS; the high half follows.
fn tss_descriptor(tr: SegmentSelector) -> *mut u64 {
    sgdt().base.as_mut_ptr::<u64>().wrapping_add(usize::from(tr.index()))
}

fn tss_base(descriptor: *mut u64) -> u64 {
    // SAFETY: a 64-bit TSS descriptor is 16 bytes in the GDT of this CPU.
    let low = unsafe { ptr::read_volatile(descriptor) };
    // SAFETY: as above.
    let high = unsafe { ptr::read_volatile(descriptor.wrapping_add(1)) };
    (low >> 16) & 0xff_ffff | ((low >> 56) & 0xff) << 24 | high << 32
}

fn segment_limit(descriptor: u64) -> u64 {
    descriptor & 0xffff | (descriptor >> 48 & 0xf) << 16
}
