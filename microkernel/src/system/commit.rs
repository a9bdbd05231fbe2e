//! Commit: all consequences of an event at once, or none.

use super::System;
use crate::memory::direct;
use bulkhead_abi::fault::FaultKind;
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::SlotKind;
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_INTERRUPTS, MAX_PATCH, MAX_SLOTS};
use bulkhead_abi::msi::Msi;

/// Parts of a commit, for the fault record.
const PATCH: u32 = 1;
const LINES: u32 = 2;
const INTERRUPTS: u32 = 3;
const NOTIFY: u32 = 4;

impl System {
    /// Checks everything that the task has put into its message page, then applies it.
    pub(super) fn commit(&mut self, task: u16) -> Result<(), (FaultKind, u32)> {
        let refuse = |part| Err((FaultKind::BadCommit, part));
        let Some(server) = self.tasks.get_mut(usize::from(task)) else { return refuse(0) };
        let (own_lines, vm, committed) = (server.lines, server.vm, server.committed);
        let area = server.memory.committed;
        let send = &server.page().send;
        let (mask, level, pulse, notify) = (send.line_mask, send.line_level, send.line_pulse, send.notify);
        let count = send.interrupt_count as usize;
        let (offset, length, total) =
            (send.patch.offset as usize, send.patch.length as usize, send.patch.total as usize);

        if length > MAX_PATCH
            || total > MAX_COMMITTED
            || (length > 0 && offset.saturating_add(length) > total)
        {
            return refuse(PATCH);
        }
        if (mask | pulse) & !own_lines != 0 {
            return refuse(LINES);
        }
        if count > MAX_INTERRUPTS || (count > 0 && vm == bulkhead_abi::image::NONE) {
            return refuse(INTERRUPTS);
        }
        for slot in bits(notify) {
            let record = self.slot(task, Slot(slot));
            if usize::from(slot) >= MAX_SLOTS
                || record.is_none_or(|record| record.kind != SlotKind::Notify as u16)
            {
                return refuse(NOTIFY);
            }
        }

        if total > 0 && length > 0 {
            let Some(server) = self.tasks.get_mut(usize::from(task)) else { return refuse(0) };
            let bytes = &server.page().send.patch.bytes;
            let to = direct::<u8>(area + offset as u64);
            // SAFETY: the committed state is MAX_COMMITTED bytes of the arena that only the core writes; offset and
            // length were checked against that.
            unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), to, length) };
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most MAX_COMMITTED, as checked above")]
        let kept = total as u32;
        if total > 0
            && kept != committed
            && let Some(server) = self.tasks.get_mut(usize::from(task))
        {
            server.committed = kept;
        }
        self.saw_commit(task);
        if mask != 0 {
            self.set_lines(vm, mask, level, pulse & mask);
        }
        if count > 0 {
            let interrupts: [Msi; MAX_INTERRUPTS] = self
                .tasks
                .get_mut(usize::from(task))
                .map_or([Msi::default(); _], |server| server.page().send.interrupts);
            for message in interrupts.iter().take(count) {
                self.deliver_message(vm, *message);
            }
        }
        for slot in bits(notify) {
            if let Some(record) = self.slot(task, Slot(slot)) {
                self.notify(record.target, 1 << (record.argument & 63));
            }
        }
        Ok(())
    }
}

/// Numbers of the bits that are set.
fn bits(word: u64) -> impl Iterator<Item = u16> {
    let mut rest = word;
    core::iter::from_fn(move || {
        (rest != 0).then(|| {
            let bit = rest.trailing_zeros();
            rest &= rest - 1;
            (bit & 63) as u16
        })
    })
}
