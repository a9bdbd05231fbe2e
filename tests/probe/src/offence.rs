//! What a task can do wrong, and how the core must end it.

use bulkhead_abi::fault::{FaultKind, FaultRecord};
use bulkhead_abi::layout::{
    COMMITTED, CONFIG, GUEST_MEMORY, MESSAGE_PAGE, MODULES, PROGRAM, STACK_END, START_INFO,
};

/// How an offence must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By one of these exceptions (the two CPU vendors do not always agree).
    Exception(&'static [u32]),
    /// By one of these exceptions, or not at all.
    ExceptionOrNone(&'static [u32]),
    /// By a page fault at this address, if it is known before, with these bits in the error code.
    PageFault(Option<u64>, u64),
    /// By a page fault that the core takes for an overflow of the stack.
    StackOverflow,
    /// By a panic.
    Panic,
    /// By its own wish, with this code.
    Exited(u32),
    /// By a reply that is none.
    BadReply,
    /// By a commit of which this part is wrong.
    BadCommit(u32),
}

/// A task exits with this code if nothing stopped it.
pub const SURVIVED: u32 = 77;

const DIVIDE: End = End::Exception(&[0]);
const DEBUG: End = End::Exception(&[1]);
/// One emulator does not know the instruction.
const INT1: End = End::Exception(&[1, 6]);
const INVALID_OPCODE: End = End::Exception(&[6]);
/// One emulator does not tell the stack from other memory here.
const STACK: End = End::Exception(&[12, 13]);
const PROTECTION: End = End::Exception(&[13]);
const NOT_HERE: End = End::Exception(&[6, 13]);
const X87: End = End::Exception(&[16]);
/// One emulator never raises it.
const SIMD: End = End::ExceptionOrNone(&[19]);
/// One emulator takes the frame on the own stack for the core's, and so meets SMAP.
const RETURN: End = End::Exception(&[13, 14]);

/// Bits of a page fault's error code (Intel SDM volume 3, "Page-Fault Exceptions").
const WRITE_TO_PRESENT: u64 = 0x7;
const USER: u64 = 0x4;
const FETCH_FROM_PRESENT: u64 = 0x15;

/// Where the core's image is.
pub const CORE: u64 = 0xffff_ffff_8010_0000;
/// Where the core sees all memory.
pub const DIRECT_MAP: u64 = 0xffff_8000_0000_0000;
/// An address with bits that no address has.
pub const NON_CANONICAL: u64 = 0x0000_8000_0000_0000;
/// Beyond every program.
pub const BEYOND: u64 = PROGRAM + 0x0200_0000;

/// All offences by their names.
pub const OFFENCES: &[(&str, End)] = &[
    ("read-core", End::PageFault(Some(CORE), USER)),
    ("write-core", End::PageFault(Some(CORE), USER)),
    ("run-core", End::PageFault(Some(CORE), USER)),
    ("read-direct-map", End::PageFault(Some(DIRECT_MAP), USER)),
    ("read-guest", End::PageFault(Some(GUEST_MEMORY), USER)),
    ("write-guest", End::PageFault(Some(GUEST_MEMORY), USER)),
    ("read-modules", End::PageFault(Some(MODULES), USER)),
    ("read-beyond", End::PageFault(Some(BEYOND), USER)),
    ("read-above-stack", End::PageFault(Some(STACK_END), USER)),
    ("read-null", End::PageFault(Some(0), USER)),
    ("run-null", End::PageFault(Some(0), USER)),
    ("read-nowhere", PROTECTION),
    ("run-nowhere", PROTECTION),
    ("write-text", End::PageFault(Some(PROGRAM), WRITE_TO_PRESENT)),
    ("write-rodata", End::PageFault(None, WRITE_TO_PRESENT)),
    ("write-start-info", End::PageFault(Some(START_INFO), WRITE_TO_PRESENT)),
    ("write-config", End::PageFault(Some(CONFIG), WRITE_TO_PRESENT)),
    ("write-committed", End::PageFault(Some(COMMITTED), WRITE_TO_PRESENT)),
    ("run-data", End::PageFault(None, FETCH_FROM_PRESENT)),
    ("run-stack", End::PageFault(None, FETCH_FROM_PRESENT)),
    ("run-message", End::PageFault(Some(MESSAGE_PAGE), FETCH_FROM_PRESENT)),
    ("overflow", End::StackOverflow),
    ("stack-in-core", End::PageFault(Some(CORE - 8), USER)),
    ("stack-nowhere", STACK),
    ("fault-without-stack", INVALID_OPCODE),
    ("call-without-stack", End::Exited(SURVIVED)),
    ("divide", DIVIDE),
    ("trap-flag", DEBUG),
    ("trap-flag-in-call", DEBUG),
    ("icebp", INT1),
    ("int3", End::Exception(&[3, 13])),
    ("int-nmi", PROTECTION),
    ("int-page-fault", PROTECTION),
    ("int-timer", PROTECTION),
    ("int-80", PROTECTION),
    ("ud2", INVALID_OPCODE),
    ("x87", X87),
    ("simd", SIMD),
    ("avx", INVALID_OPCODE),
    ("alignment", End::Exited(SURVIVED)),
    ("load-core-segment", PROTECTION),
    ("load-tss", PROTECTION),
    ("load-beyond-gdt", PROTECTION),
    ("null-stack-segment", PROTECTION),
    ("far-to-core", PROTECTION),
    ("far-to-32-bit", PROTECTION),
    ("iret-to-core", RETURN),
    ("hlt", PROTECTION),
    ("cli", PROTECTION),
    ("sti", PROTECTION),
    ("popf-iopl", PROTECTION),
    ("read-cr0", PROTECTION),
    ("write-cr3", PROTECTION),
    ("write-cr8", PROTECTION),
    ("write-dr7", PROTECTION),
    ("rdmsr", PROTECTION),
    ("wrmsr", PROTECTION),
    ("rdpmc", PROTECTION),
    ("in", PROTECTION),
    ("out", PROTECTION),
    ("out-console", PROTECTION),
    ("ins", PROTECTION),
    ("port-behind", PROTECTION),
    ("port-too-wide", PROTECTION),
    ("lgdt", PROTECTION),
    ("lidt", PROTECTION),
    ("lldt", PROTECTION),
    ("ltr", PROTECTION),
    ("sgdt", PROTECTION),
    ("clts", PROTECTION),
    ("lmsw", PROTECTION),
    ("invlpg", PROTECTION),
    ("invd", PROTECTION),
    ("wbinvd", PROTECTION),
    ("swapgs", PROTECTION),
    ("sysret", PROTECTION),
    ("sysenter", NOT_HERE),
    ("xsetbv", NOT_HERE),
    ("wrfsbase", INVALID_OPCODE),
    ("monitor", NOT_HERE),
    ("vmcall", NOT_HERE),
    ("vmmcall", NOT_HERE),
    ("vmxon", NOT_HERE),
    ("vmrun", NOT_HERE),
    ("panic", End::Panic),
    ("exit", End::Exited(7)),
    ("reply-too-long", End::BadReply),
    ("patch-too-long", End::BadCommit(1)),
    ("patch-beyond", End::BadCommit(1)),
    ("foreign-lines", End::BadCommit(2)),
    ("foreign-interrupt", End::BadCommit(3)),
    ("foreign-notify", End::BadCommit(4)),
];

/// How this offence must end, if there is one of that name.
#[must_use]
pub fn end_of(name: &str) -> Option<End> {
    OFFENCES.iter().find_map(|(known, end)| (*known == name).then_some(*end))
}

impl End {
    /// Is this what the core has recorded?
    #[must_use]
    pub fn is_recorded(&self, record: &FaultRecord) -> bool {
        let kind = FaultKind::from_value(record.kind);
        match *self {
            Self::Exception(vectors) => kind == FaultKind::Exception && vectors.contains(&record.code),
            Self::ExceptionOrNone(vectors) => {
                Self::Exception(vectors).is_recorded(record) || Self::Exited(SURVIVED).is_recorded(record)
            }
            Self::PageFault(address, error) => {
                kind == FaultKind::Exception
                    && record.code == 14
                    && address.is_none_or(|address| record.address == address)
                    && record.error & error == error
            }
            Self::StackOverflow => kind == FaultKind::StackOverflow,
            Self::Panic => kind == FaultKind::Panic,
            Self::Exited(code) => kind == FaultKind::Exited && record.code == code,
            Self::BadReply => kind == FaultKind::BadReply,
            Self::BadCommit(part) => kind == FaultKind::BadCommit && record.code == part,
        }
    }
}
