//! Switching a machine off as ACPI defines it (ACPI specification 6.5, "PM1 Control Registers", "SMI Command Port").

use super::cpu;
use spin::Once;
use x86_64::instructions::port::Port;

/// SCI_EN: the registers are the system's and not the firmware's.
const ENABLED: u16 = 1;
const SLEEP_TYPE: u16 = 10;
const SLEEP_ENABLE: u16 = 1 << 13;
/// How long firmware may take to hand the registers over, and the machine to go off. Time-stamp ticks: seconds on any CPU.
const PATIENCE: u64 = 10_000_000_000;

/// A PM1 control register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Register {
    pub(crate) port: u16,
    /// SLP_TYP for S5.
    pub(crate) sleep_type: u8,
}

/// What it takes to enter S5.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SoftOff {
    /// PM1a.
    pub(crate) first: Register,
    /// PM1b.
    pub(crate) second: Option<Register>,
    /// Port by which firmware is asked for the registers, if it has them at first.
    pub(crate) command: Option<u16>,
    /// What is written there.
    pub(crate) enable: u8,
}

static KNOWN: Once<SoftOff> = Once::new();

/// Keeps what the firmware's tables say.
pub(crate) fn remember(soft_off: Option<SoftOff>) {
    if let Some(soft_off) = soft_off {
        KNOWN.call_once(|| soft_off);
    }
}

/// Switches the machine off. Comes back if that is not known to be possible, or if it does not happen.
pub(crate) fn enter() {
    let Some(known) = KNOWN.get() else { return };
    if let Some(command) = known.command
        && known.first.read() & ENABLED == 0
    {
        // SAFETY: the firmware's tables name this port and this value for this purpose.
        unsafe { Port::<u8>::new(command).write(known.enable) };
        wait_until(|| known.first.read() & ENABLED != 0);
    }
    for register in [Some(known.first), known.second].into_iter().flatten() {
        register.sleep();
    }
    wait_until(|| false);
}

fn wait_until(done: impl Fn() -> bool) {
    let begin = cpu::tsc();
    while !done() && cpu::tsc().wrapping_sub(begin) < PATIENCE {
        core::hint::spin_loop();
    }
}

impl Register {
    fn read(self) -> u16 {
        // SAFETY: reading the register has no effect.
        unsafe { Port::<u16>::new(self.port).read() }
    }

    fn sleep(self) {
        let others = self.read() & !(7 << SLEEP_TYPE);
        let value = others | u16::from(self.sleep_type) << SLEEP_TYPE | SLEEP_ENABLE;
        // SAFETY: the machine goes off; that is what the caller wants.
        unsafe { Port::<u16>::new(self.port).write(value) };
    }
}
