//! Interrupt commands and destinations.

use super::super::*;
use super::{enabled, take, x2apic};
use bulkhead_abi::msi::{DeliveryMode, Msi};

fn command(apic: &mut LocalApic, destination: u8, low: u32) -> Option<Ipi> {
    apic.write(0x310, u32::from(destination) << 24, 0);
    apic.write(0x300, low, 0).ipi
}

#[test]
fn a_command_leaves_when_its_low_half_is_written() {
    let mut apic = enabled();
    let ipi = command(&mut apic, 2, 0x4640).unwrap();
    assert_eq!(ipi.destination, Destination { id: 2, logical: false });
    assert_eq!((ipi.mode, ipi.vector, ipi.shorthand), (DeliveryMode::StartUp, 0x40, Shorthand::None));
    assert_eq!((apic.read(0x300, 0), apic.read(0x310, 0)), (0x4640, 2 << 24));
}

#[test]
fn shorthands_name_self_all_and_others() {
    let mut apic = enabled();
    assert_eq!(command(&mut apic, 0, 1 << 18 | 0x41), None);
    assert_eq!(take(&mut apic), Some(0x41));
    assert_eq!(command(&mut apic, 0, 2 << 18 | 0x41).unwrap().shorthand, Shorthand::AllIncludingSelf);
    assert_eq!(command(&mut apic, 0, 3 << 18 | 0x400).unwrap().mode, DeliveryMode::Nmi);
    assert_eq!(command(&mut apic, 0, 1 << 18 | 0x400), None);
    assert_eq!(command(&mut apic, 0, 2 << 18 | 0x500), None);
}

#[test]
fn de_assertion_of_init_does_nothing() {
    let mut apic = enabled();
    assert_eq!(command(&mut apic, 1, 0xc500).unwrap().mode, DeliveryMode::Init);
    assert_eq!(command(&mut apic, 1, 0x8500), None);
    assert_eq!(command(&mut apic, 1, 0x0500).unwrap().mode, DeliveryMode::Init);
}

#[test]
fn illegal_vectors_are_not_sent() {
    let mut apic = enabled();
    assert_eq!(command(&mut apic, 1, 0x0f), None);
    apic.write(0x280, 0, 0);
    assert_eq!(apic.read(0x280, 0), 1 << 5);
    let mut apic = x2apic(0);
    assert_eq!(apic.write_msr(0x83f, 3, 0), Ok(Effects::NONE));
    apic.write_msr(0x828, 0, 0).unwrap();
    assert_eq!(apic.read_msr(0x828, 0), Ok(1 << 5));
}

#[test]
fn x2apic_commands_are_one_write_of_64_bits() {
    let mut apic = x2apic(0);
    let ipi = apic.write_msr(0x830, 0x0001_0002_0000_0830, 0).unwrap().ipi.unwrap();
    assert_eq!(ipi.destination, Destination { id: 0x0001_0002, logical: true });
    assert_eq!(apic.read_msr(0x830, 0), Ok(0x0001_0002_0000_0830));
    apic.write_msr(0x83f, 0x77, 0).unwrap();
    assert_eq!(take(&mut apic), Some(0x77));
    assert_eq!(apic.read_msr(0x830, 0), Ok(0x0001_0002_0000_0830));
}

#[test]
fn physical_destinations_are_identifiers_and_all_ones_is_everybody() {
    let (a, b) = (LocalApic::new(3, false), x2apic(3));
    for apic in [&a, &b] {
        assert!(apic.matches(Destination::from_byte(3, false)));
        assert!(!apic.matches(Destination::from_byte(4, false)));
        assert!(apic.matches(Destination::from_byte(0xff, false)));
        assert!(apic.matches(Destination { id: u32::MAX, logical: false }));
    }
    assert!(a.matches(Destination::of(Msi::new(3, false, 0x40, DeliveryMode::Fixed, false))));
    let mut off = LocalApic::new(3, false);
    off.set_apic_base(0xfee0_0000).unwrap();
    assert!(!off.matches(Destination::from_byte(0xff, false)));
}

#[test]
fn flat_and_cluster_models_read_the_logical_destination() {
    let mut apic = enabled();
    apic.write(0xd0, 0x2400_0000, 0);
    assert!(apic.matches(Destination::from_byte(0x04, true)));
    assert!(apic.matches(Destination::from_byte(0xff, true)));
    assert!(!apic.matches(Destination::from_byte(0x41, true)));
    apic.write(0xe0, 0, 0);
    assert!(apic.matches(Destination::from_byte(0x24, true)));
    assert!(apic.matches(Destination::from_byte(0x2c, true)));
    assert!(!apic.matches(Destination::from_byte(0x34, true)));
    assert!(!apic.matches(Destination::from_byte(0x22, true)));
    assert!(apic.matches(Destination::from_byte(0xff, true)));
}

#[test]
fn x2apic_logical_destinations_are_cluster_and_members() {
    let apic = x2apic(0x12);
    assert!(apic.matches(Destination { id: 0x0001_0004, logical: true }));
    assert!(apic.matches(Destination { id: 0x0001_ffff, logical: true }));
    assert!(!apic.matches(Destination { id: 0x0002_0004, logical: true }));
    assert!(!apic.matches(Destination { id: 0x0001_0008, logical: true }));
    assert!(x2apic(2).matches(Destination::from_byte(0xff, true)));
    assert!(!x2apic(9).matches(Destination::from_byte(0xff, true)));
}
