//! Probes of the scheduler: who runs, for how long, and who wakes in time.

use super::report::Report;
use super::{sleep, uptime};
use bulkhead_abi::syscall::Status;
use bulkhead_runtime::{Clock, Kernel, time};
use probe::script::Script;

/// A pause in the own work that is longer than this is somebody else's turn.
const GAP_US: u64 = 1_000;

/// Keeps the CPU busy for so many microseconds of time, whoever has it.
pub(super) fn work(microseconds: u64) {
    let end = time::now().saturating_add(time::frequency() / 1_000_000 * microseconds);
    while time::now() < end {
        compute();
    }
}

/// Some thousand plain instructions. Reading the time and PAUSE leave an emulator's fast path: it would be the emulator
/// that is busy.
fn compute() {
    for step in 0..1000u32 {
        core::hint::black_box(step);
    }
}

/// Never gives the CPU away again.
pub(super) fn spin() -> ! {
    // A wait ends the time that a task has for its start; from then on nobody is waiting for this one.
    let _ = Kernel.wait(0, 1);
    loop {
        compute();
    }
}

/// Works until that millisecond of the system: ticks of its own, and turns of others in between.
fn own_time(end_ms: u64) -> (u64, u32) {
    let gap = time::frequency() / 1_000_000 * GAP_US;
    // An absolute end: whoever does not get on until then has no share.
    let end = Clock::system().stamp(end_ms.saturating_mul(1_000_000));
    let (mut last, mut own, mut turns) = (time::now(), 0u64, 0u32);
    while last < end {
        let now = time::now();
        let step = now.saturating_sub(last);
        if step > gap {
            turns = turns.saturating_add(1);
        } else {
            own = own.saturating_add(step);
        }
        last = now;
        compute();
    }
    (own, turns)
}

/// `busy <start> <length>`: from that millisecond of the system on, works for so long beside an equal that does the
/// same; both must get on. The host of an emulator takes its share too, so the bounds are wide.
pub(super) fn busy(script: Script<'_>, report: &mut Report<'_>) {
    let (start, length) = (script.number(1, 1000), script.number(2, 500));
    sleep(start.saturating_sub(uptime()));
    let (own, turns) = own_time(start.saturating_add(length));
    let share = own / (time::frequency() / 100_000 * length.max(1));
    log::info!("probe: busy: {share} % of the time, {turns} turns of others");
    report.check("it had its share", share >= 5);
    report.check("its equal had turns", turns >= 3 && share <= 80);
}

/// `share <start> <length> <least> <most>`: from that millisecond of the system on, works for so long below somebody with
/// a budget who never rests. Between `least` and `most` percent of the time must be left.
pub(super) fn share(script: Script<'_>, report: &mut Report<'_>) {
    let [start, length] = [script.number(1, 1000), script.number(2, 500)];
    let [least, most] = [script.number(3, 50), script.number(4, 90)];
    sleep(start.saturating_sub(uptime()));
    let (own, turns) = own_time(start.saturating_add(length));
    let share = own / (time::frequency() / 100_000 * length.max(1));
    log::info!("probe: share: {share} % of the time, {turns} turns of others");
    report.check("a budget leaves time", share >= least);
    report.check("a budget is given", share <= most);
    report.check("a budget comes back each period", turns >= 10);
}

/// `pulse <count>`: wakes every 5 ms; nobody less urgent must keep it from that.
pub(super) fn pulse(script: Script<'_>, report: &mut Report<'_>) {
    const STEP_NS: u64 = 5_000_000;
    let count = script.number(1, 100);
    let clock = Clock::system();
    let (mut early, mut latest_ns) = (0u64, 0u64);
    for _ in 0..count {
        let due = clock.nanos(time::now()).saturating_add(STEP_NS);
        report.quietly(
            "the wait ends by its deadline",
            Kernel.wait(0, clock.stamp(due)),
            Err(Status::DeadlinePassed),
        );
        let now = clock.nanos(time::now());
        early = early.saturating_add(u64::from(now < due));
        latest_ns = latest_ns.max(now.saturating_sub(due));
    }
    log::info!("probe: pulse: at most {} us late", latest_ns / 1000);
    report.equal("it never wakes early", early, 0);
    // An emulator may be held up by its host, a starved task is held up for ever.
    report.check("it is never held up", latest_ns < 1_000_000_000);
}
