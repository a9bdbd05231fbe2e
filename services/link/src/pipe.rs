//! One direction of the cable.

use bulkhead_protocol::Bytes;
use bulkhead_protocol::stream::CHUNK;

/// Bytes that may be under way in one direction.
pub const ROOM: usize = 256;
/// Bytes of an encoded pipe: two positions, a flag, the ring.
pub(crate) const PIPE: usize = 8 + 8 + 1 + ROOM;

/// Bytes under way. A byte lies in the ring at its position modulo its length. Invariant: `read <= written`, and at
/// most [`ROOM`] apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pipe {
    /// Position of the next byte to be written.
    written: u64,
    /// Position of the oldest byte; what lies before is forgotten.
    read: u64,
    /// The writer waits for room.
    refused: bool,
    ring: [u8; ROOM],
}

impl Pipe {
    pub(crate) const fn new() -> Self {
        Self { written: 0, read: 0, refused: false, ring: [0; ROOM] }
    }

    /// Position after the last byte written.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Position of the next byte to be read.
    pub(crate) const fn read_position(&self) -> u64 {
        self.read
    }

    /// Takes bytes of which the first has this position; the position after the last one taken. A repeat is skipped,
    /// and nothing behind a gap is taken.
    pub(crate) fn write(&mut self, position: u64, bytes: &[u8]) -> u64 {
        let Some(known) = self.written.checked_sub(position) else { return self.written };
        for byte in bytes.iter().skip(usize::try_from(known).unwrap_or(usize::MAX)) {
            if self.under_way() >= ROOM {
                self.refused = true;
                break;
            }
            if let Some(place) = self.ring.get_mut(place(self.written)) {
                *place = *byte;
            }
            self.written = self.written.saturating_add(1);
        }
        self.written
    }

    /// Bytes from this position on; what lies before it is forgotten. A position that was forgotten already, or that
    /// no byte has reached, has none.
    pub(crate) fn read(&mut self, position: u64) -> Bytes<CHUNK> {
        let mut bytes = Bytes::new();
        if !(self.read..=self.written).contains(&position) {
            return bytes;
        }
        self.read = position;
        for at in (self.read..self.written).take(CHUNK) {
            bytes.push(self.ring.get(place(at)).copied().unwrap_or(0));
        }
        bytes
    }

    /// Is there room again, and has the writer been waiting for it? Says so once.
    pub(crate) fn take_room_again(&mut self) -> bool {
        let again = self.refused && ROOM.saturating_sub(self.under_way()) >= CHUNK;
        self.refused &= !again;
        again
    }

    fn under_way(&self) -> usize {
        usize::try_from(self.written.saturating_sub(self.read)).unwrap_or(usize::MAX)
    }

    pub(crate) fn save(&self, into: &mut [u8; PIPE]) {
        let (written, rest) = into.split_at_mut(8);
        let (read, rest) = rest.split_at_mut(8);
        written.copy_from_slice(&self.written.to_le_bytes());
        read.copy_from_slice(&self.read.to_le_bytes());
        if let Some((refused, ring)) = rest.split_first_mut() {
            *refused = u8::from(self.refused);
            ring.copy_from_slice(&self.ring);
        }
    }

    /// `None` for what no pipe can be.
    pub(crate) fn load(from: &[u8]) -> Option<Self> {
        let (written, rest) = from.split_first_chunk()?;
        let (read, rest) = rest.split_first_chunk()?;
        let (refused, ring) = rest.split_first()?;
        let pipe = Self {
            written: u64::from_le_bytes(*written),
            read: u64::from_le_bytes(*read),
            refused: *refused == 1,
            ring: ring.try_into().ok()?,
        };
        let is_valid = *refused <= 1 && pipe.read <= pipe.written && pipe.under_way() <= ROOM;
        is_valid.then_some(pipe)
    }
}

fn place(position: u64) -> usize {
    usize::try_from(position.checked_rem(ROOM as u64).unwrap_or(0)).unwrap_or(0)
}
