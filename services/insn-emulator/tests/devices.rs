//! Which server is asked, with which number, and what happens when it dies.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use bulkhead_abi::exit::{ExitKind, VcpuExit};
use bulkhead_abi::id::{Generation, Slot, VcpuId, VmId};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::bus::{Request, Space, Width};
use bulkhead_protocol::config::{InsnEmulator, MmioTarget, PortTarget, Ports, Window};
use bulkhead_protocol::{CallError, Transport, decode, encode};
use insn_emulator::{Devices, LocalApic, Sequence, Unreachable};

const FIRST: Slot = Slot(3);
const SECOND: Slot = Slot(4);
const PORTS: Slot = Slot(5);

fn config() -> InsnEmulator {
    let window = |base, server| MmioTarget { window: Window { base, length: 0x1000 }, server };
    InsnEmulator {
        vm: VmId(0),
        vm_slot: Slot(1),
        memory: 0x10_0000,
        rom: 0,
        windows: [window(0xfec0_0000, FIRST), window(0xfec0_1000, SECOND)].into_iter().collect(),
        ports: [PortTarget { ports: Ports { first: 0x3f8, last: 0x3ff }, server: PORTS }]
            .into_iter()
            .collect(),
    }
}

/// Servers that answer every read with 0x55 in each byte, after the given errors.
#[derive(Default)]
struct Servers {
    calls: Vec<(Slot, Request)>,
    errors: Vec<CallError>,
    /// After so many calls one finds the server dead.
    away_after: Option<usize>,
}

impl Transport for Servers {
    fn call(
        &mut self,
        slot: Slot,
        request: &[u8],
        reply: &mut [u8; MAX_MESSAGE],
    ) -> Result<usize, CallError> {
        let request: Request = decode(request).unwrap();
        if self.away_after == Some(self.calls.len()) {
            self.away_after = None;
            return Err(CallError::PeerDead);
        }
        self.calls.push((slot, request.clone()));
        if !self.errors.is_empty() {
            return Err(self.errors.remove(0));
        }
        Ok(match request {
            Request::Read { width, .. } => encode(&(0x5555_5555_5555_5555 & width.all_ones()), reply),
            Request::Write { .. } => encode(&(), reply),
        }
        .unwrap())
    }
}

#[derive(Default)]
struct Apic {
    log: Vec<(u16, Option<u32>)>,
    pauses: u32,
    absent: bool,
}

impl LocalApic for &mut Apic {
    fn read_apic(&mut self, offset: u16) -> Option<u32> {
        self.log.push((offset, None));
        (!self.absent).then_some(0x0100_0014)
    }

    fn write_apic(&mut self, offset: u16, value: u32) {
        self.log.push((offset, Some(value)));
    }

    fn pause(&mut self) {
        self.pauses = self.pauses.saturating_add(1);
    }
}

fn exit(local: u16, sequence: u64) -> VcpuExit {
    let kind = ExitKind::Mmio as u8;
    VcpuExit { kind, size: 0, vcpu: VcpuId(9), local, write: 0, address: 0, value: 0, sequence }
}

fn read(sequence: u64, address: u64, width: Width) -> Request {
    Request::Read { sequence, space: Space::Mmio, address, width }
}

#[test]
fn each_address_goes_to_its_own_server() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 1)));
    assert_eq!(devices.read(Space::Mmio, 0xfec0_0010, Width::Double), Ok(0x5555_5555));
    assert_eq!(devices.write(Space::Mmio, 0xfec0_1ffc, Width::Double, 7), Ok(()));
    assert_eq!(devices.read(Space::Port, 0x3ff, Width::Byte), Ok(0x55));
    let write = Request::Write {
        sequence: 257,
        space: Space::Mmio,
        address: 0xfec0_1ffc,
        width: Width::Double,
        value: 7,
    };
    let port = Request::Read { sequence: 258, space: Space::Port, address: 0x3ff, width: Width::Byte };
    assert_eq!(
        servers.calls,
        [(FIRST, read(256, 0xfec0_0010, Width::Double)), (SECOND, write), (PORTS, port)]
    );
}

#[test]
fn what_nobody_has_reads_all_ones_and_takes_anything() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 1)));
    for width in [Width::Byte, Width::Word, Width::Double, Width::Quad] {
        assert_eq!(devices.read(Space::Mmio, 0xfeb0_0000, width), Ok(width.all_ones()));
        assert_eq!(devices.read(Space::Port, 0x3e8, width), Ok(width.all_ones()));
        assert_eq!(devices.write(Space::Mmio, u64::MAX, width, 1), Ok(()));
    }
    assert!(servers.calls.is_empty());
}

