//! `turns <ms> [rounds] [patient]`: two equal pools, whose VMs take turns in them: in one pool in the order of the list, in the other the last
//! one first. So each of the two that begin has a pool that was never used, where its twin has one that all others have been
//! in. Twins must be alike when they are created, whatever their guests do in those milliseconds. The first call slot is the
//! registry's. A patient one asks again where the registry dies under its request.

use super::report::Report;
use super::sleep;
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_protocol::CallError;
use bulkhead_protocol::registry::{Client, Fingerprint, Refusal, ShutdownMode, VmNumber, VmState};
use bulkhead_runtime::Kernel;
use probe::script::Script;

/// Definitions of a pool at the most.
const MAX: usize = 8;
/// How often all of them have their turn.
const ROUNDS: u64 = 2;
/// How often a patient one asks at the most, and the pause between, in milliseconds.
const ATTEMPTS: u32 = 100;
const PAUSE: u64 = 1;

/// A definition: its number, and what its VMs were when they were created first.
type Turn = (u8, Option<Fingerprint>);
type Pool = heapless::Vec<Turn, MAX>;

/// Why a turn came to nothing.
#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    Call(CallError),
    Refused(Refusal),
}

/// The registry, and how often it is asked for the same at the most.
struct Asker {
    client: Client<Kernel>,
    attempts: u32,
}

impl Asker {
    /// Asks until there is an answer. Where an earlier attempt may have been heeded without one, `is_done` says which
    /// refusal of a later one tells so.
    fn ask<T>(
        &mut self,
        mut call: impl FnMut(&mut Client<Kernel>) -> Result<Result<T, Refusal>, CallError>,
        is_done: impl Fn(Refusal) -> Option<T>,
    ) -> Result<T, Trouble> {
        let mut attempt = 1;
        loop {
            match call(&mut self.client) {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(refusal)) => {
                    return is_done(refusal).filter(|_| attempt > 1).ok_or(Trouble::Refused(refusal));
                }
                Err(error) if attempt >= self.attempts => return Err(Trouble::Call(error)),
                Err(_) => sleep(PAUSE),
            }
            attempt += 1;
        }
    }

    fn make(&mut self, definition: u8) -> Result<VmNumber, Trouble> {
        // The pool was free, so whoever has it was made by an earlier attempt.
        self.ask(
            |client| client.make(definition),
            |refusal| if let Refusal::InUse { by } = refusal { Some(by) } else { None },
        )
    }

    /// A request that leads to this state.
    fn move_to(
        &mut self,
        to: VmState,
        call: impl FnMut(&mut Client<Kernel>) -> Result<Result<VmState, Refusal>, CallError>,
    ) -> Result<VmState, Trouble> {
        self.ask(call, |refusal| match refusal {
            Refusal::WrongState { state, .. } if state == to => Some(to),
            _ => None,
        })
    }

    fn destroy(&mut self, vm: VmNumber) -> Result<(), Trouble> {
        self.ask(|client| client.destroy(vm), |refusal| (refusal == Refusal::UnknownVm).then_some(()))
    }

    fn fingerprint(&mut self, vm: VmNumber) -> Result<Fingerprint, Trouble> {
        self.ask(|client| client.fingerprint(vm), |_| None)
    }

    fn state(&mut self, vm: VmNumber) -> Result<VmState, Trouble> {
        self.ask(|client| client.query(vm), |_| None).map(|summary| summary.state)
    }
}

pub(super) fn turns(registry: Slot, script: Script<'_>, report: &mut Report<'_>) {
    let (milliseconds, rounds) = (script.number(1, 20), script.number(2, ROUNDS));
    let attempts = if script.word(3) == "patient" { ATTEMPTS } else { 1 };
    let mut asker = Asker { client: Client::new(Kernel, registry), attempts };
    let (mut first, mut second) = match pools(&mut asker) {
        Ok(pools) => pools,
        Err(trouble) => return report.equal("the registry says what there is", Some(trouble), None),
    };
    report.check("there are two pools with as many VMs", first.len() == second.len() && first.len() > 1);
    for _ in 0..rounds {
        for pool in [&mut first, &mut second] {
            for turn in pool.iter_mut() {
                let lived = live(&mut asker, turn.0, milliseconds, report);
                match (lived, turn.1) {
                    (Ok(created), Some(before)) => {
                        report.equal("a later turn begins as the first", created, before);
                    }
                    (Ok(created), None) => turn.1 = Some(created),
                    (Err(trouble), _) => report.equal("the VM has its turn", Some(trouble), None),
                }
            }
        }
    }
    // The second pool began with the last.
    for (one, other) in first.iter().zip(second.iter().rev()) {
        report.equal("a turn in a used pool begins as one in a new pool", one.1, other.1);
    }
    let alike = first.iter().all(|turn| turn.1.is_some() && turn.1 == first[0].1);
    report.check("VMs of one pool are told apart", !alike);
}

/// The definitions of the first pool, and those of the second from the last to the first.
fn pools(asker: &mut Asker) -> Result<(Pool, Pool), Trouble> {
    let (mut first, mut second) = (Pool::new(), Pool::new());
    let mut place: Option<VmId> = None;
    let mut seen = 0;
    loop {
        let page = asker.ask(|client| client.definitions(seen).map(Ok), |_| None)?;
        if page.items.is_empty() {
            second.reverse();
            return Ok((first, second));
        }
        for line in page.items.iter() {
            let pool = if *place.get_or_insert(line.place) == line.place { &mut first } else { &mut second };
            let _ = pool.push((line.definition, None));
            seen += 1;
        }
    }
}

/// A life from make to destroy; what the VM was when it was created.
fn live(
    asker: &mut Asker,
    definition: u8,
    milliseconds: u64,
    report: &mut Report<'_>,
) -> Result<Fingerprint, Trouble> {
    use VmState::{Paused, PoweredOff, Started};
    let vm = asker.make(definition)?;
    let created = asker.fingerprint(vm)?;
    asker.move_to(Started, |client| client.start(vm))?;
    sleep(milliseconds);
    // One that has ended itself needs nobody to do it.
    if asker.state(vm)? == Started {
        asker.move_to(Paused, |client| client.pause(vm))?;
        let now = asker.fingerprint(vm)?;
        let is_another =
            [now.devices != created.devices, now.memory != created.memory, now.vcpus != created.vcpus];
        report.equal("its guest leaves traces", is_another, [true; 3]);
        asker.move_to(PoweredOff, |client| client.shutdown(vm, ShutdownMode::Forced))?;
    }
    asker.destroy(vm)?;
    Ok(created)
}
