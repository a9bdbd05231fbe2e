//! How fast the time-stamp counter and the local APIC's timer run: measured against the 8254.

use super::{apic, cpu};
use x86_64::instructions::port::Port;

/// Input clock of the 8254.
const PIT_HERTZ: u64 = 1_193_182;
/// How long to measure, in 8254 ticks: about 10 ms.
const PERIOD: u16 = 11_932;

/// Ticks of the time-stamp counter in a second. Also calibrates the local APIC's timer.
pub(crate) fn calibrate() -> u64 {
    // The counter itself says so on newer Intel CPUs, but the APIC timer must be measured anyway.
    let mut speaker = Port::<u8>::new(0x61);
    let mut mode = Port::<u8>::new(0x43);
    let mut counter = Port::<u8>::new(0x42);
    let [low, high] = PERIOD.to_le_bytes();
    // SAFETY: the ports of the 8254 have no effect on memory, and only the boot CPU uses them, once.
    let gate = unsafe { speaker.read() } & !2 | 1;
    // SAFETY: as above. Gate on, speaker off.
    unsafe { speaker.write(gate) };
    // SAFETY: as above. Channel 2, both bytes, mode 0: the output rises when the count is over.
    unsafe { mode.write(0b1011_0000) };
    // SAFETY: as above.
    unsafe { counter.write(low) };
    apic::start_calibration();
    // SAFETY: as above.
    unsafe { counter.write(high) };
    let start = cpu::tsc();
    let first = apic::calibration_ticks();
    let mut polls = 0u64;
    // SAFETY: as above.
    while unsafe { speaker.read() } & 0x20 == 0 && polls < 100_000_000 {
        polls += 1;
    }
    let ticks = cpu::tsc().wrapping_sub(start).max(1);
    apic::finish_calibration(u64::from(apic::calibration_ticks().wrapping_sub(first)).max(1), ticks);
    ticks * PIT_HERTZ / u64::from(PERIOD)
}
