//! The physical local APIC, by its registers in memory, or by MSRs in x2APIC mode (Intel SDM volume 3, "Advanced
//! Programmable Interrupt Controller").

use crate::memory::DIRECT;
use core::arch::asm;
use core::arch::x86_64::__cpuid_count;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use x86_64::registers::model_specific::Msr;

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

const TASK_PRIORITY: u32 = 0x80;
const END_OF_INTERRUPT: u32 = 0xb0;
const SPURIOUS: u32 = 0xf0;
const COMMAND_LOW: u32 = 0x300;
const COMMAND_HIGH: u32 = 0x310;
const TIMER: u32 = 0x320;
const LINT0: u32 = 0x350;
const LINT1: u32 = 0x360;
const INITIAL_COUNT: u32 = 0x380;
const CURRENT_COUNT: u32 = 0x390;
const DIVIDE: u32 = 0x3e0;
const MASKED: u32 = 1 << 16;

/// IA32_APIC_BASE.
const APIC_BASE: Msr = Msr::new(0x1b);
const ENABLED: u64 = 1 << 11;
const X2APIC: u64 = 1 << 10;
/// MSR of the register at address 0; the others follow, one for 16 addresses.
const FIRST_MSR: u32 = 0x800;

/// All CPUs are in x2APIC mode.
static BY_MSR: AtomicBool = AtomicBool::new(false);

/// Timer ticks per time-stamp tick, times 2^32.
static TIMER_RATIO: AtomicU64 = AtomicU64::new(0);

/// Chooses the mode for all CPUs: x2APIC if the firmware has left this one so, which cannot be undone without a reset, or
/// if it is wanted and the CPU has it.
pub(crate) fn choose(wanted: bool) {
    // SAFETY: every CPU with a local APIC has the MSR.
    let is_on = unsafe { APIC_BASE.read() } & X2APIC != 0;
    let has_it = __cpuid_count(1, 0).ecx & 1 << 21 != 0;
    BY_MSR.store(is_on || wanted && has_it, Ordering::Relaxed);
}

/// Where this CPU's registers are in memory; `None` in x2APIC mode.
pub(crate) fn registers() -> Option<u64> {
    (!BY_MSR.load(Ordering::Relaxed)).then_some(DIRECT + BASE)
}

fn write(register: u32, value: u32) {
    match registers() {
        // SAFETY: the core maps the registers as device memory; each CPU sees its own APIC there.
        Some(base) => unsafe { ((base + u64::from(register)) as *mut u32).write_volatile(value) },
        // SAFETY: in x2APIC mode each register is an MSR of its own.
        None => unsafe { msr(register).write(u64::from(value)) },
    }
}

fn read(register: u32) -> u32 {
    match registers() {
        // SAFETY: as for writing.
        Some(base) => unsafe { ((base + u64::from(register)) as *const u32).read_volatile() },
        // SAFETY: as for writing; the high half is reserved.
        None => (unsafe { msr(register).read() } & 0xffff_ffff) as u32,
    }
}

fn msr(register: u32) -> Msr {
    Msr::new(FIRST_MSR + (register >> 4))
}

/// Enables this CPU's APIC with its timer idle.
pub(crate) fn enable() {
    let mode = if registers().is_none() { ENABLED | X2APIC } else { ENABLED };
    let mut base = APIC_BASE;
    // SAFETY: every CPU with a local APIC has the MSR.
    let now = unsafe { base.read() };
    // SAFETY: the core reaches the APIC in this mode from here on.
    unsafe { base.write(now | mode) };
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
    if registers().is_none() {
        // SAFETY: fences alone. What was written to memory before is seen by the CPU that gets the interrupt: the write
        // of the MSR does not see to that by itself.
        unsafe { asm!("mfence", "lfence", options(nostack, preserves_flags)) };
        // SAFETY: in x2APIC mode the command is one MSR, with the destination in its high half.
        unsafe { msr(COMMAND_LOW).write(u64::from(destination) << 32 | u64::from(low)) };
        return;
    }
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
