//! Lives of a server: what the first one leaves, and what the next one knows.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

use bulkhead_abi::message::{Event, EventKind};
use bulkhead_protocol::{bus, decode, encode};
use bulkhead_runtime as _;
use vdev::{Access, Device, Instance, InvalidState, Nanos, Outcome, Space, Width};
use zerocopy::FromZeros;

/// Remembers when it was made, and counts what it is read.
struct Counter {
    made: u64,
    reads: u64,
}

impl Device for Counter {
    type Config = ();
    type State = (u64, u64);
    type Peer = ();

    fn new((): &(), now: Nanos) -> Self {
        Self { made: now.0, reads: 0 }
    }

    fn snapshot(&self) -> (u64, u64) {
        (self.made, self.reads)
    }

    fn restore((): &(), (made, reads): (u64, u64)) -> Result<Self, InvalidState> {
        Ok(Self { made, reads })
    }

    fn reset(&mut self, _: Nanos, _: &mut Outcome) {}

    fn read(&mut self, _: Access, _: Nanos, _: &mut Outcome) -> u64 {
        self.reads += 1;
        self.reads
    }

    fn write(&mut self, _: Access, value: u64, _: Nanos, _: &mut Outcome) {
        self.reads = value;
    }
}

/// What the core keeps.
#[derive(Default)]
struct Core {
    committed: Vec<u8>,
}

impl Core {
    fn life(&self, now: u64) -> Instance<Counter> {
        let committed = Some(self.committed.as_slice()).filter(|bytes| !bytes.is_empty());
        Instance::start(&(), (), committed, Nanos(now)).unwrap()
    }

    fn give(&mut self, life: &mut Instance<Counter>, event: &Event) -> Vec<u8> {
        let ending = life.handle(event, Nanos(event.now));
        if let Some((offset, bytes, total)) = ending.consequences.patch {
            self.committed.resize(total as usize, 0);
            self.committed[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        }
        ending.reply.to_vec()
    }

    fn read(&mut self, life: &mut Instance<Counter>, sequence: u64) -> u64 {
        let request = bus::Request::Read { sequence, space: Space::Mmio, address: 0, width: Width::Quad };
        decode(&self.give(life, &bus_event(&request))).unwrap()
    }

    fn write(&mut self, life: &mut Instance<Counter>, sequence: u64, value: u64) {
        let (space, address, width) = (Space::Mmio, 0, Width::Quad);
        let request = bus::Request::Write { sequence, space, address, width, value };
        self.give(life, &bus_event(&request));
    }
}

fn bus_event(request: &bus::Request) -> Event {
    let mut event = Event::new_zeroed();
    event.kind = EventKind::Request as u32;
    event.interface = bus::ID;
    event.length = u32::try_from(encode(request, &mut event.message).unwrap()).unwrap();
    event
}

#[test]
fn what_a_device_is_at_power_on_is_committed_before_anybody_asks() {
    let mut core = Core::default();
    let mut first = core.life(5);
    assert_eq!(first.wake(), Some(Nanos(0)), "an event is wanted at once");
    core.give(&mut first, &Event::new_zeroed());
    assert_eq!(first.wake(), None);
    assert_eq!(core.life(900).device().made, 5);
}

#[test]
fn an_instruction_that_reads_and_writes_has_one_effect_whenever_its_emulator_dies() {
    let (mut core, exit) = (Core::default(), 7 << 8);
    let mut life = core.life(0);
    assert_eq!(core.read(&mut life, exit), 1);
    core.write(&mut life, exit + 1, 40);
    // The emulator dies, and its next life carries the instruction out from its beginning.
    for mut life in [life, core.life(9)] {
        assert_eq!(core.read(&mut life, exit), 1);
        core.write(&mut life, exit + 1, 40);
        assert_eq!(life.device().reads, 40);
    }
    let mut life = core.life(9);
    assert_eq!(core.read(&mut life, exit + 256), 41, "the next exit is a new one");
}

#[test]
fn as_many_reads_of_an_exit_are_known_as_an_exit_has() {
    let (mut core, exit) = (Core::default(), 7 << 8);
    let mut life = core.life(0);
    let accesses = bus::ACCESSES_OF_A_READING_EXIT as u64;
    let first: Vec<_> = (exit..exit + accesses).map(|sequence| core.read(&mut life, sequence)).collect();
    let again: Vec<_> = (exit..exit + accesses).map(|sequence| core.read(&mut life, sequence)).collect();
    assert_eq!(first, again);
}
