//! What an exit means (APM volume 2, appendix C and sections 15.9 to 15.13, 15.25).

use bitfield_struct::bitfield;

use super::super::host_interrupts::take_pending;
use super::super::{Exit, VcpuHardware};
use super::bookkeeping::Bookkeeping;
use super::events;
use super::interruption::{ALIGNMENT_CHECK, DEBUG, Interruption};
use super::msr;
use super::vmcb::{vmcb, vmcb_mut};

/// Exit codes, with the APM's names.
mod code {
    pub(super) const EXCP0: u64 = 0x40;
    pub(super) const EXCP31: u64 = 0x5f;
    pub(super) const INTR: u64 = 0x60;
    pub(super) const NMI: u64 = 0x61;
    pub(super) const INIT: u64 = 0x63;
    pub(super) const VINTR: u64 = 0x64;
    pub(super) const RDPMC: u64 = 0x6f;
    pub(super) const CPUID: u64 = 0x72;
    pub(super) const RSM: u64 = 0x73;
    pub(super) const IRET: u64 = 0x74;
    pub(super) const INVD: u64 = 0x76;
    pub(super) const PAUSE: u64 = 0x77;
    pub(super) const HLT: u64 = 0x78;
    pub(super) const INVLPGA: u64 = 0x7a;
    pub(super) const IOIO: u64 = 0x7b;
    pub(super) const MSR: u64 = 0x7c;
    pub(super) const SHUTDOWN: u64 = 0x7f;
    pub(super) const VMRUN: u64 = 0x80;
    pub(super) const VMMCALL: u64 = 0x81;
    pub(super) const VMLOAD: u64 = 0x82;
    pub(super) const RDTSCP: u64 = 0x87;
    pub(super) const WBINVD: u64 = 0x89;
    pub(super) const MONITOR: u64 = 0x8a;
    pub(super) const RDPRU: u64 = 0x8e;
    pub(super) const NPF: u64 = 0x400;
    pub(super) const INVALID: u64 = !0;
}

/// EXITINFO1 of an I/O exit.
#[bitfield(u64)]
struct Io {
    input: bool,
    __: bool,
    string: bool,
    repeated: bool,
    /// The operand's size in bytes, one bit each for 1, 2 and 4.
    #[bits(3)]
    size: u8,
    #[bits(9)]
    __: u16,
    port: u16,
    #[bits(32)]
    __: u32,
}

/// EXITINFO1 of a nested page fault: the page fault error code.
#[bitfield(u64)]
struct NestedPageFault {
    present: bool,
    write: bool,
    user: bool,
    reserved_bit: bool,
    #[bits(60)]
    __: u64,
}

/// Turns an exit into what the core must know, and handles what it need not know.
pub(super) fn decode(vcpu: &mut VcpuHardware) -> Exit {
    let control = &vmcb(vcpu).control;
    let code = control.exit_code;
    let interrupted = control.exit_interrupt_info;
    if interrupted.valid() && code != code::INVALID {
        events::inject_again(vcpu, interrupted);
    }
    match code {
        code::INTR => {
            take_pending();
            Exit::HostInterrupt
        }
        // It was taken at STGI.
        code::NMI => Exit::HostInterrupt,
        code::VINTR => {
            events::request_window(vmcb_mut(vcpu), false);
            Exit::InterruptWindow
        }
        code::NPF => nested_page_fault(vcpu),
        code::IOIO => port(vcpu),
        code::IRET => {
            events::unblock_nmis(vcpu);
            Exit::Again
        }
        code::EXCP0..=code::EXCP31 => exception(vcpu, code),
        code::SHUTDOWN => Exit::TripleFault,
        code::INIT => Exit::Again,
        code::INVALID => Exit::EntryRefused(code),
        _ => instruction(vcpu, code),
    }
}

/// Exits that an instruction caused, whose length must be found.
fn instruction(vcpu: &mut VcpuHardware, code: u64) -> Exit {
    vcpu.exit_length = match Bookkeeping::of(vcpu).next_rip() {
        true => length_to(vcpu, vmcb(vcpu).control.next_rip),
        false => usual_length(code),
    };
    match code {
        code::CPUID => Exit::Cpuid,
        code::HLT => Exit::Halt,
        code::MSR if vmcb(vcpu).control.exit_info_1 == 0 => msr::read(vcpu),
        code::MSR => msr::write(vcpu),
        code::VMMCALL => Exit::Hypercall,
        code::INVD | code::WBINVD => Exit::CacheFlush,
        code::PAUSE => Exit::Pause,
        code::RDPMC => Exit::Refused,
        code::RSM
        | code::INVLPGA
        | code::VMRUN
        | code::VMLOAD..=code::RDTSCP
        | code::MONITOR..=code::RDPRU => Exit::Undefined,
        other => {
            vcpu.exit_length = 0;
            Exit::Unhandled(other)
        }
    }
}

/// Bytes of an instruction as compilers and people write it. With needless prefixes it is longer, and the guest then
/// executes its last bytes; CPUs that matter save the next RIP.
pub(super) const fn usual_length(code: u64) -> u8 {
    match code {
        code::HLT => 1,
        code::CPUID | code::MSR | code::INVD | code::WBINVD | code::PAUSE => 2,
        code::VMMCALL => 3,
        _ => 0,
    }
}

/// Bytes from RIP to the next RIP; 0 if that cannot be one instruction.
fn length_to(vcpu: &VcpuHardware, next: u64) -> u8 {
    const LONGEST: u8 = 15;
    u8::try_from(next.wrapping_sub(vmcb(vcpu).save.rip)).ok().filter(|length| *length <= LONGEST).unwrap_or(0)
}

fn port(vcpu: &mut VcpuHardware) -> Exit {
    let control = &vmcb(vcpu).control;
    let io = Io::from_bits(control.exit_info_1);
    // EXITINFO2 is the next RIP, on every CPU.
    vcpu.exit_length = length_to(vcpu, control.exit_info_2);
    let (port, size, write) = (io.port(), io.size(), !io.input());
    if io.string() { Exit::PortString { port, size, write } } else { Exit::Port { port, size, write } }
}

fn nested_page_fault(vcpu: &VcpuHardware) -> Exit {
    let control = &vmcb(vcpu).control;
    let fault = NestedPageFault::from_bits(control.exit_info_1);
    if fault.reserved_bit() {
        // Our own tables are wrong.
        return Exit::Unhandled(control.exit_code);
    }
    Exit::NestedFault { address: control.exit_info_2, write: fault.write() }
}

/// #DB and #AC go back to the guest. DR6 and DR7 are already as its handler must see them.
fn exception(vcpu: &mut VcpuHardware, code: u64) -> Exit {
    let vector = (code - code::EXCP0).to_le_bytes()[0];
    let error = match vector {
        DEBUG => None,
        // Its error code is always 0.
        ALIGNMENT_CHECK => Some(0),
        _ => return Exit::Unhandled(code),
    };
    let event = super::super::Event::Exception { vector, error };
    vmcb_mut(vcpu).control.event_injection = Interruption::event(event);
    Exit::Again
}
