//! The type 0 function: command and status, base address registers, capabilities, the bus around it.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use proptest::prelude::*;
use vdev::{Access, Space, Width};
use vpci::{Bar, Bus, Command, ConfigByte, DeviceFunction, Header, Identity, LayoutError, Status};

const SERIAL: Identity =
    Identity { vendor: 0x1234, device: 0x5678, revision: 9, class: 0x07_0002, subsystem: (0xabcd, 0xef01) };

fn read(header: &Header, offset: u8) -> u32 {
    u32::from_le_bytes([0, 1, 2, 3].map(|byte| header.read(offset + byte)))
}

fn write(header: &mut Header, offset: u8, value: u32) {
    for (byte, offset) in value.to_le_bytes().into_iter().zip(offset..) {
        header.write(offset, byte);
    }
}

fn set_command(header: &mut Header, command: Command) {
    header.write(4, command.bits().to_le_bytes()[0]);
    header.write(5, command.bits().to_le_bytes()[1]);
}

fn serial() -> Header {
    let mut header = Header::new(&SERIAL);
    header.add_bar(0, Bar::Io { length: 8 }).unwrap();
    header.add_bar(1, Bar::Memory32 { length: 0x1000, prefetchable: false }).unwrap();
    header.add_bar(2, Bar::Memory64 { length: 0x2_0000_0000, prefetchable: true }).unwrap();
    header.set_interrupt_pin(1);
    header
}

#[test]
fn identity_is_read_only() {
    let mut header = serial();
    for offset in [0x00, 0x08, 0x2c] {
        write(&mut header, offset, 0xffff_ffff);
    }
    assert_eq!(read(&header, 0x00), 0x5678_1234);
    assert_eq!(read(&header, 0x08), 0x0700_0209);
    assert_eq!(read(&header, 0x2c), 0xef01_abcd);
}

#[test]
fn sizing_shows_the_length_and_relocation_the_address() {
    let mut header = serial();
    for (offset, sized) in
        [(0x10, 0xffff_fff9), (0x14, 0xffff_f000), (0x18, 0x0000_000c), (0x1c, 0xffff_fffe), (0x20, 0)]
    {
        write(&mut header, offset, 0xffff_ffff);
        assert_eq!(read(&header, offset), sized, "register {offset:#x}");
    }
    write(&mut header, 0x10, 0xc000);
    write(&mut header, 0x14, 0xd000_0000);
    write(&mut header, 0x18, 0);
    write(&mut header, 0x1c, 0x10);
    assert_eq!(read(&header, 0x10), 0xc001);
    set_command(&mut header, Command::IO_SPACE | Command::MEMORY_SPACE);
    let window = |index| header.bar(index).map(|bar| (bar.space, bar.base, bar.length));
    assert_eq!(window(0), Some((Space::Port, 0xc000, 8)));
    assert_eq!(window(1), Some((Space::Mmio, 0xd000_0000, 0x1000)));
    assert_eq!(window(2), Some((Space::Mmio, 0x10_0000_0000, 0x2_0000_0000)));
    assert_eq!(window(3), None);
    assert_eq!(header.decode(Access::port(0xc005, Width::Byte)), Some((0, 5)));
    assert_eq!(header.decode(Access::mmio(0xd000_0ffc, Width::Double)), Some((1, 0xffc)));
    assert_eq!(header.decode(Access::mmio(0xc005, Width::Byte)), None);
    assert_eq!(header.decode(Access::mmio(0xd000_1000, Width::Byte)), None);
}

#[test]
fn a_window_answers_only_while_its_space_is_enabled() {
    let mut header = serial();
    assert_eq!(header.bar(0), None);
    set_command(&mut header, Command::IO_SPACE);
    assert!(header.bar(0).is_some());
    assert_eq!(header.bar(1), None);
}

#[test]
fn command_bits_for_what_is_not_there_are_stuck_at_zero() {
    let mut plain = Header::new(&SERIAL);
    set_command(&mut plain, Command::all());
    assert_eq!(plain.command(), Command::BUS_MASTER | Command::PARITY | Command::SERR);
    let mut full = serial();
    write(&mut full, 4, 0xffff);
    assert_eq!(full.command(), Command::all());
    assert_eq!(full.read(5), 0x05, "reserved bits");
}

#[test]
fn status_errors_are_cleared_by_writing_one() {
    let mut header = serial();
    header.record(Status::RECEIVED_MASTER_ABORT | Status::DETECTED_PARITY);
    write(&mut header, 4, 0);
    assert_eq!(header.status(), Status::RECEIVED_MASTER_ABORT | Status::DETECTED_PARITY);
    header.write(7, Status::DETECTED_PARITY.bits().to_le_bytes()[1]);
    assert_eq!(header.status(), Status::RECEIVED_MASTER_ABORT);
}

