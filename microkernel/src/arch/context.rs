//! A task's registers while it does not run.

/// How the task entered the core, which is how it is left.
pub(crate) const BY_INTERRUPT: u64 = 0;
/// By a system call: only the registers that the system call contract keeps are restored; the others are cleared.
pub(crate) const BY_SYSCALL: u64 = 1;

/// The entry code finds the fields by their offsets; it lies in an arena page of its own.
#[repr(C, align(64))]
pub(crate) struct TaskContext {
    /// In the order of their encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 … r15.
    pub(crate) gpr: [u64; 16],
    /// Instruction pointer.
    pub(crate) rip: u64,
    /// Flags.
    pub(crate) rflags: u64,
    /// [`BY_INTERRUPT`] or [`BY_SYSCALL`].
    pub(crate) entered: u64,
    /// Page fault address of the last exception.
    pub(crate) cr2: u64,
    /// Alignment of the next field.
    pub(crate) reserved: [u64; 4],
    /// x87 and SSE state (FXSAVE format), for [`BY_INTERRUPT`].
    pub(crate) fx: [u8; 512],
}

const _: () = assert!(core::mem::offset_of!(TaskContext, rip) == 128);
const _: () = assert!(core::mem::offset_of!(TaskContext, entered) == 144);
const _: () = assert!(core::mem::offset_of!(TaskContext, fx) == 192);

/// Index of each register in [`TaskContext::gpr`].
pub(crate) mod register {
    pub(crate) const RAX: usize = 0;
    pub(crate) const RDX: usize = 2;
    pub(crate) const RSP: usize = 4;
    pub(crate) const RSI: usize = 6;
    pub(crate) const RDI: usize = 7;
    pub(crate) const R8: usize = 8;
    pub(crate) const R10: usize = 10;
}

/// Flags of ring 3: interrupts on, the always-one bit.
pub(crate) const USER_FLAGS: u64 = 0x202;

impl TaskContext {
    /// Registers at the start of a life: everything zero but what is needed.
    pub(crate) fn start(&mut self, entry: u64, stack: u64) {
        self.gpr = [0; 16];
        // As after a call: the ABI wants the stack pointer eight below a multiple of sixteen at an entry.
        self.gpr[register::RSP] = stack - 8;
        self.rip = entry;
        self.rflags = USER_FLAGS;
        self.entered = BY_INTERRUPT;
        self.cr2 = 0;
        self.fx = clean_fx();
    }

    /// Result of a system call.
    pub(crate) fn set_result(&mut self, status: u64, value: u64) {
        self.gpr[register::RAX] = status;
        self.gpr[register::RDX] = value;
    }
}

/// x87 and SSE state after FNINIT with the default MXCSR.
pub(crate) const fn clean_fx() -> [u8; 512] {
    let mut fx = [0; 512];
    fx[0] = 0x7f;
    fx[1] = 0x03;
    fx[24] = 0x80;
    fx[25] = 0x1f;
    fx
}

/// The state that a task finds after a system call.
#[repr(C, align(16))]
pub(crate) struct CleanFx([u8; 512]);

/// Read by the entry code.
#[unsafe(no_mangle)]
pub(crate) static CORE_CLEAN_FX: CleanFx = CleanFx(clean_fx());
