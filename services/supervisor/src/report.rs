//! A fault record in words.

use bulkhead_abi::exit::{ExitKind, VcpuExit};
use bulkhead_abi::fault::{FaultKind, FaultRecord};
use bulkhead_abi::image::name_text;
use bulkhead_abi::message::EventKind;
use bulkhead_protocol::interface_name;
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
            FaultKind::Exited => write!(f, "exited with code {code}")?,
            FaultKind::Deadline => write!(f, "kept task {code} waiting beyond its deadline")?,
            FaultKind::BadReply => write!(f, "gave an answer that is none ({code:#x})")?,
            FaultKind::BadCommit => write!(f, "asked for a commit that it may not make (part {code})")?,
            FaultKind::Stopped => write!(f, "stopped by another task")?,
            FaultKind::Injected => write!(f, "stopped on purpose (fault {code})")?,
        }
        write!(f, ", rip {:#x}", record.rip)
    }
}

/// What the task was doing: `while handling exit PortWrite at 0x3f8 of vCPU 0, value 0x41, token 17`
#[derive(Debug, Clone, Copy)]
pub struct Under<'a>(pub &'a FaultRecord);

impl Display for Under<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let record = self.0;
        match EventKind::from_value(record.event_kind) {
            EventKind::Timeout => return write!(f, "no event was under way"),
            EventKind::Signal => write!(f, "while handling a signal")?,
            EventKind::Request => match u16::try_from(record.event_interface).ok().and_then(interface_name) {
                Some(name) => write!(f, "while handling a request of {name}")?,
                None => write!(f, "while handling a request of interface {}", record.event_interface)?,
            },
            EventKind::Exit => write_exit(f, &record.event_message)?,
        }
        write!(f, ", token {}", record.event_token)
    }
}

fn write_exit(f: &mut Formatter<'_>, message: &[u8]) -> Result {
    let Ok((exit, _)) = VcpuExit::read_from_prefix(message) else {
        return write!(f, "while handling an exit");
    };
    match ExitKind::from_value(exit.kind) {
        Some(kind) => write!(f, "while handling exit {kind:?}")?,
        None => write!(f, "while handling exit {}", exit.kind)?,
    }
    write!(f, " at {:#x} of vCPU {}, value {:#x}", exit.address, exit.local, exit.value)
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
