//! CR0, CR4 and CR8: what of them is the host's, and the exits of MOV to and from them (SDM volume 3, section 26.3 and
//! table 28-3).

use bitfield_struct::bitfield;
use x86_64::registers::control::Cr0Flags;

use super::super::context::{context, context_mut};
use super::super::{Exit, VcpuHardware, guest_cpu};
use super::bookkeeping::Bookkeeping;
use super::capabilities::{IA32_VMX_CR4_FIXED0, IA32_VMX_CR4_FIXED1};
use super::events;
use super::fields::Field;
use super::instructions::{Vmcs, read_msr};

/// Bits of CR0 that the guest sees from the shadow: NE, which VMX wants set, and CD and NW, which stay clear because a
/// guest must not slow the machine down.
pub(super) const OWNED_CR0: Cr0Flags =
    Cr0Flags::NUMERIC_ERROR.union(Cr0Flags::NOT_WRITE_THROUGH).union(Cr0Flags::CACHE_DISABLE);

/// Index of rsp among the general registers: it is in the VMCS.
const RSP: u8 = 4;

/// Bits of CR4 that the guest cannot change: those that the virtual or the real CPU has not, and VMXE.
pub(super) fn owned_cr4() -> u64 {
    !(guest_cpu::CR4.bits() & read_msr(IA32_VMX_CR4_FIXED1))
}

/// Puts a guest's CR0 into the VMCS.
pub(super) fn set_cr0(vmcs: &Vmcs, cr0: u64) {
    let known = Cr0Flags::from_bits_truncate(cr0);
    let real = (known - OWNED_CR0) | Cr0Flags::NUMERIC_ERROR | Cr0Flags::EXTENSION_TYPE;
    vmcs.write(Field::GuestCr0, real.bits());
    vmcs.write(Field::Cr0ReadShadow, known.bits());
}

/// CR0 as the guest sees it.
pub(super) fn cr0(vmcs: &Vmcs) -> u64 {
    let owned = OWNED_CR0.bits();
    vmcs.read(Field::GuestCr0) & !owned | vmcs.read(Field::Cr0ReadShadow) & owned
}

/// Puts a guest's CR4 into the VMCS; bits that the virtual CPU has not are dropped.
pub(super) fn set_cr4(vmcs: &Vmcs, cr4: u64) {
    vmcs.write(Field::GuestCr4, cr4 & !owned_cr4() | read_msr(IA32_VMX_CR4_FIXED0));
    vmcs.write(Field::Cr4ReadShadow, 0);
}

/// CR4 as the guest sees it.
pub(super) fn cr4(vmcs: &Vmcs) -> u64 {
    vmcs.read(Field::GuestCr4) & !vmcs.read(Field::Cr4GuestHostMask)
}

/// Exit qualification for control-register accesses.
#[bitfield(u64)]
struct Access {
    #[bits(4)]
    control_register: u8,
    #[bits(2)]
    kind: u8,
    lmsw_memory: bool,
    __: bool,
    #[bits(4)]
    general_register: u8,
    #[bits(52)]
    __: u64,
}

/// `Access::kind`: MOV to a control register.
const MOV_TO: u8 = 0;
/// `Access::kind`: MOV from a control register.
const MOV_FROM: u8 = 1;

/// Handles the exit of an access to a control register.
pub(super) fn access(vcpu: &mut VcpuHardware, qualification: u64, reason: u64) -> Exit {
    let access = Access::from_bits(qualification);
    let register = access.general_register();
    match (access.kind(), access.control_register()) {
        (MOV_TO, 0) => mov_to_cr0(&Vmcs::of(vcpu), general(vcpu, register)),
        // The owned bits are all 0 in the shadow, so the guest wants one that the virtual CPU has not.
        (MOV_TO, 4) => Exit::Refused,
        (MOV_TO, 8) => mov_to_cr8(vcpu, general(vcpu, register)),
        (MOV_FROM, 8) => {
            let value = Bookkeeping::of(vcpu).cr8().into();
            set_general(vcpu, register, value);
            events::advance(vcpu);
            Exit::Again
        }
        _ => Exit::Unhandled(reason),
    }
}

/// The guest changes an owned bit. Once the shadow has the new value the instruction does not exit any more, and the
/// CPU itself does the rest of it, with all checks and with the PDPTEs, EFER.LMA and all else that follows from PG.
fn mov_to_cr0(vmcs: &Vmcs, value: u64) -> Exit {
    let new = Cr0Flags::from_bits_truncate(value);
    if value >> 32 != 0 || new.contains(Cr0Flags::NOT_WRITE_THROUGH) && !new.contains(Cr0Flags::CACHE_DISABLE)
    {
        return Exit::Refused;
    }
    vmcs.write(Field::Cr0ReadShadow, new.bits());
    Exit::Again
}

fn mov_to_cr8(vcpu: &mut VcpuHardware, value: u64) -> Exit {
    match u8::try_from(value) {
        Ok(priority @ 0..=15) => {
            Bookkeeping::update(vcpu, |b| b.with_cr8(priority));
            events::advance(vcpu);
            Exit::Again
        }
        _ => Exit::Refused,
    }
}

fn general(vcpu: &VcpuHardware, register: u8) -> u64 {
    match register {
        RSP => Vmcs::of(vcpu).read(Field::GuestRsp),
        other => context(vcpu).gpr[usize::from(other & 15)],
    }
}

fn set_general(vcpu: &mut VcpuHardware, register: u8, value: u64) {
    match register {
        RSP => Vmcs::of(vcpu).write(Field::GuestRsp, value),
        other => context_mut(vcpu).gpr[usize::from(other & 15)] = value,
    }
}