#[test]
fn the_pin_is_high_while_wanted_and_not_disabled() {
    let mut header = serial();
    header.set_interrupt(true);
    assert!(header.interrupt_level());
    set_command(&mut header, Command::INTERRUPT_DISABLE);
    assert!(!header.interrupt_level());
    assert!(header.status().contains(Status::INTERRUPT), "status shows what the device wants");
    header.write(6, 0xff);
    assert!(header.status().contains(Status::INTERRUPT), "not the guest's to clear");
    set_command(&mut header, Command::empty());
    header.set_interrupt(false);
    assert!(!header.interrupt_level());
}

#[test]
fn interrupt_line_is_a_note_and_the_pin_is_constant() {
    let mut header = serial();
    write(&mut header, 0x3c, 0xffff_ff0a);
    assert_eq!(read(&header, 0x3c), 0x010a);
    assert_eq!(header.interrupt_line(), 0x0a);
}

#[test]
fn capabilities_form_a_list() {
    let mut header = serial();
    assert_eq!((header.read(0x34), header.read(6)), (0, 0));
    let first = header.add_capability(0x09, &[ConfigByte::constant(5); 3]).unwrap();
    let second = header.add_capability(0x10, &[ConfigByte::writable(0, 0x0f)]).unwrap();
    assert_eq!((first, second), (0x40, 0x48));
    assert!(header.status().contains(Status::CAPABILITIES));
    assert_eq!(read(&header, 0x34), 0x40);
    assert_eq!(read(&header, 0x40), 0x0505_4809);
    assert_eq!(read(&header, 0x48), 0x0000_0010);
    write(&mut header, 0x48, 0xffff_ffff);
    assert_eq!(read(&header, 0x48), 0x000f_0010);
}

#[test]
fn a_layout_that_cannot_be_is_refused() {
    let mut header = serial();
    let io = Bar::Io { length: 8 };
    assert_eq!(header.add_bar(0, io), Err(LayoutError::BarTaken));
    assert_eq!(header.add_bar(3, io), Err(LayoutError::BarTaken), "the upper half of a 64-bit register");
    assert_eq!(header.add_bar(6, io), Err(LayoutError::NoSuchBar));
    let wide = Bar::Memory64 { length: 0x1000, prefetchable: false };
    assert_eq!(header.add_bar(5, wide), Err(LayoutError::NoSuchBar));
    for bar in [
        Bar::Io { length: 2 },
        Bar::Memory32 { length: 8, prefetchable: false },
        Bar::Memory32 { length: 0x1001, prefetchable: false },
        Bar::Memory64 { length: 0, prefetchable: false },
    ] {
        assert_eq!(header.add_bar(4, bar), Err(LayoutError::BarLength), "{bar:?}");
    }
    assert_eq!(header.add_capability(9, &[ConfigByte::constant(0); 0xbf]), Err(LayoutError::NoRoom));
    assert_eq!(header.add_capability(9, &[ConfigByte::constant(0); 0xbe]), Ok(0x40));
    assert_eq!(header.add_capability(9, &[]), Err(LayoutError::NoRoom));
}

#[test]
fn function_0_says_whether_there_are_more() {
    let mut bus = Bus::<4>::default();
    assert!(bus.add(DeviceFunction::new(3, 0), serial()));
    assert!(bus.add(DeviceFunction::new(4, 0), serial()));
    assert_eq!(bus.read(DeviceFunction::new(3, 0), 0x0e), 0x00);
    assert!(bus.add(DeviceFunction::new(3, 2), serial()));
    assert_eq!(bus.read(DeviceFunction::new(3, 0), 0x0e), 0x80);
    assert_eq!(bus.read(DeviceFunction::new(3, 2), 0x0e), 0x80);
    assert_eq!(bus.read(DeviceFunction::new(4, 0), 0x0e), 0x00);
    assert_eq!(bus.read(DeviceFunction::new(3, 1), 0x0e), 0xff);
    assert!(!bus.add(DeviceFunction::new(3, 2), serial()), "the place is taken");
}

proptest! {
    #[test]
    fn a_base_address_register_keeps_its_alignment_and_flags(shift in 4..31u32, written: u32) {
        let length = 1u32 << shift;
        let mut header = Header::new(&SERIAL);
        header.add_bar(0, Bar::Memory32 { length, prefetchable: true }).unwrap();
        write(&mut header, 0x10, written);
        set_command(&mut header, Command::MEMORY_SPACE);
        prop_assert_eq!(read(&header, 0x10), written & !(length - 1) | 0b1000);
        prop_assert_eq!(header.bar(0).unwrap().base % u64::from(length), 0);
    }

    #[test]
    fn a_restored_function_reads_like_the_original(writes in prop::collection::vec((any::<u8>(), any::<u8>()), 0..200)) {
        let mut original = serial();
        original.record(Status::SIGNALED_SYSTEM_ERROR);
        for (offset, byte) in writes {
            original.write(offset, byte);
        }
        let mut restored = serial();
        restored.restore(&original.snapshot()).unwrap();
        prop_assert_eq!(restored, original);
    }
}
