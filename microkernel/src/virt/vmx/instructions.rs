//! The VMX instructions, and RDMSR and WRMSR.

use core::arch::asm;
use core::marker::PhantomData;

use x86_64::registers::model_specific::Msr;

use super::super::VcpuHardware;
use super::fields::Field;

/// Reads an MSR that exists on every CPU with VMX.
pub(super) fn read_msr(number: u32) -> u64 {
    // SAFETY: callers name MSRs that exist on a CPU with VMX; reading them has no side effect.
    unsafe { Msr::new(number).read() }
}

/// Writes an MSR.
///
/// # Safety
/// The MSR exists, and the value keeps the core's own code running.
pub(super) unsafe fn write_msr(number: u32, value: u64) {
    // SAFETY: as the caller promises.
    unsafe { Msr::new(number).write(value) };
}

macro_rules! pointer_instruction {
    ($(#[$doc:meta])* $name:ident, $mnemonic:literal) => {
        $(#[$doc])*
        pub(super) unsafe fn $name(phys: u64) -> bool {
            let ok: u8;
            // SAFETY: as the caller promises.
            unsafe {
                asm!(concat!($mnemonic, " [{}]"), "seta {}", in(reg) &raw const phys, out(reg_byte) ok, options(nostack));
            }
            ok != 0
        }
    };
}

pointer_instruction! {
    /// VMXON: did it work?
    ///
    /// # Safety
    /// `phys` is a page of the core that carries the revision identifier and is touched by nobody afterwards; CR0, CR4
    /// and IA32_FEATURE_CONTROL allow VMX operation.
    vmxon, "vmxon"
}
pointer_instruction! {
    /// VMCLEAR: did it work?
    ///
    /// # Safety
    /// This CPU is in VMX operation, and `phys` is a page of the core that holds a VMCS and nothing else.
    vmclear, "vmclear"
}
pointer_instruction! {
    /// VMPTRLD: did it work?
    ///
    /// # Safety
    /// As for [`vmclear`]; the VMCS is not current on another CPU.
    vmptrld, "vmptrld"
}

/// INVEPT, single context: forgets what was cached from the tables under this EPT pointer. Did it work?
pub(super) fn invept_single_context(ept_pointer: u64) -> bool {
    const SINGLE_CONTEXT: u64 = 1;
    let descriptor = [ept_pointer, 0];
    let ok: u8;
    // SAFETY: forgetting cached translations is always allowed in VMX operation; a wrong operand fails.
    unsafe {
        asm!("invept {}, [{}]", "seta {}", in(reg) SINGLE_CONTEXT, in(reg) &raw const descriptor, out(reg_byte) ok, options(nostack));
    }
    ok != 0
}

/// INVVPID, single context: forgets what was cached for this VPID. Did it work?
pub(super) fn invvpid_single_context(vpid: u16) -> bool {
    const SINGLE_CONTEXT: u64 = 1;
    let descriptor = [u64::from(vpid), 0];
    let ok: u8;
    // SAFETY: as for INVEPT.
    unsafe {
        asm!("invvpid {}, [{}]", "seta {}", in(reg) SINGLE_CONTEXT, in(reg) &raw const descriptor, out(reg_byte) ok, options(nostack));
    }
    ok != 0
}

/// The VMCS that is current on this CPU. Holding it proves that there is one.
pub(super) struct Vmcs {
    /// A VMCS is current on one CPU only.
    here: PhantomData<*mut ()>,
}

impl Vmcs {
    /// The VMCS of the vCPU that is current on this CPU: the contract of [`Backend`](super::super::Backend).
    pub(super) fn of(_current: &VcpuHardware) -> Self {
        Self { here: PhantomData }
    }

    /// VMREAD.
    pub(super) fn read(&self, field: Field) -> u64 {
        let value: u64;
        let ok: u8;
        // SAFETY: there is a current VMCS; reading a field has no side effect.
        unsafe {
            asm!("vmread {}, {}", "seta {}", out(reg) value, in(reg) field as u64, out(reg_byte) ok, options(nostack));
        }
        debug_assert!(ok != 0, "VMREAD of {field:?} failed");
        value
    }

    /// VMREAD of a field of at most 32 bits.
    pub(super) fn read32(&self, field: Field) -> u32 {
        let [b0, b1, b2, b3, ..] = self.read(field).to_le_bytes();
        u32::from_le_bytes([b0, b1, b2, b3])
    }

    /// VMWRITE. Host-state fields are written by `host` and `entry` only.
    pub(super) fn write(&self, field: Field, value: u64) {
        let ok: u8;
        // SAFETY: there is a current VMCS; what the guest's fields hold cannot harm the core, and the modules named
        // above keep the host's fields right.
        unsafe {
            asm!("vmwrite {}, {}", "seta {}", in(reg) field as u64, in(reg) value, out(reg_byte) ok, options(nostack));
        }
        debug_assert!(ok != 0, "VMWRITE of {field:?} failed");
    }
}
