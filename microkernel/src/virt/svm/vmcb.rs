//! The virtual machine control block (APM volume 2, appendix B), and how a new one is filled.

use core::mem::offset_of;

use bitfield_struct::bitfield;
use bitflags::bitflags;

use super::super::context::{DR6_DEFAULT, PAT_DEFAULT};
use super::super::debug_registers::DR7_DISARMED;
use super::super::{SharedPages, VcpuHardware};
use super::capabilities::{self, Features};
use super::interruption::{INTERCEPTED_EXCEPTIONS, Interruption};

bitflags! {
    /// Intercept vector 3.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Intercepts: u32 {
        const INTR = 1 << 0;
        const NMI = 1 << 1;
        const INIT = 1 << 3;
        const VINTR = 1 << 4;
        const RDPMC = 1 << 15;
        const CPUID = 1 << 18;
        const RSM = 1 << 19;
        const IRET = 1 << 20;
        const INVD = 1 << 22;
        const PAUSE = 1 << 23;
        const HLT = 1 << 24;
        const INVLPGA = 1 << 26;
        const IOIO_PROT = 1 << 27;
        const MSR_PROT = 1 << 28;
        const TASK_SWITCHES = 1 << 29;
        const FERR_FREEZE = 1 << 30;
        const SHUTDOWN = 1 << 31;
    }

    /// Intercept vector 4.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct MoreIntercepts: u32 {
        const VMRUN = 1 << 0;
        const VMMCALL = 1 << 1;
        const VMLOAD = 1 << 2;
        const VMSAVE = 1 << 3;
        const STGI = 1 << 4;
        const CLGI = 1 << 5;
        const SKINIT = 1 << 6;
        const RDTSCP = 1 << 7;
        const WBINVD = 1 << 9;
        const MONITOR = 1 << 10;
        const MWAIT = 1 << 11;
        const MWAIT_ARMED = 1 << 12;
        const XSETBV = 1 << 13;
        const RDPRU = 1 << 14;
    }
}

/// Offset 060h: virtual interrupts and their masking.
#[bitfield(u64)]
pub(super) struct VirtualInterrupt {
    /// V_TPR, as CR8.
    #[bits(4)]
    pub(super) tpr: u8,
    #[bits(4)]
    __: u8,
    /// V_IRQ.
    pub(super) pending: bool,
    #[bits(7)]
    __: u8,
    #[bits(4)]
    pub(super) priority: u8,
    /// V_IGN_TPR.
    pub(super) ignore_tpr: bool,
    #[bits(3)]
    __: u8,
    /// V_INTR_MASKING: the guest's IF and CR8 are its own.
    pub(super) masking: bool,
    #[bits(7)]
    __: u8,
    pub(super) vector: u8,
    #[bits(24)]
    __: u32,
}

/// TLB_CONTROL: flush nothing.
pub(super) const FLUSH_NOTHING: u8 = 0;
/// TLB_CONTROL: flush everything.
pub(super) const FLUSH_ALL: u8 = 1;
/// TLB_CONTROL: flush this guest's translations.
pub(super) const FLUSH_GUEST: u8 = 3;

/// Control area.
#[repr(C)]
pub(super) struct ControlArea {
    pub(super) intercept_cr: u32,
    pub(super) intercept_dr: u32,
    pub(super) intercept_exceptions: u32,
    pub(super) intercepts: Intercepts,
    pub(super) more_intercepts: MoreIntercepts,
    /// Intercept vector 5 stays 0: without their enables INVLPGB, TLBSYNC and MCOMMIT are undefined, and INVPCID flushes
    /// only the guest's own translations.
    more_intercepts_still: u32,
    reserved_018: [u8; 0x24],
    pub(super) pause_filter_threshold: u16,
    pub(super) pause_filter_count: u16,
    pub(super) iopm_base: u64,
    pub(super) msrpm_base: u64,
    pub(super) tsc_offset: u64,
    pub(super) asid: u32,
    pub(super) tlb_control: u8,
    reserved_05d: [u8; 3],
    pub(super) virtual_interrupt: VirtualInterrupt,
    /// Bit 0: an interrupt shadow holds interrupts off.
    pub(super) interrupt_shadow: u64,
    pub(super) exit_code: u64,
    pub(super) exit_info_1: u64,
    pub(super) exit_info_2: u64,
    pub(super) exit_interrupt_info: Interruption,
    /// Bit 0: nested paging.
    pub(super) nested_control: u64,
    reserved_098: [u8; 0x10],
    pub(super) event_injection: Interruption,
    pub(super) nested_cr3: u64,
    pub(super) lbr_virtualization: u64,
    pub(super) clean: u64,
    pub(super) next_rip: u64,
    reserved_0d0: [u8; 0x330],
}

/// A segment register in the state save area.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct SegmentRegister {
    pub(super) selector: u16,
    /// Bits 47:40 of the descriptor, then its bits 55:52.
    pub(super) attributes: u16,
    pub(super) limit: u32,
    pub(super) base: u64,
}

