//! MSI and MSI-X: when a message leaves, and which.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;
use vdev::Msi;
use vpci::{
    Bar, Command, Header, Identity, LayoutError, MsiCapability, MsixCapability, MsixEntry, MsixTable,
};

const DEVICE: Identity = Identity { vendor: 1, device: 2, revision: 3, class: 0x02_0000, subsystem: (0, 0) };
const ADDRESS: u32 = 0xfee0_3000;

fn write(header: &mut Header, offset: u8, value: u32) {
    for (byte, offset) in value.to_le_bytes().into_iter().zip(offset..) {
        header.write(offset, byte);
    }
}

fn set_master(header: &mut Header, on: bool) {
    header.write(4, if on { Command::BUS_MASTER.bits().to_le_bytes()[0] } else { 0 });
}

/// MSI at 0x40 with a message programmed, still off.
fn msi(vectors: u8) -> (Header, MsiCapability) {
    let mut header = Header::new(&DEVICE);
    let capability = MsiCapability::add(&mut header, vectors).unwrap();
    set_master(&mut header, true);
    write(&mut header, 0x44, ADDRESS);
    write(&mut header, 0x4c, 0x40);
    (header, capability)
}

fn set_msi_control(header: &mut Header, log2_allocated: u8, enable: bool) {
    header.write(0x42, log2_allocated << 4 | u8::from(enable));
}

fn data(vector: u32) -> Option<Msi> {
    Some(Msi { address: ADDRESS, data: vector })
}

#[test]
fn msi_off_sends_and_remembers_nothing() {
    let (mut header, msi) = msi(1);
    assert_eq!(msi.signal(&mut header, 0), None);
    set_msi_control(&mut header, 0, true);
    assert_eq!(msi.release(&mut header), None);
    assert_eq!(msi.signal(&mut header, 0), data(0x40));
    assert_eq!(msi.pending(&header), 0);
}

#[test]
fn a_masked_msi_waits_until_it_is_unmasked_and_leaves_once() {
    let (mut header, msi) = msi(1);
    set_msi_control(&mut header, 0, true);
    write(&mut header, 0x50, 1);
    assert_eq!(msi.signal(&mut header, 0), None);
    assert_eq!(msi.signal(&mut header, 0), None);
    assert_eq!(header.read(0x54), 1, "the guest sees the pending bit");
    header.write(0x54, 0);
    assert_eq!(msi.pending(&header), 1, "and cannot change it");
    write(&mut header, 0x50, 0);
    assert_eq!(msi.release(&mut header), data(0x40));
    assert_eq!(msi.release(&mut header), None);
}

#[test]
fn a_message_waits_for_bus_mastering() {
    let (mut header, msi) = msi(1);
    set_msi_control(&mut header, 0, true);
    set_master(&mut header, false);
    assert_eq!(msi.signal(&mut header, 0), None);
    set_master(&mut header, true);
    assert_eq!(msi.release(&mut header), data(0x40));
}

#[test]
fn vectors_replace_the_low_bits_of_the_data() {
    let (mut header, msi) = msi(8);
    set_msi_control(&mut header, 3, true);
    assert_eq!(msi.allocated(&header), 8);
    for vector in 0..8 {
        assert_eq!(msi.signal(&mut header, vector), data(0x40 | u32::from(vector)));
    }
    set_msi_control(&mut header, 1, true);
    assert_eq!(msi.signal(&mut header, 5), data(0x41), "events share the vectors that there are");
    set_msi_control(&mut header, 7, true);
    assert_eq!(msi.allocated(&header), 8, "no more than are offered");
}

#[test]
fn a_message_elsewhere_than_the_local_apics_goes_nowhere() {
    let (mut header, msi) = msi(1);
    set_msi_control(&mut header, 0, true);
    write(&mut header, 0x48, 1);
    assert_eq!(msi.signal(&mut header, 0), None);
    write(&mut header, 0x48, 0);
    write(&mut header, 0x44, 0x1000);
    assert_eq!(msi.signal(&mut header, 0), None);
    assert_eq!(msi.pending(&header), 0);
}

#[test]
fn msi_offers_powers_of_two_up_to_32() {
    for vectors in [0, 3, 33, 64] {
        let mut header = Header::new(&DEVICE);
        assert_eq!(MsiCapability::add(&mut header, vectors), Err(LayoutError::VectorCount));
    }
    let (header, _) = msi(32);
    assert_eq!(header.read(0x42), 0x80 | 5 << 1);
}

struct Device {
    header: Header,
    capability: MsixCapability,
    table: MsixTable<3>,
}

impl Device {
    /// Three vectors programmed and unmasked, MSI-X still off.
    fn new() -> Self {
        let mut header = Header::new(&DEVICE);
        header.add_bar(1, Bar::Memory32 { length: 0x1000, prefetchable: false }).unwrap();
        let capability = MsixCapability::add(&mut header, 3, (1, 0), (1, 0x800)).unwrap();
        set_master(&mut header, true);
        let mut table = MsixTable::default();
        for vector in 0..3u32 {
            let entry = u64::from(vector) * 16;
            table.write(entry, ADDRESS);
            table.write(entry + 8, 0x50 + vector);
            table.write(entry + 12, 0);
        }
        Self { header, capability, table }
    }

