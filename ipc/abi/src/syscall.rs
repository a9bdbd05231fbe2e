//! System calls: numbers, registers, results.
//!
//! `rax` holds the number; `rdi`, `rsi`, `rdx`, `r10`, `r8` the arguments. On return `rax` holds a [`Status`] and
//! `rdx` a value. `rcx`, `r11` and all vector registers are lost. Everything larger than a register goes through
//! the task's message page, so the core never follows a pointer that a task gave it; the only addresses that a
//! task may name are those of leases and lease transfers, and these are checked against the task's own segments.

/// System call numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Syscall {
    /// `call(slot, length, lease_count, deadline)`: sends `send.message[..length]`, blocks, the reply is in
    /// `reply`, its length in `rdx`. `deadline` is an absolute time stamp; 0 means the slot's own bound only.
    Call = 0,
    /// `recv(deadline)`: blocks until there is an event; it is in `event`. With a deadline that passes the event
    /// is [`EventKind::Timeout`](crate::message::EventKind::Timeout); 0 means none.
    Recv = 1,
    /// `reply_recv(length, status, deadline)`: ends the event under way with all that `send` holds (reply, commit,
    /// lines, interrupts, notifications) and receives the next one.
    ReplyRecv = 2,
    /// `notify(slot)`: sets the slot's bit in the target's notification word.
    Notify = 3,
    /// `wait(mask, deadline)`: blocks until a bit of `mask` is set; takes the bits and returns them in `rdx`.
    Wait = 4,
    /// `lease_read(lease, offset, address, length)`: copies from what the current caller lent to the own memory.
    LeaseRead = 5,
    /// `lease_write(lease, offset, address, length)`: copies from the own memory into what the caller lent.
    LeaseWrite = 6,
    /// `irq_ack(slot)`: unmasks the interrupt of that slot again.
    IrqAck = 7,
    /// `log(length, level)`: appends `send.log[..length]` to the system's log.
    Log = 8,
    /// `log_read(position)`: copies a piece of the log from stream position `position` (bytes since boot) into
    /// `reply_bulk`; `rdx` holds the length. Needs the log capability.
    LogRead = 9,
    /// `vm_reset(vm, keep, mark)`: puts all vCPUs, lines, local APICs and routes of a VM into their power-on state and
    /// drops its events; its time goes back to zero unless `keep` is 1. `mark` is what `vm_status` says from then on.
    VmReset = 16,
    /// `vm_route(vm)`: installs the [`Route`](crate::vm::Route) in `send.bulk`.
    VmRoute = 17,
    /// `vm_cpuid(vm, count)`: replaces the VM's CPUID table by the entries in `send.bulk`.
    VmCpuid = 18,
    /// `vm_run(vm)`: lets the vCPUs run.
    VmRun = 19,
    /// `vm_stop(vm)`: stops all vCPUs; returns when none is in the guest any more.
    VmStop = 20,
    /// `vm_inject(vm)`: delivers the [`Msi`](crate::msi::Msi) in `send.bulk`.
    VmInject = 21,
    /// `vcpu_read(vm, vcpu)`: the [`VcpuState`](crate::vcpu::VcpuState) of a vCPU that is not running, in `reply_bulk`.
    VcpuRead = 22,
    /// `vcpu_write(vm, vcpu, groups)`: sets the named groups of state of a vCPU that is not running from `send.bulk`.
    VcpuWrite = 23,
    /// `vm_status(vm)`: the [`VmStatus`](crate::vm::VmStatus), in `reply_bulk`.
    VmStatus = 24,
    /// `vcpu_apic(vm, vcpu, offset, is_write, value)`: an xAPIC register access on behalf of a vCPU; `rdx` = value read.
    VcpuApic = 25,
    /// `vcpu_status(vm, vcpu)`: the [`VcpuStatus`](crate::vcpu::VcpuStatus), in `reply_bulk`, whatever the vCPU does.
    VcpuStatus = 26,
    /// `task_status(task, page)`: the [`TaskStatus`](crate::fault::TaskStatus), in `reply_bulk`. `page` is one of its
    /// stack, counted from the low end.
    TaskStatus = 32,
    /// `task_fault(task)`: the [`FaultRecord`](crate::fault::FaultRecord) of a faulted task, in `reply_bulk`.
    TaskFault = 33,
    /// `task_restart(task, fresh)`: starts a faulted task's next life; if `fresh` is 1, without its committed state.
    /// Supervisor only.
    TaskRestart = 34,
    /// `power_off(code)`: ends the machine. Needs the platform capability.
    PowerOff = 40,
    /// `exit(code)`: the task is finished; recorded as a fault of kind `Exited`.
    Exit = 41,
    /// `panic(length)`: the task has panicked with the message in `send.log`; recorded as a fault.
    Panic = 42,
}

impl Syscall {
    /// The call with this number, if there is one.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Call,
            1 => Self::Recv,
            2 => Self::ReplyRecv,
            3 => Self::Notify,
            4 => Self::Wait,
            5 => Self::LeaseRead,
            6 => Self::LeaseWrite,
            7 => Self::IrqAck,
            8 => Self::Log,
            9 => Self::LogRead,
            16 => Self::VmReset,
            17 => Self::VmRoute,
            18 => Self::VmCpuid,
            19 => Self::VmRun,
            20 => Self::VmStop,
            21 => Self::VmInject,
            22 => Self::VcpuRead,
            23 => Self::VcpuWrite,
            24 => Self::VmStatus,
            25 => Self::VcpuApic,
            26 => Self::VcpuStatus,
            32 => Self::TaskStatus,
            33 => Self::TaskFault,
            34 => Self::TaskRestart,
            40 => Self::PowerOff,
            41 => Self::Exit,
            42 => Self::Panic,
            _ => return None,
        })
    }
}

/// How a system call ended. Each value says who is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// You: there is no system call of that number.
    NoSuchCall = 1,
    /// You: the slot is empty, out of range or of another kind.
    BadSlot = 2,
    /// You: an argument is out of range.
    BadArgument = 3,
    /// You: an address range is not in your memory, or not writable where it must be.
    BadAddress = 4,
    /// You: nothing is under way that this call could apply to.
    NothingUnderWay = 5,
    /// You: the slot does not carry the right that this call needs.
    NoRight = 6,
    /// The peer died before it answered; `rdx` holds its new generation.
    PeerDied = 7,
    /// The peer is faulted and not yet restarted, or will not be.
    PeerDead = 8,
    /// The deadline passed.
    DeadlinePassed = 9,
    /// The peer refused the message: it does not decode. You, if the schemas agree.
    Malformed = 10,
    /// The object is in a state in which this cannot be done.
    WrongState = 11,
    /// A fixed table of the core is full.
    Exhausted = 12,
}

impl Status {
    /// The status of this value; anything unknown is `BadArgument`.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        match value {
            0 => Self::Ok,
            1 => Self::NoSuchCall,
            2 => Self::BadSlot,
            4 => Self::BadAddress,
            5 => Self::NothingUnderWay,
            6 => Self::NoRight,
            7 => Self::PeerDied,
            8 => Self::PeerDead,
            9 => Self::DeadlinePassed,
            10 => Self::Malformed,
            11 => Self::WrongState,
            12 => Self::Exhausted,
            _ => Self::BadArgument,
        }
    }
}
