//! The host bridge as guests find it, and the laws of a device.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use bulkhead_protocol::config::{Vpci, Window};
use bulkhead_protocol::platform::{ECAM, ECAM_BUSES};
use proptest::prelude::*;
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Width, words};
use vpci::{HOST_BRIDGE, HostBridge};

fn config() -> Vpci {
    Vpci { ecam: Window { base: ECAM, length: u64::from(ECAM_BUSES) << 20 } }
}

struct Machine(HostBridge);

impl Machine {
    fn new() -> Self {
        Self(HostBridge::new(&config(), Nanos(0)))
    }

    fn read(&mut self, access: Access) -> u64 {
        self.0.read(access, Nanos(0), &mut Outcome::new()) & access.width.all_ones()
    }

    fn write(&mut self, access: Access, value: u64) {
        self.0.write(access, value, Nanos(0), &mut Outcome::new());
    }

    fn inb(&mut self, port: u16) -> u64 {
        self.read(Access::port(port, Width::Byte))
    }

    fn inw(&mut self, port: u16) -> u64 {
        self.read(Access::port(port, Width::Word))
    }

    fn inl(&mut self, port: u16) -> u64 {
        self.read(Access::port(port, Width::Double))
    }

    fn outb(&mut self, port: u16, value: u64) {
        self.write(Access::port(port, Width::Byte), value);
    }

    fn outl(&mut self, port: u16, value: u64) {
        self.write(Access::port(port, Width::Double), value);
    }

    fn select(&mut self, bus: u64, device: u64, function: u64, offset: u64) {
        self.outl(0xcf8, 1 << 31 | bus << 16 | device << 11 | function << 8 | offset);
    }
}

const IDENTIFIERS: u64 = (HOST_BRIDGE.device as u64) << 16 | HOST_BRIDGE.vendor as u64;

#[test]
fn linux_finds_mechanism_1() {
    let mut machine = Machine::new();
    machine.outb(0xcfb, 0x01);
    let before = machine.inl(0xcf8);
    machine.outl(0xcf8, 0x8000_0000);
    assert_eq!(machine.inl(0xcf8), 0x8000_0000);
    machine.outl(0xcf8, before);
    machine.select(0, 0, 0, 0x08);
    assert_eq!(machine.inw(0xcfe), 0x0600, "the class of a host bridge makes the bus sane");
}

#[test]
fn the_probe_for_mechanism_2_fails() {
    let mut machine = Machine::new();
    machine.outb(0xcfb, 0);
    machine.outb(0xcf8, 0);
    machine.outb(0xcfa, 0);
    assert_ne!((machine.inb(0xcf8), machine.inb(0xcfa)), (0, 0));
}

#[test]
fn a_scan_finds_the_bridge_and_nothing_else() {
    let mut machine = Machine::new();
    for bus in 0..=255 {
        for device in 0..32 {
            for function in 0..8 {
                machine.select(bus, device, function, 0);
                let expected = if (bus, device, function) == (0, 0, 0) { IDENTIFIERS } else { 0xffff_ffff };
                assert_eq!(machine.inl(0xcfc), expected, "{bus:02x}:{device:02x}.{function}");
            }
        }
    }
}

#[test]
fn the_address_survives_any_number_of_data_accesses() {
    let mut machine = Machine::new();
    machine.select(0, 0, 0, 0);
    for _ in 0..3 {
        assert_eq!(machine.inl(0xcfc), IDENTIFIERS);
    }
    machine.outl(0xcfc, 0);
    assert_eq!(machine.inl(0xcf8), 0x8000_0000);
    assert_eq!(machine.inl(0xcfc), IDENTIFIERS);
}

#[test]
fn narrow_accesses_to_the_address_ports_are_no_address_writes() {
    let mut machine = Machine::new();
    machine.outl(0xcf8, 0x8000_0000);
    machine.outb(0xcf8, 0x40);
    machine.write(Access::port(0xcf8, Width::Word), 0x1240);
    machine.write(Access::port(0xcfa, Width::Word), 0);
    assert_eq!(machine.inl(0xcf8), 0x8000_0000);
    assert_eq!(machine.inw(0xcf8), 0xffff);
}

#[test]
fn reserved_address_bits_read_as_zero() {
    let mut machine = Machine::new();
    machine.outl(0xcf8, 0xffff_ffff);
    assert_eq!(machine.inl(0xcf8), 0x80ff_fffc);
}

#[test]
fn data_accesses_have_every_width_and_place() {
    let mut machine = Machine::new();
    machine.select(0, 0, 0, 0);
    for byte in 0..4 {
        assert_eq!(machine.inb(0xcfc + byte), IDENTIFIERS >> (8 * byte) & 0xff);
    }
    assert_eq!(machine.inw(0xcfc), IDENTIFIERS & 0xffff);
    assert_eq!(machine.inw(0xcfe), IDENTIFIERS >> 16);
    assert_eq!(machine.inw(0xcff), 0xff00 | IDENTIFIERS >> 24, "the byte after the data ports is not ours");
    machine.select(0, 0, 0, 0x3c);
    machine.outb(0xcfc, 0x0b);
    assert_eq!(machine.inl(0xcfc), 0x0b, "only the byte written has changed");
}

#[test]
fn data_without_the_enable_bit_goes_nowhere() {
    let mut machine = Machine::new();
    machine.outl(0xcf8, 0x3c);
    assert_eq!(machine.inl(0xcfc), 0xffff_ffff);
    machine.outb(0xcfc, 0x0b);
    machine.select(0, 0, 0, 0x3c);
    assert_eq!(machine.inb(0xcfc), 0);
}

