//! The physical local APIC, by its registers in memory (Intel SDM volume 3, "Advanced Programmable Interrupt
//! Controller").

use crate::memory::DIRECT;
use core::sync::atomic::{AtomicU64, Ordering};

/// Vector of the deadline timer.
pub(crate) const TIMER_VECTOR: u8 = 0x20;
/// Vector by which one CPU asks another to look at its queue.
pub(crate) const RESCHEDULE_VECTOR: u8 = 0x21;
/// Vector by which one CPU stops all others for good.
pub(crate) const STOP_VECTOR: u8 = 0x22;
/// First vector of device interrupts; one per I/O APIC pin.
pub(crate) const DEVICE_VECTORS: u8 = 0x30;
/// Spurious interrupts.
pub(crate) const SPURIOUS_VECTOR: u8 = 0xff;

/// Physical address of the registers.
pub(crate) const BASE: u64 = 0xfee0_0000;

const TASK_PRIORITY: u64 = 0x80;
const END_OF_INTERRUPT: u64 = 0xb0;
const SPURIOUS: u64 = 0xf0;
const COMMAND_LOW: u64 = 0x300;
const COMMAND_HIGH: u64 = 0x310;
const TIMER: u64 = 0x320;
const LINT0: u64 = 0x350;
const LINT1: u64 = 0x360;
const INITIAL_COUNT: u64 = 0x380;
const CURRENT_COUNT: u64 = 0x390;
const DIVIDE: u64 = 0x3e0;
const MASKED: u32 = 1 << 16;

/// Timer ticks per time-stamp tick, times 2^32.
static TIMER_RATIO: AtomicU64 = AtomicU64::new(0);

fn write(register: u64, value: u32) {
    // SAFETY: the core maps the registers as device memory; each CPU sees its own APIC there.
    unsafe { ((DIRECT + BASE + register) as *mut u32).write_volatile(value) };
}

fn read(register: u64) -> u32 {
    // SAFETY: as for writing.
    unsafe { ((DIRECT + BASE + register) as *const u32).read_volatile() }
}

/// Enables this CPU's APIC with its timer idle.
pub(crate) fn enable() {
    write(SPURIOUS, 0x100 | u32::from(SPURIOUS_VECTOR));
    write(TASK_PRIORITY, 0);
    write(LINT0, MASKED);
    write(LINT1, MASKED);
    write(DIVIDE, 0b1011);
    write(TIMER, u32::from(TIMER_VECTOR));
    write(INITIAL_COUNT, 0);
}

/// Ends the interrupt in service.
pub(crate) fn end_of_interrupt() {
    write(END_OF_INTERRUPT, 0);
}

/// Sends a fixed interrupt to one CPU.
pub(crate) fn send(destination: u8, vector: u8) {
    command(destination, 0x4000 | u32::from(vector));
}

/// Sends a fixed interrupt to all CPUs but this.
pub(crate) fn send_to_others(vector: u8) {
    command(0, 0xc_4000 | u32::from(vector));
}

/// INIT to one CPU.
pub(crate) fn send_init(destination: u8) {
    command(destination, 0x4500);
}

/// Start-up to one CPU: it begins at `page * 4096` in real mode.
pub(crate) fn send_startup(destination: u8, page: u8) {
    command(destination, 0x4600 | u32::from(page));
}

fn command(destination: u8, low: u32) {
    for _ in 0..100_000 {
        if read(COMMAND_LOW) & 1 << 12 == 0 {
            break;
        }
    }
    write(COMMAND_HIGH, u32::from(destination) << 24);
    write(COMMAND_LOW, low);
}

/// Starts the timer at its largest count, for calibration.
pub(crate) fn start_calibration() {
    write(TIMER, MASKED);
    write(INITIAL_COUNT, u32::MAX);
}

/// Ticks since `start_calibration`.
pub(crate) fn calibration_ticks() -> u32 {
    u32::MAX - read(CURRENT_COUNT)
}

/// Ends calibration: so many timer ticks in so many time-stamp ticks.
pub(crate) fn finish_calibration(timer: u64, tsc: u64) {
    TIMER_RATIO.store((timer << 32) / tsc.max(1), Ordering::Relaxed);
    enable();
}

/// Lets the timer fire after about so many time-stamp ticks, at least one of its own.
pub(crate) fn arm(ticks: u64) {
    let scaled = (u128::from(ticks) * u128::from(TIMER_RATIO.load(Ordering::Relaxed))) >> 32;
    write(INITIAL_COUNT, u32::try_from(scaled).unwrap_or(u32::MAX).max(1));
}
