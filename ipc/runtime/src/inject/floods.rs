//! Too much of everything: calls, notifications, system calls without sense.

use super::random::Random;
use super::ticks;
use crate::raw::{raw_call, system_call};
use crate::{page, time};
use bulkhead_abi::limits::{MAX_MESSAGE, MAX_SLOTS};
use bulkhead_abi::syscall::Syscall;

/// Calls through each slot.
const CALLS: u64 = 32;
/// Notifications through each slot.
const NOTIFICATIONS: u64 = 500;
/// System calls without sense.
const SYSTEM_CALLS: u64 = 400;
/// Bound of each call of a flood, in microseconds.
const PATIENCE_US: u64 = 1_000;

/// Calls everybody with random messages.
pub(super) fn calls(random: &mut Random) {
    for slot in (0..CALLS).flat_map(|_| 0..MAX_SLOTS as u64) {
        page::with(|page| random.fill(&mut page.send.message));
        let length = random.below(MAX_MESSAGE as u64 + 1);
        let _ =
            system_call(Syscall::Call, [slot, length, 0, time::now().saturating_add(ticks(PATIENCE_US)), 0]);
    }
}

/// Notifies everybody.
pub(super) fn notifications() {
    for slot in (0..NOTIFICATIONS).flat_map(|_| 0..MAX_SLOTS as u64) {
        let _ = system_call(Syscall::Notify, [slot, 0, 0, 0, 0]);
    }
}

/// Random numbers, random arguments, random bytes in the message page.
pub(super) fn system_calls(random: &mut Random) {
    for _ in 0..SYSTEM_CALLS {
        let number = if random.below(16) == 0 { random.nasty() } else { random.below(48) };
        let mut arguments = [random.nasty(), random.nasty(), random.nasty(), random.nasty(), random.nasty()];
        if number == Syscall::Wait as u64 {
            // It would be a hang, which is another fault.
            arguments = [random.next(), time::now().saturating_add(ticks(PATIENCE_US)), 0, 0, 0];
        }
        if random.below(4) == 0 {
            page::with(|page| {
                random.fill(&mut page.send.message);
                random.fill(&mut page.bulk);
                page.send.line_mask = random.nasty();
                page.send.notify = random.nasty();
            });
        }
        // SAFETY: the core checks everything; what a call writes into this task's memory is part of the fault.
        let _ = unsafe { raw_call(number, arguments) };
    }
}