/// State save area.
#[repr(C)]
pub(super) struct SaveArea {
    pub(super) es: SegmentRegister,
    pub(super) cs: SegmentRegister,
    pub(super) ss: SegmentRegister,
    pub(super) ds: SegmentRegister,
    pub(super) fs: SegmentRegister,
    pub(super) gs: SegmentRegister,
    pub(super) gdtr: SegmentRegister,
    pub(super) ldtr: SegmentRegister,
    pub(super) idtr: SegmentRegister,
    pub(super) tr: SegmentRegister,
    reserved_0a0: [u8; 0x2b],
    pub(super) cpl: u8,
    reserved_0cc: [u8; 4],
    pub(super) efer: u64,
    reserved_0d8: [u8; 0x70],
    pub(super) cr4: u64,
    pub(super) cr3: u64,
    pub(super) cr0: u64,
    pub(super) dr7: u64,
    pub(super) dr6: u64,
    pub(super) rflags: u64,
    pub(super) rip: u64,
    reserved_180: [u8; 0x58],
    pub(super) rsp: u64,
    reserved_1e0: [u8; 0x18],
    pub(super) rax: u64,
    star_to_sysenter_eip: [u64; 8],
    pub(super) cr2: u64,
    reserved_248: [u8; 0x20],
    pub(super) g_pat: u64,
    reserved_270: [u8; 0x990],
}

/// The page that VMRUN takes.
#[repr(C)]
pub(super) struct Vmcb {
    pub(super) control: ControlArea,
    pub(super) save: SaveArea,
}

const _: () = {
    assert!(size_of::<Vmcb>() == 4096);
    assert!(offset_of!(ControlArea, pause_filter_threshold) == 0x03c);
    assert!(offset_of!(ControlArea, iopm_base) == 0x040);
    assert!(offset_of!(ControlArea, asid) == 0x058);
    assert!(offset_of!(ControlArea, virtual_interrupt) == 0x060);
    assert!(offset_of!(ControlArea, exit_code) == 0x070);
    assert!(offset_of!(ControlArea, nested_control) == 0x090);
    assert!(offset_of!(ControlArea, event_injection) == 0x0a8);
    assert!(offset_of!(ControlArea, next_rip) == 0x0c8);
    assert!(offset_of!(Vmcb, save) == 0x400);
    assert!(offset_of!(SaveArea, cpl) == 0x0cb);
    assert!(offset_of!(SaveArea, efer) == 0x0d0);
    assert!(offset_of!(SaveArea, cr4) == 0x148);
    assert!(offset_of!(SaveArea, rip) == 0x178);
    assert!(offset_of!(SaveArea, rsp) == 0x1d8);
    assert!(offset_of!(SaveArea, rax) == 0x1f8);
    assert!(offset_of!(SaveArea, cr2) == 0x240);
    assert!(offset_of!(SaveArea, g_pat) == 0x268);
};

/// The vCPU's VMCB.
pub(super) fn vmcb(vcpu: &VcpuHardware) -> &Vmcb {
    // SAFETY: the page is this vCPU's VMCB, in the core's memory for good; every bit pattern is one, and the CPU writes
    // to it only inside `entry::enter`, which has the vCPU borrowed exclusively.
    unsafe { &*vcpu.control.virt.cast() }
}

/// As [`vmcb`], to write.
pub(super) fn vmcb_mut(vcpu: &mut VcpuHardware) -> &mut Vmcb {
    // SAFETY: as in `vmcb`; the exclusive borrow of the vCPU makes this one exclusive.
    unsafe { &mut *vcpu.control.virt.cast() }
}

/// PAUSEs of one loop before it exits: a lock is usually free sooner.
const PAUSE_FILTER_COUNT: u16 = 3000;
/// Longest distance in cycles between two PAUSEs of one loop.
const PAUSE_FILTER_THRESHOLD: u16 = 128;

/// Fills a VMCB from scratch, but for the architectural state.
pub(super) fn build(vcpu: &mut VcpuHardware, shared: &SharedPages) {
    // SAFETY: the page is this vCPU's VMCB; zeros are valid.
    unsafe { vcpu.control.virt.cast::<[u8; 4096]>().write([0; 4096]) };
    let (asid, nested_root, tsc_offset) = (vcpu.tag, vcpu.nested_root, vcpu.tsc_offset);
    let Vmcb { control, save } = vmcb_mut(vcpu);

    control.intercept_exceptions = INTERCEPTED_EXCEPTIONS;
    control.intercepts = Intercepts::all() - (Intercepts::VINTR | Intercepts::IRET | Intercepts::PAUSE);
    control.more_intercepts = MoreIntercepts::all();
    if capabilities::features().contains(Features::PAUSE_FILTER) {
        control.intercepts |= Intercepts::PAUSE;
        control.pause_filter_count = PAUSE_FILTER_COUNT;
    }
    if capabilities::features().contains(Features::PAUSE_FILTER_THRESHOLD) {
        control.pause_filter_threshold = PAUSE_FILTER_THRESHOLD;
    }
    control.iopm_base = shared.io.phys;
    control.msrpm_base = shared.msr.phys;
    control.tsc_offset = tsc_offset;
    control.asid = asid.into();
    control.virtual_interrupt = VirtualInterrupt::new().with_masking(true);
    control.nested_control = 1;
    control.nested_cr3 = nested_root;

    save.g_pat = PAT_DEFAULT;
    save.dr6 = DR6_DEFAULT;
    save.dr7 = DR7_DISARMED;
}
