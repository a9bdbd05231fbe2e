//! A task's program: its memory and the schemas that it was built with, out of its ELF.

use core::fmt;
use object::elf::{PF_W, PF_X, PT_LOAD};
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{LittleEndian, Object, ObjectSection};

use bulkhead_abi::image::{SEGMENT_EXECUTE, SEGMENT_WRITE};
use bulkhead_abi::layout::{MESSAGE_PAGE, PAGE, PROGRAM};
use bulkhead_abi::limits::MAX_SEGMENTS;

/// Name of the section that holds the schema entries.
const SCHEMAS: &str = ".bulkhead.schemas";

/// A program, ready to be put into an image.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// First instruction.
    pub entry: u64,
    /// Its memory.
    pub segments: Vec<Segment>,
    /// What it calls and serves.
    pub schemas: Vec<SchemaEntry>,
}

/// A piece of memory: whole pages, initialised by `bytes`, then zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Page-aligned address.
    pub address: u64,
    /// Bytes in memory.
    pub memory_length: u64,
    /// Initial bytes.
    pub bytes: Vec<u8>,
    /// [`SEGMENT_WRITE`], [`SEGMENT_EXECUTE`].
    pub flags: u32,
}

/// Which side of an interface a program is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It calls.
    Calls,
    /// It serves.
    Serves,
}

/// An interface that a program was built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaEntry {
    /// Identifier of the interface.
    pub interface: u16,
    /// Which side.
    pub role: Role,
    /// Hash of the shapes of all its messages.
    pub hash: u64,
}

/// Why an ELF cannot be a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramError {
    /// It is no 64-bit ELF, or damaged.
    NotElf(String),
    /// A segment is writable and executable.
    WritableCode(u64),
    /// Two segments want the same page.
    SharedPage(u64),
    /// A segment lies outside the part of the address space that programs have.
    OutOfPlace(u64),
    /// More segments than a task can have.
    TooManySegments(usize),
    /// The entry point is in no executable segment.
    NoEntry(u64),
    /// The schema section is not a list of entries.
    BadSchemas,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotElf(reason) => write!(f, "it is no 64-bit x86 ELF: {reason}"),
            Self::WritableCode(address) => {
                write!(f, "the segment at {address:#x} is writable and executable")
            }
            Self::SharedPage(address) => write!(f, "two segments share the page at {address:#x}"),
            Self::OutOfPlace(address) => {
                write!(f, "the segment at {address:#x} is not between {PROGRAM:#x} and {MESSAGE_PAGE:#x}")
            }
            Self::TooManySegments(count) => write!(f, "it has {count} segments, {MAX_SEGMENTS} are possible"),
            Self::NoEntry(entry) => write!(f, "its entry point {entry:#x} is not in an executable segment"),
            Self::BadSchemas => write!(f, "its section {SCHEMAS} is damaged"),
        }
    }
}

impl Program {
    /// Takes an ELF apart.
    ///
    /// # Errors
    /// It cannot be a task.
    pub fn from_elf(bytes: &[u8]) -> Result<Self, ProgramError> {
        let not_elf = |error: object::Error| ProgramError::NotElf(error.to_string());
        let file: ElfFile64<'_, LittleEndian> = ElfFile64::parse(bytes).map_err(not_elf)?;
        let mut program = Self { entry: file.elf_header().e_entry(LittleEndian), ..Self::default() };
        for header in file.elf_program_headers() {
            if header.p_type(LittleEndian) == PT_LOAD && header.p_memsz(LittleEndian) != 0 {
                let data = header.data(LittleEndian, bytes);
                let data = data.map_err(|()| ProgramError::NotElf("a segment is cut off".into()))?;
                let flags = header.p_flags(LittleEndian);
                program.segments.push(segment(
                    header.p_vaddr(LittleEndian),
                    header.p_memsz(LittleEndian),
                    data,
                    flags & PF_W == PF_W,
                    flags & PF_X == PF_X,
                )?);
            }
        }
        program.segments.sort_by_key(|segment| segment.address);
        program.check_layout()?;
        if let Some(section) = file.section_by_name(SCHEMAS) {
            program.schemas = read_schemas(section.data().map_err(not_elf)?)?;
        }
        Ok(program)
    }

    /// The hash with which this program was built for one side of an interface.
    #[must_use]
    pub fn schema(&self, interface: u16, role: Role) -> Option<u64> {
        let is_asked = |entry: &&SchemaEntry| entry.interface == interface && entry.role == role;
        self.schemas.iter().find(is_asked).map(|entry| entry.hash)
    }

    fn check_layout(&self) -> Result<(), ProgramError> {
        if self.segments.len() > MAX_SEGMENTS {
            return Err(ProgramError::TooManySegments(self.segments.len()));
        }
        for pair in self.segments.windows(2) {
            if let [first, second] = pair
                && (first.address + first.memory_length).next_multiple_of(PAGE) > second.address
            {
                return Err(ProgramError::SharedPage(second.address));
            }
        }
        let is_entered = |segment: &Segment| {
            segment.flags & SEGMENT_EXECUTE != 0
                && (segment.address..segment.address + segment.memory_length).contains(&self.entry)
        };
        if self.segments.iter().any(is_entered) { Ok(()) } else { Err(ProgramError::NoEntry(self.entry)) }
    }
}

/// A segment that starts within a page is filled up with zeros from the page's start.
fn segment(
    address: u64,
    length: u64,
    data: &[u8],
    write: bool,
    execute: bool,
) -> Result<Segment, ProgramError> {
    if write && execute {
        return Err(ProgramError::WritableCode(address));
    }
    if u64::try_from(data.len()).is_ok_and(|bytes| bytes > length) {
        return Err(ProgramError::NotElf("a segment has more bytes than memory".into()));
    }
    let start = address - address % PAGE;
    let end = address.checked_add(length).filter(|end| *end <= MESSAGE_PAGE);
    let Some(end) = end.filter(|_| start >= PROGRAM) else { return Err(ProgramError::OutOfPlace(address)) };
    let padding = usize::try_from(address - start).unwrap_or(0);
    let mut bytes = vec![0; padding];
    bytes.extend_from_slice(data);
    let mut flags = 0;
    if write {
        flags |= SEGMENT_WRITE;
    }
    if execute {
        flags |= SEGMENT_EXECUTE;
    }
    Ok(Segment { address: start, memory_length: end - start, bytes, flags })
}

/// 16-byte entries: interface, role (0 calls, 1 serves), four zero bytes, hash; little-endian.
fn read_schemas(bytes: &[u8]) -> Result<Vec<SchemaEntry>, ProgramError> {
    let (entries, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() {
        return Err(ProgramError::BadSchemas);
    }
    entries
        .iter()
        .map(|entry| {
            let [i0, i1, r0, r1, _, _, _, _, hash @ ..] = *entry;
            let role = match u16::from_le_bytes([r0, r1]) {
                0 => Role::Calls,
                1 => Role::Serves,
                _ => return Err(ProgramError::BadSchemas),
            };
            Ok(SchemaEntry { interface: u16::from_le_bytes([i0, i1]), role, hash: u64::from_le_bytes(hash) })
        })
        .collect()
}
