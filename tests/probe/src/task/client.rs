//! Clients of the echo server: good ones, and one for each way in which a call can go wrong.

use super::report::Report;
use super::{after, sleep, uptime};
use bulkhead_abi::id::{Generation, Slot};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::{Bytes, CallError, echo};
use bulkhead_runtime::Kernel;
use probe::random::Random;
use probe::script::Script;

/// `call <rounds> <pause>`: calls with payloads of every length and checks each answer; pauses so many milliseconds
/// after each round.
pub(super) fn call(slot: Slot, script: Script<'_>, report: &mut Report<'_>) {
    let (rounds, pause) = (script.number(1, 100), script.number(2, 0));
    let mut random = Random::new(u64::from(super::system_call::own_number()));
    let mut client = echo::Client::new(Kernel, slot);
    let mut answered = 0u64;
    for round in 0..rounds {
        let bytes = payload(&mut random, round);
        let answer = client.echo(bytes.clone());
        answered = answered.saturating_add(u64::from(answer == Ok(bytes.clone())));
        report.quietly("the answer is what was sent", answer, Ok(bytes));
        if pause > 0 {
            sleep(pause);
        }
    }
    report.equal("every call was answered", answered, rounds);
}

fn payload(random: &mut Random, round: u64) -> Bytes<31> {
    let mut bytes = Bytes::new();
    for _ in 0..round % 32 {
        bytes.push(random.next().to_le_bytes()[0]);
    }
    bytes
}

/// Messages that are none: refused to their sender, and nobody else notices.
pub(super) fn malformed(slot: Slot, report: &mut Report<'_>) {
    let mut random = Random::new(1);
    let mut reply = [0; MAX_MESSAGE];
    let mut refused = 0u32;
    let mut tried = 0u32;
    for length in (0..=MAX_MESSAGE).cycle().take(1000) {
        let mut request = [0u8; MAX_MESSAGE];
        request.iter_mut().for_each(|byte| *byte = random.next().to_le_bytes()[1]);
        // No request begins with a variant that does not exist.
        request[0] |= 0x40;
        let result = Kernel.call_with(slot, request.get(..length).unwrap_or(&[]), &[], 0, &mut reply);
        tried = tried.saturating_add(1);
        refused = refused.saturating_add(u32::from(result == Err(CallError::Refused)));
    }
    report.equal("every malformed message is refused", refused, tried);
    // A good request with a byte behind it, and one that ends too early.
    let trailing = Kernel.call_with(slot, &[0, 1, 65, 66], &[], 0, &mut reply);
    report.equal("trailing bytes are refused", trailing, Err(CallError::Refused));
    let short = Kernel.call_with(slot, &[0, 5, 65], &[], 0, &mut reply);
    report.equal("a message that ends too early is refused", short, Err(CallError::Refused));
    let life = echo::Client::new(Kernel, slot).life();
    report.equal("the server has noticed nothing", life.map(|(life, _)| life), Ok(0));
}

/// Dead and hung servers: each death is told once, with the generation that follows.
pub(super) fn mortal(slot: Slot, report: &mut Report<'_>) {
    let mut client = echo::Client::new(Kernel, slot);
    let first = await_life(&mut client, 0, report);
    report.equal("the first life is life 0", first, 0);
    for life in 1..=3 {
        report.equal("a server that dies is told", client.die(), Err(CallError::PeerDied(Generation(life))));
        let next = await_life(&mut client, life, report);
        report.equal("its next life answers", next, life);
    }
    let began = uptime();
    // Whichever of the two deadlines is looked at first, the caller's or the server's: both tell what happened.
    let told = client.hang();
    let is_told = told == Err(CallError::DeadlinePassed) || told == Err(CallError::PeerDied(Generation(4)));
    report.check("a server that hangs meets the deadline", is_told);
    report.check("the deadline was not waited for in vain", uptime().saturating_sub(began) < 5_000);
    let next = await_life(&mut client, 4, report);
    report.equal("the hung server was restarted", next, 4);
    let answer = client.echo(Bytes::from_prefix(b"after all"));
    report.equal("it answers as before", answer, Ok(Bytes::from_prefix(b"after all")));
}

/// Calls until the server lives; its generation, which will be `next`. A server that was given up by its caller dies a
/// moment later, maybe under the first of these calls.
fn await_life(client: &mut echo::Client<Kernel>, next: u32, report: &mut Report<'_>) -> u32 {
    let end = after(10_000);
    while bulkhead_runtime::time::now() < end {
        match client.life() {
            Ok((life, _)) => return life,
            Err(CallError::PeerDead) => sleep(1),
            Err(CallError::PeerDied(Generation(told))) if told == next => sleep(1),
            other => {
                report.quietly("a dead server is dead and nothing else", other, Err(CallError::PeerDead))
            }
        }
    }
    report.check("the server came back in time", false);
    u32::MAX
}

/// A client in a hurry: the deadline is its own, so it must not hurt the server.
pub(super) fn impatient(slot: Slot, report: &mut Report<'_>) {
    let mut reply = [0; MAX_MESSAGE];
    // `Work` with 1 ms to wait for it, so long that a busy host of an emulator cannot hide the difference.
    let request = {
        let mut bytes = [0u8; MAX_MESSAGE];
        let length = bulkhead_protocol::encode(&echo::Request::Work { microseconds: 300_000 }, &mut bytes);
        (bytes, length.unwrap_or(0))
    };
    let message = request.0.get(..request.1).unwrap_or(&[]);
    for _ in 0..3 {
        let result = Kernel.call_with(slot, message, &[], after(1), &mut reply);
        report.equal("the caller's deadline ends its call", result, Err(CallError::DeadlinePassed));
        sleep(400);
    }
    let past = Kernel.call_with(slot, message, &[], 1, &mut reply);
    report.equal("a deadline in the past has passed", past, Err(CallError::DeadlinePassed));
    let far = Kernel.call_with(slot, message, &[], u64::MAX, &mut reply);
    report.equal("a deadline beyond the slot's is cut", far, Ok(0));
    let life = echo::Client::new(Kernel, slot).life();
    report.equal("the server still lives its first life", life.map(|(life, _)| life), Ok(0));
    let none = Kernel.call_with(Slot(39), message, &[], 0, &mut reply);
    report.equal("an empty slot calls nobody", none, Err(CallError::Core(Status::BadSlot)));
}
