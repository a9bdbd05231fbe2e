//! Ends of events that are none, and of lives.

use crate::task::system_call::{call, exit, with_page};
use bulkhead_abi::limits::{MAX_COMMITTED, MAX_PATCH};
use bulkhead_abi::syscall::Syscall;

/// Commits the offence, if it is one of these.
pub(super) fn commit(name: &str) -> bool {
    match name {
        "panic" => panic!("on purpose"),
        "exit" => exit(7),
        "reply-too-long" => end(4096, name),
        "patch-too-long" | "patch-beyond" | "foreign-lines" | "foreign-interrupt" | "foreign-notify" => {
            end(0, name)
        }
        _ => return false,
    }
    true
}

/// Lets a deadline pass to have an event, and ends that with too much.
fn end(length: u64, name: &str) {
    let _ = call(Syscall::Recv, [1, 0, 0, 0, 0]);
    with_page(|page| {
        let send = &mut page.send;
        match name {
            "patch-too-long" => {
                send.patch.length = u32::try_from(MAX_PATCH + 1).unwrap_or(0);
                send.patch.total = u32::try_from(MAX_COMMITTED).unwrap_or(0);
            }
            "patch-beyond" => {
                send.patch.offset = u32::MAX;
                send.patch.length = 1;
                send.patch.total = 64;
            }
            "foreign-lines" => send.line_mask = 1,
            "foreign-interrupt" => send.interrupt_count = 1,
            // Slot 0 of an offender is empty.
            "foreign-notify" => send.notify = 1,
            _ => {}
        }
    });
    let _ = call(Syscall::ReplyRecv, [length, 0, 1, 0, 0]);
}
