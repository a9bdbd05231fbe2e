//! The timer in its three modes.

use super::super::*;
use super::{enabled, eoi, take, x2apic};

const ONE_SHOT: u32 = 0x40;
const PERIODIC: u32 = 0x2_0040;
const MASKED: u32 = 0x1_0000;
const TSC_DEADLINE: u64 = 0x4_0040;

/// Divides by 1.
fn with_timer(entry: u32) -> LocalApic {
    let mut apic = enabled();
    apic.write(0x320, entry, 0);
    apic.write(0x3e0, 0xb, 0);
    apic
}

#[test]
fn one_shot_fires_once_when_its_count_is_spent() {
    let mut apic = with_timer(ONE_SHOT);
    apic.write(0x380, 1000, 500);
    assert_eq!(apic.deadline(), Some(1500));
    apic.tick(1499);
    assert_eq!((apic.pending(), apic.read(0x390, 1499)), (None, 1));
    apic.tick(1500);
    assert_eq!((take(&mut apic), apic.deadline(), apic.read(0x390, 1600)), (Some(0x40), None, 0));
    eoi(&mut apic);
    apic.tick(9000);
    assert_eq!(apic.pending(), None);
}

#[test]
fn a_count_does_not_notice_that_the_counter_jumps_but_a_deadline_does() {
    const JUMPS: [u64; 2] = [5000, 0u64.wrapping_sub(400)];
    for jump in JUMPS {
        let mut apic = with_timer(ONE_SHOT);
        apic.write(0x380, 1000, 500);
        apic.follow_tsc_jump(jump);
        let now = 600u64.wrapping_add(jump);
        assert_eq!((apic.read(0x390, now), apic.deadline()), (900, Some(now + 900)));

        let mut apic = x2apic(0);
        apic.write_msr(0x832, TSC_DEADLINE, 0).unwrap();
        apic.write_msr(0x6e0, 1500, 500).unwrap();
        apic.follow_tsc_jump(jump);
        assert_eq!(apic.deadline(), Some(1500));
    }
}

#[test]
fn every_divisor_divides() {
    for (configuration, divisor) in [
        (0b0000, 2),
        (0b0001, 4),
        (0b0010, 8),
        (0b0011, 16),
        (0b1000, 32),
        (0b1001, 64),
        (0b1010, 128),
        (0b1011, 1),
    ] {
        let mut apic = with_timer(ONE_SHOT);
        apic.write(0x3e0, configuration, 0);
        apic.write(0x380, 10, 0);
        assert_eq!(apic.deadline(), Some(10 * divisor));
        assert_eq!(apic.read(0x390, divisor), 9);
        assert_eq!(apic.read(0x390, divisor + 1), if divisor == 1 { 8 } else { 9 });
    }
}

#[test]
fn periodic_keeps_its_phase_after_a_jump_of_time() {
    let mut apic = with_timer(PERIODIC);
    apic.write(0x380, 100, 7);
    apic.tick(107);
    assert_eq!((take(&mut apic), apic.deadline()), (Some(0x40), Some(207)));
    eoi(&mut apic);
    apic.tick(1_000_000_000_000);
    assert_eq!((take(&mut apic), apic.deadline()), (Some(0x40), Some(1_000_000_000_007)));
    eoi(&mut apic);
    assert_eq!(apic.pending(), None);
    assert_eq!(apic.read(0x390, 1_000_000_000_000), 7);
}

#[test]
fn a_count_of_zero_stops() {
    let mut apic = with_timer(PERIODIC);
    apic.write(0x380, 100, 0);
    apic.write(0x380, 0, 50);
    assert_eq!((apic.deadline(), apic.read(0x390, 60)), (None, 0));
}

#[test]
fn a_masked_timer_needs_no_call_and_what_it_missed_stays_missed() {
    let mut apic = with_timer(PERIODIC | MASKED);
    apic.write(0x380, 100, 0);
    assert_eq!(apic.deadline(), None);
    assert_eq!(apic.read(0x390, 130), 70);
    apic.write(0x320, PERIODIC, 250);
    assert_eq!((apic.pending(), apic.deadline()), (None, Some(300)));
}

#[test]
fn an_expiry_before_masking_is_not_lost() {
    let mut apic = with_timer(ONE_SHOT);
    apic.write(0x380, 100, 0);
    apic.write(0x320, ONE_SHOT | MASKED, 100);
    assert_eq!(apic.pending(), Some(0x40));
}

#[test]
fn the_count_goes_on_between_one_shot_and_periodic() {
    let mut apic = with_timer(PERIODIC);
    apic.write(0x380, 100, 0);
    apic.write(0x320, ONE_SHOT, 30);
    assert_eq!(apic.read(0x390, 40), 60);
    apic.tick(100);
    assert_eq!(apic.deadline(), None);
    apic.write(0x320, PERIODIC, 150);
    assert_eq!((apic.deadline(), apic.read(0x390, 160)), (None, 0));
}

#[test]
fn a_new_divisor_keeps_the_count() {
    let mut apic = with_timer(ONE_SHOT);
    apic.write(0x380, 100, 0);
    apic.write(0x3e0, 0, 40);
    assert_eq!((apic.read(0x390, 40), apic.deadline()), (60, Some(160)));
}

#[test]
fn a_tsc_deadline_fires_once_and_clears_its_register() {
    let mut apic = x2apic(0);
    apic.write_msr(0x832, TSC_DEADLINE, 0).unwrap();
    apic.write_msr(0x6e0, 5000, 10).unwrap();
    assert_eq!((apic.deadline(), apic.read_msr(0x6e0, 20)), (Some(5000), Ok(5000)));
    apic.tick(4999);
    assert_eq!(apic.pending(), None);
    apic.tick(5001);
    assert_eq!((apic.pending(), apic.deadline(), apic.read_msr(0x6e0, 5001)), (Some(0x40), None, Ok(0)));
}

#[test]
fn a_tsc_deadline_in_the_past_fires_at_once() {
    let mut apic = x2apic(0);
    apic.write_msr(0x832, TSC_DEADLINE, 0).unwrap();
    apic.write_msr(0x6e0, 1, 10).unwrap();
    assert_eq!((apic.pending(), apic.read_msr(0x6e0, 10)), (Some(0x40), Ok(0)));
}

#[test]
fn counting_and_deadline_ignore_each_others_registers() {
    let mut apic = x2apic(0);
    apic.write_msr(0x832, 0x40, 0).unwrap();
    apic.write_msr(0x6e0, 5000, 0).unwrap();
    assert_eq!((apic.deadline(), apic.read_msr(0x6e0, 0)), (None, Ok(0)));
    apic.write_msr(0x838, 100, 0).unwrap();
    apic.write_msr(0x832, TSC_DEADLINE, 0).unwrap();
    assert_eq!(apic.deadline(), None);
    apic.write_msr(0x838, 100, 0).unwrap();
    assert_eq!((apic.deadline(), apic.read_msr(0x838, 0), apic.read_msr(0x839, 0)), (None, Ok(0), Ok(0)));
    apic.write_msr(0x6e0, 5000, 0).unwrap();
    apic.write_msr(0x832, 0x40, 0).unwrap();
    assert_eq!(apic.deadline(), None);
}

#[test]
fn a_deadline_waits_for_its_mode_in_xapic_mode_too() {
    let mut apic = enabled();
    apic.write(0x320, 0x4_0051, 0);
    apic.write_msr(0x6e0, 100, 0).unwrap();
    apic.tick(100);
    assert_eq!(apic.pending(), Some(0x51));
}
