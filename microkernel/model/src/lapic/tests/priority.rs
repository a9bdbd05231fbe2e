//! Acceptance, priorities, end of interrupt, pins.

use super::super::*;
use super::{enabled, eoi, take, x2apic};
use bulkhead_abi::msi::DeliveryMode;

#[test]
fn a_higher_class_interrupts_and_an_equal_one_waits() {
    let mut apic = enabled();
    apic.accept(0x41, false);
    assert_eq!(take(&mut apic), Some(0x41));
    apic.accept(0x4f, false);
    assert_eq!(apic.pending(), None);
    apic.accept(0x50, false);
    assert_eq!(take(&mut apic), Some(0x50));
    eoi(&mut apic);
    assert_eq!(apic.pending(), None);
    eoi(&mut apic);
    assert_eq!(take(&mut apic), Some(0x4f));
}

#[test]
fn task_priority_holds_back_its_class_and_below() {
    let mut apic = enabled();
    apic.accept(0x5f, false);
    apic.tpr_from_cr8(5);
    assert_eq!((apic.pending(), apic.read(0x80, 0), apic.cr8()), (None, 0x50, 5));
    apic.write(0x80, 0x4f, 0);
    assert_eq!(apic.pending(), Some(0x5f));
}

#[test]
fn processor_priority_is_the_higher_of_task_and_service() {
    let mut apic = enabled();
    apic.write(0x80, 0x37, 0);
    assert_eq!(apic.read(0xa0, 0), 0x37);
    apic.accept(0x62, false);
    assert_eq!(apic.read(0x90, 0), 0x60);
    take(&mut apic);
    assert_eq!(apic.read(0xa0, 0), 0x60);
}

#[test]
fn a_vector_requested_twice_before_service_comes_once_and_again_after_it() {
    let mut apic = enabled();
    assert!(apic.accept(0x80, false));
    assert!(!apic.accept(0x80, false));
    assert_eq!(take(&mut apic), Some(0x80));
    assert!(apic.accept(0x80, false));
    assert_eq!(apic.pending(), None);
    eoi(&mut apic);
    assert_eq!(take(&mut apic), Some(0x80));
}

#[test]
fn only_level_triggered_vectors_broadcast_their_end() {
    let mut apic = enabled();
    apic.accept(0x40, true);
    apic.accept(0x60, false);
    take(&mut apic);
    assert_eq!(eoi(&mut apic), Effects::NONE);
    take(&mut apic);
    assert_eq!(eoi(&mut apic), Effects { ipi: None, eoi: Some(0x40) });
    assert_eq!(eoi(&mut apic), Effects::NONE);
    apic.accept(0x40, false);
    take(&mut apic);
    assert_eq!(eoi(&mut apic).eoi, None);
}

#[test]
fn a_disabled_apic_accepts_nothing() {
    let mut apic = LocalApic::new(0, true);
    assert!(!apic.accept(0x40, false));
    assert_eq!(apic.pending(), None);
}

#[test]
fn requests_from_before_a_software_disable_are_still_delivered() {
    let mut apic = enabled();
    apic.accept(0x40, false);
    apic.write(0xf0, 0xff, 0);
    assert_eq!(apic.pending(), Some(0x40));
}

#[test]
fn vectors_below_16_are_an_error_that_a_write_makes_visible() {
    let mut apic = enabled();
    apic.write(0x370, 0xfe, 0);
    assert!(!apic.accept(15, false));
    assert_eq!(apic.read(0x280, 0), 0);
    assert_eq!(take(&mut apic), Some(0xfe));
    apic.accept(3, false);
    eoi(&mut apic);
    assert_eq!(apic.pending(), None, "the error interrupt is armed by a write to the ESR");
    apic.write(0x280, 0, 0);
    assert_eq!(apic.read(0x280, 0), 1 << 6);
    apic.write(0x280, 0, 0);
    assert_eq!(apic.read(0x280, 0), 0);
    apic.accept(0, false);
    assert_eq!(apic.pending(), Some(0xfe));
}

#[test]
fn external_interrupts_pass_in_virtual_wire_mode_and_without_an_apic() {
    let mut apic = LocalApic::new(0, true);
    assert!(!apic.extint_enabled());
    apic.enter_virtual_wire_mode();
    assert!(apic.extint_enabled());
    assert_eq!(apic.raise(LocalPin::Lint0), Some(DeliveryMode::ExtInt));
    assert_eq!(apic.raise(LocalPin::Lint1), Some(DeliveryMode::Nmi));
    apic.write(0x350, 0x10700, 0);
    assert!(!apic.extint_enabled());
    assert_eq!(apic.raise(LocalPin::Lint0), None);
    apic.set_apic_base(0xfee0_0000).unwrap();
    assert!(apic.extint_enabled());

    let mut other = LocalApic::new(1, false);
    other.enter_virtual_wire_mode();
    assert!(!other.extint_enabled());
}

#[test]
fn lint0_in_fixed_mode_delivers_its_vector() {
    let mut apic = enabled();
    apic.write(0x350, 0x31, 0);
    assert_eq!(apic.raise(LocalPin::Lint0), None);
    assert_eq!(apic.pending(), Some(0x31));
}

#[test]
fn lowest_priority_goes_to_the_least_busy_enabled_apic() {
    let (mut a, mut b) = (x2apic(0), x2apic(1));
    let off = LocalApic::new(2, false);
    a.set_tpr(0x20);
    assert_eq!(select_lowest_priority([(0, &a), (1, &b), (2, &off)]), Some(1));
    b.accept(0x90, false);
    take(&mut b);
    assert_eq!(select_lowest_priority([(0, &a), (1, &b), (2, &off)]), Some(0));
    assert_eq!(select_lowest_priority([(2, &off)]), None);
}
