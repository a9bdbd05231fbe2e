//! Virtualization hardware behind one trait: VMX with EPT, SVM with nested paging. Chosen at boot.
//!
//! A vCPU is pinned to one physical CPU and its hardware state is touched only there: by the CPU itself while it is in
//! the guest, by the holder of the core's lock otherwise. What other CPUs may see of a vCPU is a copy of its
//! architectural state that the core takes when it leaves the guest.

mod context;
mod debug_registers;
mod guest_cpu;
mod host_interrupts;
pub(crate) mod svm;
pub(crate) mod vmx;

use bulkhead_abi::vcpu::{StateGroups, VcpuState};

/// A page of the core's own memory that the CPU finds by its physical address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HwPage {
    /// Where the core sees it.
    pub(crate) virt: *mut u8,
    /// Where the CPU finds it.
    pub(crate) phys: u64,
}

/// What one physical CPU needs for its virtualization mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CpuPages {
    /// VMXON region; host save area.
    pub(crate) root: HwPage,
    /// Host state that the CPU does not save by itself (SVM: a VMCB for VMSAVE).
    pub(crate) host: HwPage,
}

/// Permission maps that all VMs share: every port exits, and every MSR that the backend does not pass through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedPages {
    /// Three contiguous pages of I/O permission map.
    pub(crate) io: HwPage,
    /// Two contiguous pages of MSR permission map.
    pub(crate) msr: HwPage,
}

/// The part of a vCPU's registers that no VMCS or VMCB holds. The entry code finds the fields by their offsets.
#[repr(C, align(64))]
pub(crate) struct Context {
    /// rax, rcx, rdx, rbx, (rsp), rbp, rsi, rdi, r8 … r15. rsp is in the VMCS or VMCB.
    pub(crate) gpr: [u64; 16],
    /// CR2 while the vCPU is not in the guest (VMX; the VMCB has its own).
    pub(crate) cr2: u64,
    /// DR0 to DR3 and DR6 while another vCPU uses the CPU.
    pub(crate) debug: [u64; 5],
    /// STAR, LSTAR, CSTAR, SFMASK, KERNEL_GS_BASE while a task uses the CPU (VMX; the VMCB has its own).
    pub(crate) msrs: [u64; 5],
    /// Alignment of the next field.
    pub(crate) reserved: [u64; 5],
    /// x87 and SSE state (FXSAVE format) while the vCPU is not in the guest.
    pub(crate) fx: [u8; 512],
}

/// A vCPU as the CPU knows it.
pub(crate) struct VcpuHardware {
    /// VMCS or VMCB.
    pub(crate) control: HwPage,
    /// Registers beside it; lies in core memory that never moves.
    pub(crate) context: *mut Context,
    /// Root of the EPT or nested page tables.
    pub(crate) nested_root: u64,
    /// VPID or ASID: not 0, unique per vCPU on its CPU.
    pub(crate) tag: u16,
    /// Added to the time-stamp counter in the guest.
    pub(crate) tsc_offset: u64,
    /// Bytes of the instruction of the last exit, where the CPU or the exit's nature tells; 0 otherwise.
    pub(crate) exit_length: u8,
    /// Private to the backend: launched, event to inject again, shadowed registers.
    pub(crate) private: [u64; 8],
}

/// An event for the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// External interrupt with this vector.
    Interrupt(u8),
    /// Non-maskable interrupt.
    Nmi,
    /// Hardware exception.
    Exception {
        /// Vector.
        vector: u8,
        /// Error code, for those that have one.
        error: Option<u32>,
    },
}

/// Why the guest was left. Instructions are not yet stepped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The host has an interrupt: already taken by its handler when this is returned.
    HostInterrupt,
    /// The time given to `enter` is over, or the backend handled the exit itself: enter again if nothing else is due.
    Again,
    /// The guest can take an interrupt now, as asked by `request_window`.
    InterruptWindow,
    /// IN or OUT, without string: the value of an OUT is in the low bytes of rax.
    Port { port: u16, size: u8, write: bool },
    /// INS or OUTS.
    PortString { port: u16, size: u8, write: bool },
    /// Access to a guest-physical address that the nested tables do not map.
    NestedFault { address: u64, write: bool },
    /// CPUID.
    Cpuid,
    /// HLT.
    Halt,
    /// RDMSR with ECX in rcx.
    ReadMsr,
    /// WRMSR with ECX in rcx, EDX:EAX.
    WriteMsr,
    /// VMCALL or VMMCALL.
    Hypercall,
    /// WBINVD, INVD: nothing to do but step over.
    CacheFlush,
    /// PAUSE in a loop: let others run.
    Pause,
    /// An instruction that this virtual CPU does not have: #UD.
    Undefined,
    /// An instruction or value that this virtual CPU refuses: #GP(0).
    Refused,
    /// Triple fault.
    TripleFault,
    /// Nobody knows what to do; the number is the hardware's reason.
    Unhandled(u64),
    /// The CPU refused the guest's state; the number is the hardware's reason.
    EntryRefused(u64),
}

