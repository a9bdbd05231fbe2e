//! What an exit means (SDM volume 3, appendix C and section 28.2).

use bitfield_struct::bitfield;

use super::super::debug_registers::{set_status, status};
use super::super::host_interrupts::{take_nmi, take_pending};
use super::super::{Exit, VcpuHardware};
use super::control_registers;
use super::events;
use super::fields::Field;
use super::instructions::Vmcs;
use super::interruption::{ALIGNMENT_CHECK, DEBUG, Interruption, NMI};

/// Basic exit reasons, with the SDM's names.
mod reason {
    pub(super) const EXCEPTION_OR_NMI: u32 = 0;
    pub(super) const EXTERNAL_INTERRUPT: u32 = 1;
    pub(super) const TRIPLE_FAULT: u32 = 2;
    pub(super) const INIT_SIGNAL: u32 = 3;
    pub(super) const STARTUP_IPI: u32 = 4;
    pub(super) const INTERRUPT_WINDOW: u32 = 7;
    pub(super) const CPUID: u32 = 10;
    pub(super) const GETSEC: u32 = 11;
    pub(super) const HLT: u32 = 12;
    pub(super) const INVD: u32 = 13;
    pub(super) const RDPMC: u32 = 15;
    pub(super) const RSM: u32 = 17;
    pub(super) const VMCALL: u32 = 18;
    pub(super) const VMCLEAR: u32 = 19;
    pub(super) const VMXON: u32 = 27;
    pub(super) const CONTROL_REGISTER_ACCESSES: u32 = 28;
    pub(super) const IO_INSTRUCTION: u32 = 30;
    pub(super) const RDMSR: u32 = 31;
    pub(super) const WRMSR: u32 = 32;
    pub(super) const MWAIT: u32 = 36;
    pub(super) const MONITOR: u32 = 39;
    pub(super) const PAUSE: u32 = 40;
    pub(super) const EPT_VIOLATION: u32 = 48;
    pub(super) const INVEPT: u32 = 50;
    pub(super) const RDTSCP: u32 = 51;
    pub(super) const PREEMPTION_TIMER_EXPIRED: u32 = 52;
    pub(super) const INVVPID: u32 = 53;
    pub(super) const WBINVD: u32 = 54;
    pub(super) const XSETBV: u32 = 55;
    pub(super) const INVPCID: u32 = 58;
    pub(super) const VMFUNC: u32 = 59;
}

/// Exit qualification for I/O instructions.
#[bitfield(u64)]
struct Io {
    /// Bytes less one.
    #[bits(3)]
    size: u8,
    input: bool,
    string: bool,
    repeated: bool,
    immediate: bool,
    #[bits(9)]
    __: u16,
    port: u16,
    #[bits(32)]
    __: u32,
}

/// Exit qualification for EPT violations.
#[bitfield(u64)]
struct EptViolation {
    read: bool,
    write: bool,
    #[bits(10)]
    __: u16,
    /// The instruction was an IRET that has already unblocked NMIs.
    nmi_unblocking: bool,
    #[bits(51)]
    __: u64,
}

/// Exit qualification for #DB: the bits that DR6 gets.
const DEBUG_STATUS: u64 = 0x600f;
/// DR7.GD: a #DB clears it.
const DR7_GENERAL_DETECT: u64 = 1 << 13;

/// Turns an exit into what the core must know, and handles what it need not know.
pub(super) fn decode(vcpu: &mut VcpuHardware, reason: u32) -> Exit {
    let vmcs = Vmcs::of(vcpu);
    let vectoring = Interruption::from_bits(vmcs.read32(Field::IdtVectoringInformation));
    if vectoring.valid() {
        events::inject_again(&vmcs, vectoring, Field::IdtVectoringErrorCode);
    }
    match reason {
        reason::EXTERNAL_INTERRUPT => {
            take_pending();
            Exit::HostInterrupt
        }
        reason::PREEMPTION_TIMER_EXPIRED => {
            // An interrupt that came while the guest had IF clear does not end its turn in every emulator.
            take_pending();
            Exit::Again
        }
        reason::INTERRUPT_WINDOW => {
            events::request_window(vcpu, false);
            Exit::InterruptWindow
        }
        reason::EPT_VIOLATION => ept_violation(&vmcs, vectoring.valid()),
        reason::EXCEPTION_OR_NMI => exception_or_nmi(&vmcs),
        reason::TRIPLE_FAULT => Exit::TripleFault,
        reason::INIT_SIGNAL | reason::STARTUP_IPI => Exit::Again,
        _ => instruction(vcpu, &vmcs, reason),
    }
}

/// Exits that an instruction caused, whose length the CPU tells.
fn instruction(vcpu: &mut VcpuHardware, vmcs: &Vmcs, reason: u32) -> Exit {
    vcpu.exit_length = vmcs.read(Field::VmExitInstructionLength).to_le_bytes()[0];
    match reason {
        reason::CPUID => Exit::Cpuid,
        reason::HLT => Exit::Halt,
        reason::RDMSR => Exit::ReadMsr,
        reason::WRMSR => Exit::WriteMsr,
        reason::IO_INSTRUCTION => port(vmcs.read(Field::ExitQualification)),
        reason::VMCALL => Exit::Hypercall,
        reason::CONTROL_REGISTER_ACCESSES => {
            control_registers::access(vcpu, vmcs.read(Field::ExitQualification), reason.into())
        }
        reason::INVD | reason::WBINVD => Exit::CacheFlush,
        reason::PAUSE => Exit::Pause,
        reason::RDPMC => Exit::Refused,
        reason::GETSEC
        | reason::RSM
        | reason::VMCLEAR..=reason::VMXON
        | reason::MWAIT
        | reason::MONITOR
        | reason::INVEPT
        | reason::INVVPID
        | reason::RDTSCP
        | reason::INVPCID
        | reason::XSETBV
        | reason::VMFUNC => Exit::Undefined,
        other => {
            vcpu.exit_length = 0;
            Exit::Unhandled(other.into())
        }
    }
}

fn port(qualification: u64) -> Exit {
    let io = Io::from_bits(qualification);
    let (port, size, write) = (io.port(), io.size() + 1, !io.input());
    if io.string() { Exit::PortString { port, size, write } } else { Exit::Port { port, size, write } }
}

fn ept_violation(vmcs: &Vmcs, vectoring: bool) -> Exit {
    let violation = EptViolation::from_bits(vmcs.read(Field::ExitQualification));
    // The bit is not defined if the exit interrupted the delivery of an event.
    if violation.nmi_unblocking() && !vectoring {
        events::block_nmis(vmcs);
    }
    Exit::NestedFault { address: vmcs.read(Field::GuestPhysicalAddress), write: violation.write() }
}

fn exception_or_nmi(vmcs: &Vmcs) -> Exit {
    let information = Interruption::from_bits(vmcs.read32(Field::VmExitInterruptionInformation));
    if information.kind() == NMI {
        take_nmi();
        return Exit::HostInterrupt;
    }
    match information.vector() {
        DEBUG => {
            // The exit came before the CPU updated DR6 and DR7, and injection does not do it.
            set_status(status() & !0xf | vmcs.read(Field::ExitQualification) & DEBUG_STATUS);
            vmcs.write(Field::GuestDr7, vmcs.read(Field::GuestDr7) & !DR7_GENERAL_DETECT);
        }
        ALIGNMENT_CHECK => {}
        _ => return Exit::Unhandled(reason::EXCEPTION_OR_NMI.into()),
    }
    events::inject_again(vmcs, information, Field::VmExitInterruptionErrorCode);
    Exit::Again
}
