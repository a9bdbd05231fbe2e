//! Reset values, modes, reserved bits.

use super::super::*;
use super::{enabled, x2apic};

#[test]
fn reset_values_are_the_manuals() {
    let mut apic = LocalApic::new(3, true);
    let expected: [(u16, u32); 12] = [
        (0x20, 3 << 24),
        (0x30, 0x0005_0014),
        (0x80, 0),
        (0xd0, 0),
        (0xe0, u32::MAX),
        (0xf0, 0xff),
        (0x280, 0),
        (0x300, 0),
        (0x320, 0x1_0000),
        (0x350, 0x1_0000),
        (0x370, 0x1_0000),
        (0x3e0, 0),
    ];
    for (offset, value) in expected {
        assert_eq!(apic.read(offset, 0), value, "{offset:#x}");
    }
    assert_eq!(apic.apic_base(), 0xfee0_0900);
}

#[test]
fn reserved_bits_do_not_stick_in_xapic_mode() {
    let mut apic = enabled();
    for (offset, value) in [
        (0x20, 0),
        (0xd0, 0xff00_0000),
        (0xe0, u32::MAX),
        (0x310, 0xff00_0000),
        (0x320, 0x0007_00ff),
        (0x330, 0x0001_07ff),
        (0x350, 0x0001_a7ff),
        (0x370, 0x0001_00ff),
        (0x3e0, 0xb),
    ] {
        apic.write(offset, u32::MAX, 0);
        assert_eq!(apic.read(offset, 0), value, "{offset:#x}");
    }
    apic.write(0xf0, u32::MAX, 0);
    assert_eq!(apic.read(0xf0, 0), 0x3ff);
}

#[test]
fn a_software_disable_masks_the_vector_table_and_keeps_it_masked() {
    let mut apic = enabled();
    apic.write(0x350, 0x700, 0);
    apic.write(0xf0, 0xff, 0);
    assert_eq!(apic.read(0x350, 0), 0x1_0700);
    apic.write(0x350, 0x700, 0);
    assert_eq!(apic.read(0x350, 0), 0x1_0700);
    apic.write(0xf0, 0x1ff, 0);
    assert_eq!(apic.read(0x350, 0), 0x1_0700);
}

#[test]
fn reserved_registers_are_an_error() {
    let mut apic = enabled();
    for offset in [0x00, 0x84, 0x3f0, 0xff0, 0x1020] {
        assert_eq!(apic.read(offset, 0), 0);
        apic.write(0x280, 0, 0);
        assert_eq!(apic.read(0x280, 0), 1 << 7, "{offset:#x}");
        apic.write(offset, 1, 0);
        apic.write(0x280, 0, 0);
        assert_eq!(apic.read(0x280, 0), 1 << 7, "{offset:#x}");
        apic.write(0x280, 0, 0);
    }
}

#[test]
fn modes_change_only_on_the_legal_ways() {
    const OFF: u64 = 0xfee0_0000;
    const XAPIC: u64 = 0xfee0_0800;
    const X2APIC: u64 = 0xfee0_0c00;
    let mut apic = LocalApic::new(0, false);
    assert_eq!(apic.set_apic_base(0xfee0_0400), Err(GeneralProtection));
    assert_eq!(apic.set_apic_base(X2APIC), Ok(()));
    assert_eq!(apic.set_apic_base(XAPIC), Err(GeneralProtection));
    assert_eq!(apic.mode(), Mode::X2Apic);
    assert_eq!(apic.set_apic_base(OFF), Ok(()));
    assert_eq!(apic.set_apic_base(X2APIC), Err(GeneralProtection));
    assert_eq!(apic.set_apic_base(XAPIC), Ok(()));
    assert_eq!(apic.set_apic_base(XAPIC | 1), Err(GeneralProtection));
    assert_eq!(apic.set_apic_base(XAPIC | 1 << 9), Err(GeneralProtection));
    assert_eq!(apic.set_apic_base(XAPIC | 1 << 52), Err(GeneralProtection));
    assert_eq!(apic.set_apic_base(XAPIC | 1 << 8), Ok(()));
    assert_eq!(apic.apic_base(), XAPIC, "the BSP flag is the platform's");
}

#[test]
fn disabling_forgets_everything_but_the_identifier() {
    let mut apic = x2apic(5);
    apic.write_msr(0x808, 0x20, 0).unwrap();
    apic.accept(0x99, false);
    apic.set_apic_base(0xfee0_0000).unwrap();
    apic.set_apic_base(0xfee0_0800).unwrap();
    assert_eq!(apic, LocalApic::new(5, false));
}

#[test]
fn init_keeps_x2apic_mode_and_reset_does_not() {
    let mut apic = x2apic(5);
    apic.accept(0x99, false);
    apic.init();
    assert_eq!((apic.mode(), apic.pending(), apic.software_enabled()), (Mode::X2Apic, None, false));
    apic.reset();
    assert_eq!(apic, LocalApic::new(5, false));
}

#[test]
fn each_mode_answers_only_on_its_own_way() {
    let mut apic = enabled();
    assert_eq!(apic.read_msr(0x802, 0), Err(GeneralProtection));
    assert_eq!(apic.write_msr(0x80b, 0, 0), Err(GeneralProtection));
    let mut apic = x2apic(1);
    assert_eq!(apic.read(0x20, 0), u32::MAX);
    apic.write(0x80, 0x50, 0);
    assert_eq!(apic.tpr(), 0);
}

#[test]
fn x2apic_identifiers_come_from_the_local_identifier() {
    let mut apic = x2apic(0x23);
    assert_eq!(apic.read_msr(0x802, 0), Ok(0x23));
    assert_eq!(apic.read_msr(0x80d, 0), Ok(0x0002_0008));
}

#[test]
fn x2apic_refuses_reserved_registers_and_bits() {
    let mut apic = x2apic(0);
    for msr in [0x800, 0x809, 0x80b, 0x80c, 0x80e, 0x82f, 0x831, 0x83f, 0x8ff] {
        assert_eq!(apic.read_msr(msr, 0), Err(GeneralProtection), "{msr:#x}");
    }
    for (msr, value) in [
        (0x802, 0),
        (0x803, 0),
        (0x808, 0x100),
        (0x80a, 0),
        (0x80b, 1),
        (0x80d, 0),
        (0x80e, 0),
        (0x80f, 1 << 12),
        (0x810, 0),
        (0x827, 0),
        (0x828, 1),
        (0x82f, 0),
        (0x830, 1 << 13),
        (0x830, 1 << 20),
        (0x831, 0),
        (0x832, 1 << 19),
        (0x832, 1 << 32),
        (0x835, 1 << 17),
        (0x838, 1 << 32),
        (0x839, 0),
        (0x83e, 4),
        (0x83f, 0x100),
    ] {
        assert_eq!(apic.write_msr(msr, value, 0), Err(GeneralProtection), "{msr:#x} {value:#x}");
    }
}
