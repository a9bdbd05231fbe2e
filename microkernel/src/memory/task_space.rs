//! A task's address space and memory, built from its record.

use super::{Arena, CoreSpace, direct};
use crate::image::Image;
use bulkhead_abi::image::{MountKind, SEGMENT_EXECUTE, SEGMENT_WRITE, SegmentRecord, TaskRecord};
use bulkhead_abi::layout::{
    COMMITTED, CONFIG, GUEST_MEMORY, GUEST_MEMORY_STRIDE, MESSAGE_PAGE, MODULES, PROGRAM, STACK_END,
    STACK_FILL, START_INFO,
};
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_SEGMENTS, MAX_VMS};
use bulkhead_model::paging::{Format, MapError, PAGE, Range, Rights, TableMemory, map};

/// A writable or readable piece of a task's own memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// First address in the task.
    pub(crate) virt: u64,
    /// First physical address; contiguous.
    pub(crate) phys: u64,
    /// Bytes.
    pub(crate) length: u64,
    /// The task may write to it.
    pub(crate) writable: bool,
}

const NO_PIECE: Piece = Piece { virt: 0, phys: 0, length: 0, writable: false };

/// Where a task's memory is. All of it is in the arena.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskMemory {
    /// Top page table.
    pub(crate) root: u64,
    /// Registers while the task does not run.
    pub(crate) context: u64,
    /// Message page.
    pub(crate) message: u64,
    /// Start information.
    pub(crate) start_info: u64,
    /// Committed state as the task sees it: what its last life left.
    pub(crate) committed_view: u64,
    /// Committed state as the core keeps it.
    pub(crate) committed: u64,
    /// Program and stack; the stack is last.
    pub(crate) pieces: [Piece; MAX_SEGMENTS + 1],
    /// How many of them.
    pub(crate) piece_count: usize,
}

impl TaskMemory {
    pub(crate) const NONE: Self = Self {
        root: 0,
        context: 0,
        message: 0,
        start_info: 0,
        committed_view: 0,
        committed: 0,
        pieces: [NO_PIECE; MAX_SEGMENTS + 1],
        piece_count: 0,
    };

    /// Physical address of a range of the task's own memory, if it is one piece and writable where that is asked.
    pub(crate) fn locate(&self, address: u64, length: u64, write: bool) -> Option<u64> {
        let end = address.checked_add(length)?;
        self.pieces.iter().take(self.piece_count).find_map(|piece| {
            let inside =
                address >= piece.virt && end <= piece.virt + piece.length && (piece.writable || !write);
            inside.then(|| piece.phys + (address - piece.virt))
        })
    }

    /// Bytes at the low end of a page of the stack, counted from the stack's low end, that were never written to in
    /// this life; 0 if there is no such page. The task does not run on another CPU, or the answer is of that moment.
    pub(crate) fn untouched(&self, page: u64) -> u32 {
        let Some(stack) = self.pieces.get(self.piece_count.wrapping_sub(1)) else { return 0 };
        let Some(offset) = page.checked_mul(PAGE).filter(|offset| *offset < stack.length) else { return 0 };
        let start = direct::<u64>(stack.phys + offset);
        let fill = u64::from_ne_bytes([STACK_FILL; 8]);
        let is_untouched = |index: &usize| {
            // SAFETY: the page is one of the piece, which the direct map covers, and the index is within the page.
            let word = unsafe { start.add(*index) };
            // SAFETY: as above. The task may write at the same time, so the word is read as what may change.
            unsafe { word.read_volatile() == fill }
        };
        (0..(PAGE / 8) as usize).take_while(is_untouched).fold(0, |bytes, _| bytes + 8)
    }

    /// Gives the program its initial contents: at the start of every life.
    pub(crate) fn fill(&self, image: &Image, record: &TaskRecord) {
        let segments = image.segments(record);
        for (piece, segment) in self.pieces.iter().take(self.piece_count).zip(segments) {
            let initial = image.bytes(segment.file_offset, segment.file_length);
            write_piece(piece, initial, 0);
        }
        if let Some(stack) = self.pieces.get(segments.len()).filter(|_| self.piece_count > segments.len()) {
            write_piece(stack, &[], STACK_FILL);
        }
        // SAFETY: the message page is one page of the arena; the task does not run.
        unsafe { core::ptr::write_bytes(direct::<u8>(self.message), 0, 4096) };
    }
}

/// Writes `initial` at the start of a piece and `fill` in all bytes behind it.
fn write_piece(piece: &Piece, initial: &[u8], fill: u8) {
    let length = usize::try_from(piece.length).unwrap_or(0);
    let used = initial.len().min(length);
    let start = direct::<u8>(piece.phys);
    // SAFETY: the piece is `length` bytes of the arena, which the direct map covers, and `used` is not more; the task
    // that owns it does not run.
    unsafe { core::ptr::copy_nonoverlapping(initial.as_ptr(), start, used) };
    // SAFETY: as above: `used <= length`, so this stays in the piece.
    let rest = unsafe { start.add(used) };
    // SAFETY: as above.
    unsafe { core::ptr::write_bytes(rest, fill, length - used) };
}

