//! A fault record in words.

use crate::policy::{Decision, Micros};
use bulkhead_abi::exit::{ExitKind, VcpuExit};
use bulkhead_abi::fault::{EXIT_INVALID_STATE, FaultKind, FaultRecord};
use bulkhead_abi::image::name_text;
use bulkhead_abi::message::{EVENT_REPEAT, EventKind};
use bulkhead_protocol::RequestText;
use bulkhead_protocol::config::{FailurePolicy, RestartPolicy};
use bulkhead_protocol::supervisor::Cause as FailureCause;
use core::fmt::{Display, Formatter, Result};
use zerocopy::FromBytes;

/// Who was stopped and why: `linux.vuart (task 5, life 0, CPU 1): page fault at 0x10, error 0x4, rip 0x401234`
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// The task's name.
    pub name: &'a str,
    /// What the core recorded.
    pub record: &'a FaultRecord,
}

impl Display for Cause<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { name, record } = self;
        write!(f, "{name} (task {}, life {}, CPU {}): ", record.task, record.generation.0, record.cpu)?;
        let FaultRecord { code, error, address, .. } = **record;
        match FaultKind::from_value(record.kind) {
            FaultKind::None => write!(f, "stopped for no reason that is known")?,
            FaultKind::Exception if code == PAGE_FAULT => {
                write!(f, "page fault at {address:#x}, error {error:#x}")?;
            }
            FaultKind::Exception => write!(f, "{}, error {error:#x}", exception_name(code))?,
            FaultKind::StackOverflow => write!(f, "stack overflow at {address:#x}")?,
            FaultKind::Panic => write!(f, "panic: {}", name_text(&record.text))?,
            FaultKind::Exited if code == EXIT_INVALID_STATE => {
                write!(f, "the committed state does not validate")?
            }
            FaultKind::Exited => write!(f, "exited with code {code}")?,
            FaultKind::Deadline => write!(f, "kept task {code} waiting beyond its deadline")?,
            FaultKind::BadReply => write!(f, "gave an answer that is none ({code:#x})")?,
            FaultKind::BadCommit => write!(f, "asked for a commit that it may not make (part {code})")?,
            FaultKind::GaveUp => {
                write!(f, "said that the vCPU cannot go on ({code:#x}); its next life is asked")?
            }
            FaultKind::Injected => write!(f, "stopped on purpose (fault {code})")?,
        }
        write!(f, ", rip {:#x}", record.rip)
    }
}

/// What the task was doing: `token 17: exit PortWrite of 1 bytes at 0x3f8 by vCPU 0, value 0x41`
#[derive(Debug, Clone, Copy)]
pub struct Under<'a>(pub &'a FaultRecord);

impl Display for Under<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let record = self.0;
        let kind = EventKind::from_value(record.event_kind);
        if kind == EventKind::Timeout {
            return write!(f, "no event under way");
        }
        let repeat = if record.event_flags & EVENT_REPEAT == 0 { "" } else { " (again)" };
        write!(f, "token {}{repeat}: ", record.event_token)?;
        let length = usize::try_from(record.event_length).unwrap_or(0);
        match kind {
            EventKind::Timeout => Ok(()),
            EventKind::Signal => write!(f, "signal"),
            EventKind::Request => {
                let interface = u16::try_from(record.event_interface).unwrap_or(0);
                let bytes = record.event_message.get(..length).unwrap_or(&[]);
                write!(f, "request {}", RequestText { interface, bytes })
            }
            EventKind::Exit => write_exit(f, &record.event_message),
        }
    }
}

fn write_exit(f: &mut Formatter<'_>, message: &[u8]) -> Result {
    let Ok((exit, _)) = VcpuExit::read_from_prefix(message) else { return write!(f, "exit") };
    match ExitKind::from_value(exit.kind) {
        Some(kind) => write!(f, "exit {kind:?}")?,
        None => write!(f, "exit {}", exit.kind)?,
    }
    let VcpuExit { size, address, local, value, .. } = exit;
    write!(f, " of {size} bytes at {address:#x} by vCPU {local}, value {value:#x}")
}

