//! `turns <ms>`: two equal pools, whose VMs take turns in them: in one pool in the order of the list, in the other the last
//! one first. So each of the two that begin has a pool that was never used, where its twin has one that all others have been
//! in. Twins must be alike when they are created, whatever their guests do in those milliseconds. The first call slot is the
//! registry's.

use super::report::Report;
use super::sleep;
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_protocol::CallError;
use bulkhead_protocol::registry::{Client, Fingerprint, Refusal, ShutdownMode, VmState};
use bulkhead_runtime::Kernel;
use probe::script::Script;

/// Definitions of a pool at the most.
const MAX: usize = 8;
/// How often all of them have their turn.
const ROUNDS: u32 = 2;

/// A definition: its number, and what its VMs were when they were created first.
type Turn = (u8, Option<Fingerprint>);
type Pool = heapless::Vec<Turn, MAX>;

/// Why a turn came to nothing.
#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    Call(CallError),
    Refused(Refusal),
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(super) fn turns(registry: Slot, script: Script<'_>, report: &mut Report<'_>) {
    let milliseconds = script.number(1, 20);
    let mut client = Client::new(Kernel, registry);
    let (mut first, mut second) = match pools(&mut client) {
        Ok(pools) => pools,
        Err(error) => return report.equal("the registry says what there is", Some(error), None),
    };
    report.check("there are two pools with as many VMs", first.len() == second.len() && first.len() > 1);
    for _ in 0..ROUNDS {
        for pool in [&mut first, &mut second] {
            for turn in pool.iter_mut() {
                let lived = live(&mut client, turn.0, milliseconds, report);
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
fn pools(client: &mut Client<Kernel>) -> Result<(Pool, Pool), CallError> {
    let (mut first, mut second) = (Pool::new(), Pool::new());
    let mut place: Option<VmId> = None;
    let mut seen = 0;
    loop {
        let page = client.definitions(seen)?;
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
    client: &mut Client<Kernel>,
    definition: u8,
    milliseconds: u64,
    report: &mut Report<'_>,
) -> Result<Fingerprint, Trouble> {
    let vm = client.make(definition)??;
    let created = client.fingerprint(vm)??;
    client.start(vm)??;
    sleep(milliseconds);
    // One that has ended itself needs nobody to do it.
    if client.query(vm)??.state != VmState::PoweredOff {
        client.pause(vm)??;
        let now = client.fingerprint(vm)??;
        let is_another =
            [now.devices != created.devices, now.memory != created.memory, now.vcpus != created.vcpus];
        report.equal("its guest leaves traces", is_another, [true; 3]);
        client.shutdown(vm, ShutdownMode::Forced)??;
    }
    client.destroy(vm)??;
    Ok(created)
}