/// Where the memory of each VM is: first physical address.
pub(crate) type GuestRanges = [u64; MAX_VMS];

/// Builds a task's address space.
pub(crate) fn build(
    arena: &mut Arena,
    core: &CoreSpace,
    image: &Image,
    record: &TaskRecord,
    guests: &GuestRanges,
) -> Result<TaskMemory, MapError> {
    let page = |arena: &mut Arena, count| arena.pages(count).ok_or(MapError::OutOfTables);
    let committed_pages = (MAX_COMMITTED as u64).div_ceil(PAGE);
    let mut memory = TaskMemory {
        root: page(arena, 1)?,
        context: page(arena, 1)?,
        message: page(arena, 1)?,
        start_info: page(arena, 1)?,
        committed_view: page(arena, committed_pages)?,
        committed: page(arena, committed_pages)?,
        ..TaskMemory::NONE
    };
    share_upper_half(arena, core.root, memory.root)?;
    let root = memory.root;
    let user = |arena: &mut Arena, virt, phys, length: u64, rights: Rights| {
        let length = length.next_multiple_of(PAGE);
        map(arena, Format::Long, root, Range { virt, phys, length }, rights.for_user())
    };
    for segment in image.segments(record) {
        let rights = segment_rights(segment)?;
        let length = segment.memory_length.next_multiple_of(PAGE);
        let phys = page(arena, length / PAGE)?;
        user(arena, segment.address, phys, length, rights)?;
        memory.push(Piece { virt: segment.address, phys, length, writable: rights.write });
    }
    let stack = u64::from(record.stack_pages) * PAGE;
    let phys = page(arena, u64::from(record.stack_pages))?;
    user(arena, STACK_END - stack, phys, stack, Rights::WRITE)?;
    memory.push(Piece { virt: STACK_END - stack, phys, length: stack, writable: true });

    user(arena, MESSAGE_PAGE, memory.message, PAGE, Rights::WRITE)?;
    user(arena, START_INFO, memory.start_info, PAGE, Rights::READ)?;
    user(arena, COMMITTED, memory.committed_view, committed_pages * PAGE, Rights::READ)?;
    if record.config_length > 0 {
        let length = u64::from(record.config_length).next_multiple_of(PAGE);
        let phys = page(arena, length / PAGE)?;
        let config = image.bytes(record.config_offset, record.config_length);
        write_piece(&Piece { virt: CONFIG, phys, length, writable: false }, config, 0);
        user(arena, CONFIG, phys, length, Rights::READ)?;
    }
    for mount in image.mounts(record) {
        let rights = if mount.writable != 0 { Rights::WRITE } else { Rights::READ };
        if mount.kind == MountKind::Modules as u16 {
            let modules = image.modules();
            if modules.end > modules.start {
                user(arena, MODULES, modules.start, modules.end - modules.start, Rights::READ)?;
            }
        } else {
            let index = usize::from(mount.target);
            let (Some(vm), Some(start)) = (image.vms().get(index), guests.get(index)) else { continue };
            let base = GUEST_MEMORY + u64::from(mount.target) * GUEST_MEMORY_STRIDE;
            for piece in vm.pieces() {
                user(arena, base + piece.address, start + piece.offset, piece.length, rights)?;
            }
        }
    }
    Ok(memory)
}

impl TaskMemory {
    fn push(&mut self, piece: Piece) {
        if let Some(slot) = self.pieces.get_mut(self.piece_count) {
            *slot = piece;
            self.piece_count += 1;
        }
    }
}

fn segment_rights(segment: &SegmentRecord) -> Result<Rights, MapError> {
    let inside = segment.address >= PROGRAM
        && segment.address.is_multiple_of(PAGE)
        && segment.address.checked_add(segment.memory_length).is_some_and(|end| end <= MESSAGE_PAGE);
    match (inside, segment.flags & SEGMENT_WRITE != 0, segment.flags & SEGMENT_EXECUTE != 0) {
        (true, false, false) => Ok(Rights::READ),
        (true, true, false) => Ok(Rights::WRITE),
        (true, false, true) => Ok(Rights::EXECUTE),
        _ => Err(MapError::Misaligned),
    }
}

fn share_upper_half(arena: &mut Arena, from: u64, to: u64) -> Result<(), MapError> {
    let entries = *arena.table(from).ok_or(MapError::OutOfTables)?;
    let table = arena.table(to).ok_or(MapError::OutOfTables)?;
    for (to, from) in table.iter_mut().zip(entries).skip(256) {
        *to = from;
    }
    Ok(())
}
