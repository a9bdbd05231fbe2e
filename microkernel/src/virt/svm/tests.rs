//! Host tests of what needs no SVM.

use super::super::Event;
use super::exits::usual_length;
use super::interruption::{EXCEPTION, Interruption, SOFTWARE_INTERRUPT};
use super::msr::{new_efer, pat_is_valid};
use super::permission_maps::permit;
use super::segment::{rights_from_vmcb, rights_to_vmcb};

#[test]
fn an_exception_carries_its_error_code_in_the_high_half() {
    let information = Interruption::event(Event::Exception { vector: 14, error: Some(0x12) });
    assert_eq!(information.into_bits(), 0x0000_0012_8000_0b0e);
}

#[test]
fn an_interrupt_is_encoded_as_valid_and_external() {
    assert_eq!(Interruption::event(Event::Interrupt(0xec)).into_bits(), 0x8000_00ec);
}

#[test]
fn software_events_come_again_by_themselves_and_others_do_not() {
    assert!(Interruption::new().with_kind(SOFTWARE_INTERRUPT).with_vector(0x80).comes_again());
    assert!(Interruption::new().with_kind(EXCEPTION).with_vector(3).comes_again());
    assert!(!Interruption::new().with_kind(EXCEPTION).with_vector(14).comes_again());
    assert!(!Interruption::event(Event::Nmi).comes_again());
}

#[test]
fn rights_survive_the_way_to_the_vmcb_and_back() {
    for rights in [0x9b_u16, 0x93, 0xa09b, 0xc093, 0x8b, 0x82] {
        assert_eq!(rights_from_vmcb(rights_to_vmcb(rights)), rights);
    }
}

#[test]
fn the_guest_cannot_set_svme() {
    assert_eq!(new_efer(0, 1 << 12, 0), None);
}

#[test]
fn long_mode_cannot_be_switched_while_paging_is_on() {
    assert_eq!(new_efer(0, 0x100, 1 << 31), None);
    assert_eq!(new_efer(0, 0x100, 0), Some(0x100));
}

#[test]
fn a_write_of_efer_does_not_change_lma() {
    assert_eq!(new_efer(0x500, 0x901, 1 << 31), Some(0xd01));
    assert_eq!(new_efer(0x100, 0x500, 0), Some(0x100));
}

#[test]
fn a_pat_with_a_reserved_memory_type_is_refused() {
    assert!(pat_is_valid(0x0007_0406_0007_0406));
    assert!(!pat_is_valid(0x0007_0406_0007_0402));
}

#[test]
fn permitting_an_msr_clears_both_its_bits() {
    let mut map = [0xff; 8192];
    permit(&mut map, 0xc000_0101);
    assert_eq!(map[0x800 + 0x101 / 4], 0b1111_0011);
    assert_eq!(map.iter().filter(|byte| **byte != 0xff).count(), 1);
}

#[test]
fn an_undefined_instruction_is_not_stepped_over() {
    assert_eq!(usual_length(0x80), 0);
    assert_eq!(usual_length(0x72), 2);
}