    fn control(&mut self, enable: bool, function_mask: bool) {
        self.header.write(0x43, u8::from(enable) << 7 | u8::from(function_mask) << 6);
    }

    fn signal(&mut self, vector: u8) -> Option<Msi> {
        self.table.signal(&self.header, self.capability, vector)
    }

    fn release(&mut self) -> Option<Msi> {
        self.table.release(&self.header, self.capability)
    }
}

#[test]
fn msix_off_sends_and_remembers_nothing() {
    let mut device = Device::new();
    assert_eq!(device.signal(0), None);
    device.control(true, false);
    assert_eq!(device.release(), None);
    assert_eq!(device.signal(1), data(0x51));
    assert_eq!(device.signal(3), None, "there is no such vector");
}

#[test]
fn a_masked_vector_waits_without_holding_up_the_others() {
    let mut device = Device::new();
    device.control(true, false);
    device.table.write(12, 1);
    assert_eq!(device.signal(0), None);
    assert_eq!(device.signal(2), data(0x52));
    assert_eq!(device.table.pending(), 1);
    device.table.write(12, 0);
    assert_eq!(device.release(), data(0x50));
    assert_eq!(device.release(), None);
}

#[test]
fn the_function_mask_holds_all_vectors() {
    let mut device = Device::new();
    device.control(true, true);
    assert_eq!((device.signal(2), device.signal(0)), (None, None));
    device.control(true, false);
    assert_eq!((device.release(), device.release(), device.release()), (data(0x50), data(0x52), None));
}

#[test]
fn vectors_are_masked_after_reset_and_reserved_bits_read_as_zero() {
    let mut table = MsixTable::<2>::default();
    assert_eq!((table.read(12), table.read(28), table.read(32)), (1, 1, 0));
    for offset in (0..48).step_by(4) {
        table.write(offset, 0xffff_ffff);
    }
    assert_eq!([0, 4, 8, 12].map(|offset| table.read(offset)), [0xffff_fffc, 0xffff_ffff, 0xffff_ffff, 1]);
    assert_eq!(table.read(32), 0, "beyond the end");
}

#[test]
fn the_capability_says_where_table_and_pending_bits_are() {
    let mut device = Device::new();
    write(&mut device.header, 0x40, 0xffff_ffff);
    let read = |offset: u8| u32::from_le_bytes([0, 1, 2, 3].map(|byte| device.header.read(offset + byte)));
    assert_eq!(read(0x40), 0xc002_0011);
    assert_eq!((read(0x44), read(0x48)), (0x001, 0x801));
}

#[test]
fn a_table_with_reserved_bits_is_refused() {
    let bad = MsixEntry { control: 2, ..MsixEntry::RESET };
    assert!(MsixTable::restore([MsixEntry::RESET, bad], 0).is_err());
    assert!(MsixTable::restore([MsixEntry::RESET; 2], 4).is_err());
    assert!(MsixTable::restore([MsixEntry::RESET; 2], 3).is_ok());
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Signal(u8),
    Mask(u8, bool),
    Control(bool, bool),
    Master(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3u8).prop_map(Step::Signal),
        2 => (0..3u8, any::<bool>()).prop_map(|(vector, masked)| Step::Mask(vector, masked)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(enable, mask)| Step::Control(enable, mask)),
        1 => any::<bool>().prop_map(Step::Master),
    ]
}

proptest! {
    /// A vector whose event happened while MSI-X was on leaves at least once and never when it may not.
    #[test]
    fn no_event_is_lost_and_none_leaves_while_held(steps in prop::collection::vec(step(), 0..60)) {
        let mut device = Device::new();
        let (mut enabled, mut function_mask, mut master, mut masked) = (false, false, true, [false; 3]);
        let mut owed = [false; 3];
        for step in steps {
            let mut sent = vec![];
            match step {
                Step::Signal(vector) => {
                    if enabled {
                        *owed.get_mut(usize::from(vector)).unwrap() = true;
                    }
                    sent.extend(device.signal(vector));
                }
                Step::Mask(vector, mask) => {
                    *masked.get_mut(usize::from(vector)).unwrap() = mask;
                    device.table.write(u64::from(vector) * 16 + 12, u32::from(mask));
                }
                Step::Control(enable, mask) => {
                    (enabled, function_mask) = (enable, mask);
                    device.control(enable, mask);
                }
                Step::Master(on) => {
                    master = on;
                    set_master(&mut device.header, on);
                }
            }
            while let Some(message) = device.release() {
                sent.push(message);
            }
            for message in sent {
                let vector = usize::try_from(message.data - 0x50).unwrap();
                prop_assert!(enabled && !function_mask && master && !masked.get(vector).unwrap());
                prop_assert!(std::mem::take(owed.get_mut(vector).unwrap()), "sent twice, or without an event");
            }
            for (vector, owed) in owed.iter().enumerate() {
                let held = !enabled || function_mask || !master || *masked.get(vector).unwrap();
                prop_assert!(!owed || held, "lost");
            }
        }
    }
}
