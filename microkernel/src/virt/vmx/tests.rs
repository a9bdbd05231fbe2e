//! Host tests of what needs no VMX.

use super::super::Event;
use super::controls::fit;
use super::interruption::{EXTERNAL, HARDWARE_EXCEPTION, Interruption, SOFTWARE_INTERRUPT};
use super::permission_map::permit;
use super::state::{rights_from_vmcs, rights_to_vmcs};

#[test]
fn a_required_control_that_the_cpu_lacks_is_refused() {
    assert_eq!(fit(0x0000_00ff_0000_0000, 0x100, 0), None);
}

#[test]
fn controls_are_what_must_be_and_is_required_and_the_optional_ones_that_may_be() {
    assert_eq!(fit(0x0000_00ff_0000_0016, 0x01, 0x180), Some(0x97));
}

#[test]
fn an_interrupt_is_encoded_as_valid_and_external() {
    let information = Interruption::event(Event::Interrupt(0x31));
    assert_eq!(information.into_bits(), 0x8000_0031);
    assert_eq!(information.kind(), EXTERNAL);
    assert!(!information.has_instruction());
}

#[test]
fn an_exception_with_an_error_code_says_so() {
    let information = Interruption::event(Event::Exception { vector: 13, error: Some(0) });
    assert_eq!(information.into_bits(), 0x8000_0b0d);
    assert_eq!(information.kind(), HARDWARE_EXCEPTION);
}

#[test]
fn what_is_injected_again_has_the_defined_bits_only() {
    let stored = Interruption::from_bits(0x8000_1480 | u32::from(SOFTWARE_INTERRUPT) << 8);
    assert_eq!(stored.defined().into_bits(), 0x8000_0480);
    assert!(stored.defined().has_instruction());
}

#[test]
fn rights_survive_the_way_to_the_vmcs_and_back() {
    for rights in [0x9b_u16, 0x93, 0xa09b, 0xc093, 0x8b, 0x82] {
        assert_eq!(rights_from_vmcs(rights_to_vmcs(rights)), rights);
    }
}

#[test]
fn a_segment_that_is_not_present_is_unusable() {
    assert_eq!(rights_to_vmcs(0), 0x1_0000);
    assert_eq!(rights_from_vmcs(0x1_0093), 0);
}

#[test]
fn permitting_an_msr_clears_its_bit_in_the_bitmap_of_its_range() {
    let mut map = [0xff; 4096];
    permit(&mut map, 0x277, 0);
    permit(&mut map, 0xc000_0102, 2048);
    assert_eq!(map[0x277 / 8], !(1 << (0x277 % 8)));
    assert_eq!(map[2048 + 1024 + 0x102 / 8], !(1 << (0x102 % 8)));
    assert_eq!(map.iter().filter(|byte| **byte != 0xff).count(), 2);
}