/// Four registers in a line, from this one on.
#[derive(Debug, Clone, Copy)]
pub struct Registers<'a> {
    /// What the core recorded.
    pub record: &'a FaultRecord,
    /// The first: 0, 4, 8 or 12.
    pub first: usize,
}

impl Display for Registers<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let named = REGISTERS.iter().zip(&self.record.registers).skip(self.first).take(4);
        for (at, (name, value)) in named.enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{name} {value:016x}")?;
        }
        Ok(())
    }
}

/// Four words of the stack in a line, from this one on: `stack+20 …`
#[derive(Debug, Clone, Copy)]
pub struct StackWords<'a> {
    /// What the core recorded.
    pub record: &'a FaultRecord,
    /// The first: 0, 4, 8 or 12.
    pub first: usize,
}

impl Display for StackWords<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "stack+{:02x}", self.first.saturating_mul(size_of::<u64>()))?;
        self.record.stack.iter().skip(self.first).take(4).try_for_each(|word| write!(f, " {word:016x}"))
    }
}

/// What follows: `then restart 2 of 10 in 200 us`
#[derive(Debug, Clone, Copy)]
pub struct Then<'a> {
    /// What was decided.
    pub decision: Decision,
    /// By which policy, if the manifest has one.
    pub policy: Option<&'a RestartPolicy>,
    /// Now.
    pub now: Micros,
}

impl Display for Then<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let (limit, period) = self.policy.map_or((0, 0), |policy| (policy.limit, policy.period_ms));
        let pause = |at: Micros| at.0.saturating_sub(self.now.0);
        let why = |f: &mut Formatter<'_>, cause| match cause {
            FailureCause::LimitReached => write!(f, "more than {limit} faults in {period} ms"),
            FailureCause::InvalidState => write!(f, "its committed state is of no use"),
            FailureCause::Refused => write!(f, "it cannot be started"),
        };
        match self.decision {
            Decision::RestartAt(at, number) => {
                write!(f, "then restart {number} of {limit} in {} us", pause(at))
            }
            Decision::StartAnewAt(at, cause) => {
                write!(f, "then start anew in {} us: ", pause(at))?;
                why(f, cause)
            }
            Decision::GiveUp { cause, again } => {
                write!(f, "then {}: ", policy_word(self.policy, again))?;
                why(f, cause)
            }
        }
    }
}

/// The manifest's word for what follows.
fn policy_word(policy: Option<&RestartPolicy>, again: bool) -> &'static str {
    match policy.map(|policy| policy.on_failure) {
        Some(FailurePolicy::ResetDevice) if !again => "reset-device",
        Some(FailurePolicy::ResetVm) if !again => "reset-vm",
        Some(FailurePolicy::PauseVm) => "pause-vm",
        Some(FailurePolicy::ResetDevice | FailurePolicy::ResetVm | FailurePolicy::PowerOffVm) => {
            "power-off-vm"
        }
        Some(FailurePolicy::StartAnew | FailurePolicy::PowerOff) => "power-off",
        Some(FailurePolicy::StayDead) | None => "stay-dead",
    }
}

const REGISTERS: [&str; 16] = [
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
    "r15",
];
const PAGE_FAULT: u32 = 14;

/// The exception's name (Intel SDM volume 3, "Exception and Interrupt Vectors").
const fn exception_name(vector: u32) -> &'static str {
    match vector {
        0 => "divide error",
        1 => "debug exception",
        2 => "NMI",
        3 => "breakpoint",
        4 => "overflow",
        5 => "bound range exceeded",
        6 => "invalid opcode",
        7 => "device not available",
        8 => "double fault",
        10 => "invalid TSS",
        11 => "segment not present",
        12 => "stack segment fault",
        13 => "general protection",
        14 => "page fault",
        16 => "x87 floating-point error",
        17 => "alignment check",
        18 => "machine check",
        19 => "SIMD floating-point exception",
        20 => "virtualization exception",
        21 => "control protection",
        _ => "unknown exception",
    }
}

#[cfg(test)]
mod tests;
