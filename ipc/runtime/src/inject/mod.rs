//! Faults on purpose: commits what the core orders with an event (`bulkhead_abi::inject`). Only in systems whose
//! manifest asks for it; a production task holds `absent` instead.
//!
//! A fault comes either before the event is handled or, as often, after that and before its end: then the model has
//! changed and other servers were called. What spoils the end itself waits for the end.

mod exceptions;
mod floods;
mod lies;
mod random;

use crate::raw::system_call;
use crate::time;
use bulkhead_abi::inject::{InjectKind, order};
use bulkhead_abi::message::Event;
use bulkhead_abi::syscall::Syscall;
use core::sync::atomic::{AtomicU32, Ordering};
use random::Random;

/// The flags of the event whose fault is still to come. The task has one thread.
static WAITING: AtomicU32 = AtomicU32::new(0);

/// Twice the usual bound of a call, in microseconds.
const LATEST_US: u64 = 200_000;
/// Two periods of a budget, in microseconds.
const OVERRUN_US: u64 = 20_000;

/// An event has come.
pub(crate) fn on_event(event: &Event) {
    WAITING.store(0, Ordering::Relaxed);
    let Some((kind, bits)) = order(event.flags) else { return };
    if lies::is_lie(kind) || bits & 1 != 0 {
        WAITING.store(event.flags, Ordering::Relaxed);
    } else {
        commit(kind, &mut Random::new(bits, event.token));
    }
}

/// The event is about to end with these arguments; those with which it does.
pub(crate) fn on_reply(arguments: [u64; 5]) -> [u64; 5] {
    let flags = WAITING.swap(0, Ordering::Relaxed);
    let Some((kind, bits)) = order(flags) else { return arguments };
    let mut random = Random::new(bits, arguments[2]);
    if lies::is_lie(kind) {
        return lies::tell(kind, arguments, &mut random);
    }
    commit(kind, &mut random);
    arguments
}

fn commit(kind: InjectKind, random: &mut Random) {
    match kind {
        InjectKind::Panic => panic!("bulkhead-inject: a panic on purpose"),
        InjectKind::StackOverflow => {
            recur(random.next() | 1);
        }
        // Without a hint to the CPU: an emulator takes a pause for a reason to look around, and counts it as one
        // instruction all the same.
        InjectKind::EndlessLoop => loop {
            core::hint::black_box(());
        },
        InjectKind::Hang => loop {
            let _ = system_call(Syscall::Wait, [0; 5]);
        },
        InjectKind::LateReply => {
            let until = time::now().saturating_add(ticks(random.below(LATEST_US)));
            let _ = system_call(Syscall::Wait, [0, until, 0, 0, 0]);
        }
        InjectKind::BudgetOverrun => {
            let until = time::now().saturating_add(ticks(OVERRUN_US));
            while time::now() < until {}
        }
        InjectKind::FlipMemory => lies::flip_memory(random),
        InjectKind::FloodCalls => floods::calls(random),
        InjectKind::FloodNotifications => floods::notifications(),
        InjectKind::FuzzSystemCalls => floods::system_calls(random),
        other => exceptions::raise(other),
    }
}

fn ticks(microseconds: u64) -> u64 {
    (time::frequency() / 1_000_000).saturating_mul(microseconds)
}

/// Comes to its end long after the stack.
#[inline(never)]
fn recur(depth: u64) -> u64 {
    let frame = core::hint::black_box([depth; 32]);
    let deeper = if core::hint::black_box(depth) == 0 { 0 } else { recur(depth.wrapping_add(1)) };
    deeper.wrapping_add(core::hint::black_box(frame).iter().fold(0, |sum, word| sum ^ word))
}
