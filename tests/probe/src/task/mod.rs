//! What each script does.

mod calls;
mod census;
mod client;
mod flood;
mod fuzz;
mod judge;
mod lending;
mod misbehave;
mod notification;
mod registers;
mod report;
mod schedule;
mod serve;
mod soak;
mod start;
mod system_call;
mod turns;
mod vector_state;

use bulkhead_abi::id::Slot;
use bulkhead_protocol::config::Probe;
use bulkhead_runtime::{Clock, Kernel, config, time};
use probe::script::Script;
use report::Report;

/// Begins when the registers of the start have been kept in `state`.
fn run(state: &start::StartState) -> ! {
    let probe: Probe = config::config();
    let script = Script::new(&probe.script);
    let mut report = Report::new(script);
    match script.word(0) {
        "offend" => misbehave::offend(script, &mut report),
        "serve" | "" => serve::serve(),
        "soak" => soak::soak(call_slot(&probe, 0), script, &mut report),
        "turns" => turns::turns(call_slot(&probe, 0), script, &mut report),
        "judge" => judge::judge(&probe, script, &mut report),
        "census" => census::census(&probe, script, &mut report),
        "loop" => schedule::spin(),
        "rest" => rest(),
        "call" => client::call(call_slot(&probe, 0), script, &mut report),
        "malformed" => client::malformed(call_slot(&probe, 0), &mut report),
        "mortal" => client::mortal(call_slot(&probe, 0), &mut report),
        "impatient" => client::impatient(call_slot(&probe, 0), &mut report),
        "lend" => lending::lend(call_slot(&probe, 0), &mut report),
        "wait" => notification::wait(&mut report),
        "ping" => notification::ping(notify_slot(&probe), script, &mut report),
        "pong" => notification::pong(notify_slot(&probe), script),
        "calls" => calls::calls(&probe, &mut report),
        "fuzz" => fuzz::fuzz(script, &mut report),
        "flood" => flood::flood(&probe, script, &mut report),
        "registers" => registers::registers(state, &mut report),
        "vectors" => vector_state::vectors(script, &mut report),
        "busy" => schedule::busy(script, &mut report),
        "share" => schedule::share(script, &mut report),
        "pulse" => schedule::pulse(script, &mut report),
        _ => report.check("this script exists", false),
    }
    report.end()
}

fn call_slot(probe: &Probe, index: usize) -> Slot {
    probe.slots.get(index).copied().unwrap_or(Slot(u16::MAX))
}

fn notify_slot(probe: &Probe) -> Slot {
    probe.notifies.first().copied().unwrap_or(Slot(u16::MAX))
}

/// Does nothing, for ever.
fn rest() -> ! {
    loop {
        let _ = Kernel.wait(0, 0);
    }
}

/// Blocks for so many milliseconds.
fn sleep(milliseconds: u64) {
    let _ = Kernel.wait(0, after(milliseconds));
}

/// The time stamp in so many milliseconds.
fn after(milliseconds: u64) -> u64 {
    time::now().saturating_add(time::frequency() / 1000 * milliseconds)
}

/// Milliseconds since the system booted.
fn uptime() -> u64 {
    Clock::system().nanos(time::now()) / 1_000_000
}
