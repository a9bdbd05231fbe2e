//! System calls at random: the core must survive all, and answer each with one of its words.

use super::after;
use super::report::Report;
use super::system_call::{raw, with_page};
use bulkhead_abi::message::MessagePage;
use bulkhead_abi::syscall::{Status, Syscall};
use probe::random::Random;
use probe::script::Script;
use zerocopy::IntoBytes;

/// Largest status.
const LAST_STATUS: u64 = Status::Exhausted as u64;

/// `fuzz <seed> <count>`.
pub(super) fn fuzz(script: Script<'_>, report: &mut Report<'_>) {
    let count = script.number(2, 10_000);
    let mut random = Random::new(script.number(1, 1));
    let (mut strange, mut made) = (0u64, 0u64);
    while made < count {
        let number = if random.below(8) == 0 { random.awkward() } else { random.below(48) };
        let mut arguments: [u64; 5] = core::array::from_fn(|_| random.awkward());
        // Half of the calls name a slot that may exist.
        if random.below(2) == 0 {
            arguments[0] = random.below(4);
        }
        if random.below(16) == 0 {
            with_page(|page| scribble(page, &mut random));
        }
        match Syscall::from_number(number) {
            // These end this life: they have tests of their own.
            Some(Syscall::Exit | Syscall::Panic) => continue,
            // Without a deadline these may wait for ever.
            Some(Syscall::Recv) => arguments[0] = soon(&mut random),
            Some(Syscall::Wait) => arguments[1] = soon(&mut random),
            // A good commit is none of this test's business, a bad one ends this life.
            Some(Syscall::ReplyRecv) => {
                arguments[0] %= 129;
                arguments[2] = soon(&mut random);
                with_page(|page| page.send = zerocopy::FromZeros::new_zeroed());
            }
            // Ten lines a thousand: the log is for others too.
            Some(Syscall::Log) => {
                arguments[0] = if random.below(100) == 0 { random.below(60) } else { arguments[0] | 0x100 };
            }
            _ => {}
        }
        let (status, _) = raw(number, arguments);
        strange = strange.saturating_add(u64::from(status > LAST_STATUS));
        if Syscall::from_number(number).is_none() {
            report.quietly("a call that is none", status, Status::NoSuchCall as u64);
        }
        made = made.saturating_add(1);
    }
    report.equal("every answer is a status", strange, 0);
}

/// A deadline that has passed or will soon.
fn soon(random: &mut Random) -> u64 {
    if random.below(8) == 0 { after(1) } else { 1 }
}

fn scribble(page: &mut MessagePage, random: &mut Random) {
    let bytes = page.as_mut_bytes();
    for _ in 0..64 {
        let at = usize::try_from(random.below(bytes.len() as u64)).unwrap_or(0);
        if let Some(byte) = bytes.get_mut(at) {
            *byte = random.next().to_le_bytes()[3];
        }
    }
}
