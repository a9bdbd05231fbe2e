//! `log`, `log_read`.

use crate::system::System;
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::SlotKind;
use bulkhead_abi::limits::MAX_LOG_LINE;
use bulkhead_abi::message::BULK;
use bulkhead_abi::syscall::Status;

impl System {
    /// Contract: the length is at most that of a line. An unknown level is that of all else.
    pub(super) fn log_line(&mut self, task: u16, length: u64, level: u64) -> Result<u64, Status> {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= MAX_LOG_LINE)
            .ok_or(Status::BadArgument)?;
        let name = self.task_name(task);
        let text = self.tasks.get_mut(usize::from(task)).ok_or(Status::BadArgument)?.page().send.log;
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        self.log.line(name, text.get(..length).unwrap_or(&[]), level);
        self.log_grew();
        Ok(0)
    }

    /// Contract: the slot is the log's. The answer begins with the position of its first byte, eight bytes little
    /// endian; the result is the number of bytes behind that.
    pub(super) fn log_read(&mut self, task: u16, slot: Slot, position: u64) -> Result<u64, Status> {
        self.slot_of(task, slot, SlotKind::Log)?;
        let mut bytes = [0u8; BULK];
        let (head, text) = bytes.split_at_mut(8);
        let (start, count) = self.log.read(position, text);
        head.copy_from_slice(&start.to_le_bytes());
        self.answer(task, &bytes);
        Ok(count as u64)
    }
}