#[test]
fn the_bridge_has_no_base_address_registers() {
    let mut machine = Machine::new();
    for register in (0x10..0x28).step_by(4).chain([0x30]) {
        machine.select(0, 0, 0, register);
        machine.outl(0xcfc, 0xffff_ffff);
        assert_eq!(machine.inl(0xcfc), 0);
    }
}

#[test]
fn the_bridge_is_a_single_type_0_function() {
    let mut machine = Machine::new();
    machine.select(0, 0, 0, 0x0c);
    assert_eq!(machine.inb(0xcfe), 0);
}

#[test]
fn ecam_and_ports_show_the_same_registers() {
    let mut machine = Machine::new();
    assert_eq!(machine.read(Access::mmio(ECAM, Width::Double)), IDENTIFIERS);
    assert_eq!(machine.read(Access::mmio(ECAM + 2, Width::Word)), u64::from(HOST_BRIDGE.device));
    machine.write(Access::mmio(ECAM + 0x3c, Width::Byte), 0x5a);
    machine.select(0, 0, 0, 0x3c);
    assert_eq!(machine.inb(0xcfc), 0x5a);
}

#[test]
fn ecam_of_absent_functions_and_of_extended_space_reads_all_ones() {
    let mut machine = Machine::new();
    for address in [ECAM + 0x1000, ECAM + (1 << 15), ECAM + (0xff << 12), ECAM + 0x100, ECAM + 0xffc] {
        machine.write(Access::mmio(address, Width::Double), 0);
        assert_eq!(machine.read(Access::mmio(address, Width::Double)), 0xffff_ffff, "{address:#x}");
    }
}

#[test]
fn addresses_outside_the_window_read_all_ones() {
    let mut machine = Machine::new();
    for address in [0, ECAM - 4, ECAM + (1 << 20), u64::MAX] {
        assert_eq!(machine.read(Access::mmio(address, Width::Double)), 0xffff_ffff, "{address:#x}");
    }
}

#[test]
fn a_state_of_another_layout_is_refused() {
    let good = HostBridge::new(&config(), Nanos(0)).snapshot();
    let mut reserved = good.clone();
    reserved.address = [1, 0, 0, 0];
    assert_eq!(HostBridge::restore(&config(), reserved).unwrap_err(), InvalidState);
    let mut longer = good.clone();
    assert!(longer.bridge.push(0));
    assert_eq!(HostBridge::restore(&config(), longer).unwrap_err(), InvalidState);
    let mut constant = good.bridge.as_slice().to_vec();
    constant[0] |= 0x80;
    let constant = vpci::HostBridgeState { bridge: vpci::ConfigState::from_prefix(&constant), ..good };
    assert_eq!(HostBridge::restore(&config(), constant).unwrap_err(), InvalidState);
}

type Step = (Access, Option<u64>);

fn step() -> impl Strategy<Value = Step> {
    let width = prop::sample::select(vec![Width::Byte, Width::Word, Width::Double, Width::Quad]);
    let port = (0xcf6..=0xd02u16, width.clone()).prop_map(|(port, width)| Access::port(port, width));
    let mmio = (0..0x140u64, 0..3u64, width)
        .prop_map(|(register, function, width)| Access::mmio(ECAM + (function << 12) + register, width));
    let select =
        (0..64u64).prop_map(|register| (Access::port(0xcf8, Width::Double), Some(1 << 31 | register << 2)));
    let access = prop_oneof![port, mmio];
    prop_oneof![
        1 => select,
        4 => (access, any::<Option<u64>>())
            .prop_map(|(access, value)| (access, value.map(|value| value & access.width.all_ones()))),
    ]
}

fn apply(host: &mut HostBridge, (access, value): Step) -> (u64, Outcome) {
    let mut outcome = Outcome::new();
    match value {
        Some(value) => {
            host.write(access, value, Nanos(1), &mut outcome);
            (0, outcome)
        }
        None => (host.read(access, Nanos(1), &mut outcome), outcome),
    }
}

proptest! {
    #[test]
    fn a_restored_device_goes_on_as_the_original(
        before in prop::collection::vec(step(), 0..60),
        after in prop::collection::vec(step(), 0..60),
    ) {
        let mut original = HostBridge::new(&config(), Nanos(0));
        for step in before {
            apply(&mut original, step);
        }
        let mut buffer = [0; 512];
        let length = bulkhead_protocol::encode(&original.snapshot(), &mut buffer).unwrap();
        let state = bulkhead_protocol::decode(&buffer[..length]).unwrap();
        let mut restored = HostBridge::restore(&config(), state).unwrap();
        for step in after {
            prop_assert_eq!(apply(&mut original, step), apply(&mut restored, step));
        }
    }

    #[test]
    fn reset_leads_to_the_state_of_a_new_device(steps in prop::collection::vec(step(), 0..60)) {
        let mut host = HostBridge::new(&config(), Nanos(0));
        for step in steps {
            apply(&mut host, step);
        }
        host.reset(Nanos(2), &mut Outcome::new());
        prop_assert_eq!(host, HostBridge::new(&config(), Nanos(0)));
    }

    #[test]
    fn identity_and_class_are_constant(steps in prop::collection::vec(step(), 0..60)) {
        let mut machine = Machine::new();
        for step in steps {
            let (_, outcome) = apply(&mut machine.0, step);
            prop_assert_eq!(outcome, Outcome::new(), "the bridge has no lines and sends nothing");
        }
        prop_assert_eq!(machine.read(Access::mmio(ECAM, Width::Double)), IDENTIFIERS);
        prop_assert_eq!(machine.read(Access::mmio(ECAM + 8, Width::Double)), 0x0600_0000);
    }
}

#[test]
fn the_bridge_is_said_by_its_place_and_identity() {
    let said = words(&Machine::new().0).collect::<Vec<_>>();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].starts_with("00:00.0  b148:0001"), "{said:?}");
}
