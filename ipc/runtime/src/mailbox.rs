//! Receiving events and ending them.

use crate::raw::system_call;
use crate::{inject, page};
use bulkhead_abi::limits::MAX_INTERRUPTS;
use bulkhead_abi::message::Event;
use bulkhead_abi::msi::Msi;
use bulkhead_abi::syscall::{Status, Syscall};

/// What the end of an event leads to beside the reply.
#[derive(Debug, Clone, Copy, Default)]
pub struct Consequences<'a> {
    /// Lines to set, their levels, and those that pulse.
    pub lines: (u64, u64, u64),
    /// Notify slots.
    pub notify: u64,
    /// Interrupt messages.
    pub interrupts: &'a [Msi],
    /// New bytes of the committed state: where, what, and the state's whole length.
    pub patch: Option<(u32, &'a [u8], u32)>,
}

/// The task's mailbox. There is one; only one event is under way at a time.
#[derive(Debug)]
pub struct Mailbox(());

impl Mailbox {
    /// The mailbox of this task. Make one only.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }

    /// Waits for an event. `deadline` is an absolute time stamp, 0 for none.
    pub fn recv(&mut self, deadline: u64) -> &Event {
        let _ = system_call(Syscall::Recv, [deadline, 0, 0, 0, 0]);
        let event = Self::event();
        inject::on_event(event);
        event
    }

    /// Ends the event under way with a reply (which only requests and exits have) and waits for the next.
    pub fn reply_recv(&mut self, reply: &[u8], status: Status, deadline: u64) -> &Event {
        self.commit_reply_recv(reply, status, &Consequences::default(), deadline)
    }

    /// Ends the event under way with all its consequences at once and waits for the next.
    pub fn commit_reply_recv(
        &mut self,
        reply: &[u8],
        status: Status,
        consequences: &Consequences<'_>,
        deadline: u64,
    ) -> &Event {
        page::with(|page| {
            let send = &mut page.send;
            if let Some(to) = send.message.get_mut(..reply.len()) {
                to.copy_from_slice(reply);
            }
            (send.line_mask, send.line_level, send.line_pulse) = consequences.lines;
            send.notify = consequences.notify;
            let count = consequences.interrupts.len().min(MAX_INTERRUPTS);
            send.interrupt_count = u32::try_from(count).unwrap_or(0);
            for (to, from) in send.interrupts.iter_mut().zip(consequences.interrupts) {
                *to = *from;
            }
            send.patch.length = 0;
            send.patch.total = 0;
            if let Some((offset, bytes, total)) = consequences.patch
                && let Some(to) = send.patch.bytes.get_mut(..bytes.len())
            {
                to.copy_from_slice(bytes);
                send.patch.offset = offset;
                send.patch.length = u32::try_from(bytes.len()).unwrap_or(0);
                send.patch.total = total;
            }
        });
        let arguments = [reply.len() as u64, u64::from(status as u32), deadline, 0, 0];
        let _ = system_call(Syscall::ReplyRecv, inject::on_reply(arguments));
        let event = Self::event();
        inject::on_event(event);
        event
    }

    fn event<'a>() -> &'a Event {
        // SAFETY: the field is initialised by the core and changes only in `recv` and `reply_recv`, which take the
        // mailbox by `&mut` and so end this borrow. Other users of the page touch other fields.
        unsafe { &(*page::pointer()).event }
    }
}

impl Default for Mailbox {
    fn default() -> Self {
        Self::new()
    }
}