/// What the CPU lacks, for one readable line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lacking(pub(crate) &'static str);

/// VMX or SVM. "Current" means: `load` was called for this vCPU on this CPU, and `unload` not since.
pub(crate) trait Backend: Sync {
    /// "VMX" or "SVM".
    fn name(&self) -> &'static str;

    /// Can this CPU do it? Checks everything that the backend needs, without changing anything.
    fn probe(&self) -> Result<(), Lacking>;

    /// Fills the shared permission maps; once per system.
    fn prepare(&self, shared: &SharedPages);

    /// Turns virtualization on, on this CPU; once per CPU.
    fn enable(&self, pages: &CpuPages) -> Result<(), Lacking>;

    /// Builds the vCPU's control structure from scratch, on its CPU, and makes it current.
    fn attach(&self, vcpu: &mut VcpuHardware, shared: &SharedPages);

    /// Makes the vCPU current: this CPU will enter it next.
    fn load(&self, vcpu: &mut VcpuHardware);

    /// This CPU turns to a task or to another vCPU: the registers that the core and the tasks use are the core's again.
    fn unload(&self, vcpu: &mut VcpuHardware);

    /// The architectural state of the current vCPU (`activity` is left 0).
    fn state(&self, vcpu: &VcpuHardware) -> VcpuState;

    /// Sets groups of the current vCPU's state. Writing CONTROL flushes its translations.
    fn set_state(&self, vcpu: &mut VcpuHardware, state: &VcpuState, groups: StateGroups);

    /// Runs the current vCPU until it exits, for at most `ticks` of the time-stamp counter where the hardware can
    /// bound it. Called without the core's lock, with interrupts off; returns so.
    fn enter(&self, vcpu: &mut VcpuHardware, ticks: u64) -> Exit;

    /// Could the current vCPU take an external interrupt at its next entry (IF set, no blocking, nothing queued)?
    fn interruptible(&self, vcpu: &VcpuHardware) -> bool;

    /// Could it take an NMI?
    fn nmi_possible(&self, vcpu: &VcpuHardware) -> bool;

    /// RFLAGS.IF of the current vCPU.
    fn interrupts_enabled(&self, vcpu: &VcpuHardware) -> bool;

    /// Instruction pointer of the current vCPU.
    fn instruction_pointer(&self, vcpu: &VcpuHardware) -> u64;

    /// Gives the event to the guest at the next entry. The caller has checked that it can take it.
    fn inject(&self, vcpu: &mut VcpuHardware, event: Event);

    /// Can `request_window` be relied on at the next entry? If not, what waits is given when the core looks again.
    fn window_possible(&self, vcpu: &VcpuHardware) -> bool;

    /// Exit as soon as the guest can take an interrupt (or no longer). [`Exit::InterruptWindow`] ends the request.
    fn request_window(&self, vcpu: &mut VcpuHardware, wanted: bool);

    /// Steps over the instruction of the last exit: `exit_length` bytes; blocking by STI or MOV SS ends.
    fn advance(&self, vcpu: &mut VcpuHardware);

    /// `tsc_offset` of the current vCPU has changed.
    fn set_tsc_offset(&self, vcpu: &mut VcpuHardware);

    /// The guest's CR8 (bits 7:4 of the task priority); `None` where the backend does not keep it.
    fn task_priority(&self, vcpu: &VcpuHardware) -> Option<u8>;

    /// The guest wrote the task priority by its local APIC: CR8 is this from the next entry on.
    fn set_task_priority(&self, vcpu: &mut VcpuHardware, cr8: u8);
}