#[test]
fn an_access_across_two_windows_is_split_into_bytes() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 0)));
    assert_eq!(devices.read(Space::Mmio, 0xfec0_0ffe, Width::Double), Ok(0x5555_5555));
    let byte = |slot, sequence, address| (slot, read(sequence, address, Width::Byte));
    assert_eq!(
        servers.calls,
        [
            byte(FIRST, 0, 0xfec0_0ffe),
            byte(FIRST, 1, 0xfec0_0fff),
            byte(SECOND, 2, 0xfec0_1000),
            byte(SECOND, 3, 0xfec0_1001)
        ]
    );
}

#[test]
fn the_local_apic_is_asked_for_whole_registers() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 0)));
    assert_eq!(devices.read(Space::Mmio, 0xfee0_0030, Width::Double), Ok(0x0100_0014));
    assert_eq!(devices.read(Space::Mmio, 0xfee0_0033, Width::Byte), Ok(1));
    devices.write(Space::Mmio, 0xfee0_00b0, Width::Double, 0).unwrap();
    devices.write(Space::Mmio, 0xfee0_00b0, Width::Byte, 0).unwrap();
    devices.write(Space::Mmio, 0xfee0_00b1, Width::Double, 0).unwrap();
    assert_eq!(apic.log, [(0x30, None), (0x30, None), (0xb0, Some(0))]);
    assert!(servers.calls.is_empty());
    apic.absent = true;
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 0)));
    assert_eq!(devices.read(Space::Mmio, 0xfee0_0030, Width::Word), Ok(0xffff));
}

#[test]
fn numbers_depend_on_the_exit_alone_and_differ_between_exits_and_vcpus() {
    let numbers = |exit: VcpuExit| {
        let mut sequence = Sequence::of(&exit);
        [sequence.advance(), sequence.advance()]
    };
    assert_eq!(numbers(exit(0, 7)), [7 * 256, 7 * 256 + 1]);
    assert_eq!(numbers(exit(0, 7)), numbers(exit(0, 7)));
    assert_ne!(numbers(exit(0, 7)), numbers(exit(1, 7)));
    assert_ne!(numbers(exit(0, 7)), numbers(exit(0, 8)));
}

#[test]
fn a_server_that_dies_is_asked_again_with_the_same_number() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    servers.errors = vec![CallError::PeerDied(Generation(1)), CallError::PeerDead, CallError::DeadlinePassed];
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 2)));
    assert_eq!(devices.read(Space::Mmio, 0xfec0_0000, Width::Byte), Ok(0x55));
    assert_eq!(servers.calls, vec![(FIRST, read(512, 0xfec0_0000, Width::Byte)); 4]);
    assert_eq!(apic.pauses, 2);
}

#[test]
fn a_server_that_is_away_from_the_beginning_is_not_waited_for() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    servers.errors = vec![CallError::PeerDead];
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 2)));
    assert_eq!(devices.write(Space::Mmio, 0xfec0_0000, Width::Byte, 1), Err(Unreachable::Absent));
    assert_eq!((servers.calls.len(), apic.pauses), (1, 0));
}

#[test]
fn a_server_that_is_away_is_waited_for_once_an_access_may_have_happened() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    servers.away_after = Some(1);
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 2)));
    devices.read(Space::Mmio, 0xfec0_0000, Width::Byte).unwrap();
    assert_eq!(devices.write(Space::Mmio, 0xfec0_0000, Width::Byte, 1), Ok(()));
    servers.errors = vec![CallError::PeerDead];
    let devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 2)));
    assert_eq!(devices.repeated(true).write(Space::Mmio, 0xfec0_0000, Width::Byte, 1), Ok(()));
    assert_eq!(apic.pauses, 2);
}

#[test]
fn asking_again_ends() {
    let (mut servers, mut apic, config) = (Servers::default(), Apic::default(), config());
    servers.errors = vec![CallError::BadReply; 1000];
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 2)));
    assert_eq!(devices.read(Space::Mmio, 0xfec0_0000, Width::Byte), Err(Unreachable::Lost));
    servers.errors = vec![CallError::Core(Status::BadSlot)];
    servers.calls.clear();
    let mut devices = Devices::new(&config, &mut servers, &mut apic, Sequence::of(&exit(0, 2)));
    assert_eq!(devices.read(Space::Mmio, 0xfec0_0000, Width::Byte), Err(Unreachable::Lost));
    assert_eq!(servers.calls.len(), 1);
}
