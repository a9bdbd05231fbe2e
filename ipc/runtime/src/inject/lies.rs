//! Wrong ends of an event, and bits that flip.

use super::random::Random;
use crate::page;
use bulkhead_abi::exit::ExitReply;
use bulkhead_abi::inject::InjectKind;
use bulkhead_abi::layout::STACK_END;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::Send;

unsafe extern "C" {
    /// First byte of the task's writable memory (`task.ld`).
    static task_data_start: u8;
    /// Where it ends.
    static task_data_end: u8;
}

/// Does this kind spoil the end of an event?
pub(super) const fn is_lie(kind: InjectKind) -> bool {
    matches!(
        kind,
        InjectKind::WrongReply
            | InjectKind::MalformedReply
            | InjectKind::OversizedReply
            | InjectKind::WrongCommit
            | InjectKind::FlipReply
    )
}

/// Spoils what the event is about to end with; the system call's new arguments.
pub(super) fn tell(
    kind: InjectKind,
    [length, status, deadline, d, e]: [u64; 5],
    random: &mut Random,
) -> [u64; 5] {
    let length = page::with(|page| {
        let send = &mut page.send;
        match kind {
            InjectKind::WrongReply => wrong_reply(send, length, random),
            InjectKind::MalformedReply => {
                random.fill(&mut send.message);
                random.below(MAX_MESSAGE as u64 + 1)
            }
            InjectKind::OversizedReply => MAX_MESSAGE as u64 + 1 + random.nasty() / 2,
            InjectKind::FlipReply => {
                let used = usize::try_from(length).unwrap_or(0);
                flip(send.message.get_mut(..used).unwrap_or(&mut []), random);
                length
            }
            _ => {
                wrong_commit(send, random);
                length
            }
        }
    });
    [length, status, deadline, d, e]
}

/// A length that no answer to an exit has, a disposition that there is not, or that the vCPU cannot go on.
fn wrong_reply(send: &mut Send, length: u64, random: &mut Random) -> u64 {
    let answer = match random.below(3) {
        0 => return length.wrapping_add(1 + random.below(32)).min(MAX_MESSAGE as u64),
        1 => [0xff; 16],
        _ => zerocopy::transmute!(ExitReply::stop(random.next())),
    };
    for (to, byte) in send.message.iter_mut().zip::<[u8; 16]>(answer) {
        *to = byte;
    }
    length
}

/// A commit that reaches for what is not the task's.
fn wrong_commit(send: &mut Send, random: &mut Random) {
    match random.below(5) {
        0 => send.patch.length = u32::MAX,
        1 => (send.patch.offset, send.patch.length, send.patch.total) = (u32::MAX, 16, 64),
        2 => send.line_mask = u64::MAX,
        3 => send.notify = 1 << 63,
        _ => send.interrupt_count = u32::MAX,
    }
}

/// Flips a bit of the data, the zero-initialised memory, or the used part of the stack.
pub(super) fn flip_memory(random: &mut Random) {
    let here = 0u8;
    let (start, end) = if random.below(2) == 0 {
        ((&raw const task_data_start).addr() as u64, (&raw const task_data_end).addr() as u64)
    } else {
        ((&raw const here).addr() as u64, STACK_END)
    };
    let address = start + random.below(end.saturating_sub(start));
    // SAFETY: the address is in the task's own writable memory. What it breaks there is the purpose; nothing that this
    // function itself uses afterwards is read from memory.
    unsafe {
        core::arch::asm!("xor byte ptr [{at}], {bit}", at = in(reg) address, bit = in(reg_byte) 1u8 << random.below(8))
    };
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len() as u64);
    if let Some(byte) = usize::try_from(at).ok().and_then(|at| bytes.get_mut(at)) {
        *byte ^= 1 << random.below(8);
    }
}
