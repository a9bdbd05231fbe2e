//! Gives the CPU's DR0 to DR3 and DR6 to a vCPU and takes them back.
//!
//! Tasks cannot reach them and the core does not use them, so they need not be restored for the core; DR7 is what
//! arms them, and it is the guest's only while the guest runs.

use core::arch::asm;

/// DR7 with nothing armed: only its reserved bit that reads as one.
pub(super) const DR7_DISARMED: u64 = 0x400;

macro_rules! debug_register {
    ($read:ident, $write:ident, $name:literal) => {
        fn $read() -> u64 {
            let value;
            // SAFETY: reading a debug register has no effect; DR7.GD is never set outside a guest.
            unsafe { asm!(concat!("mov {}, ", $name), out(reg) value, options(nomem, nostack, preserves_flags)) };
            value
        }

        fn $write(value: u64) {
            // SAFETY: the register is not armed while the core runs (DR7), so its value is only data. Upper halves of
            // DR6 and DR7 are zero: the guest's own write of anything else faults.
            unsafe { asm!(concat!("mov ", $name, ", {}"), in(reg) value, options(nomem, nostack, preserves_flags)) };
        }
    };
}

debug_register!(read_dr0, write_dr0, "dr0");
debug_register!(read_dr1, write_dr1, "dr1");
debug_register!(read_dr2, write_dr2, "dr2");
debug_register!(read_dr3, write_dr3, "dr3");
debug_register!(read_dr6, write_dr6, "dr6");
debug_register!(read_dr7, write_dr7, "dr7");

/// Gives the CPU's debug registers the guest's values: DR0 to DR3, DR6.
pub(super) fn give(values: &[u64; 5]) {
    // A read is cheap and a write serializes; guests that never debug all have the same values.
    let give = |wanted: u64, read: fn() -> u64, write: fn(u64)| {
        if read() != wanted {
            write(wanted);
        }
    };
    give(values[0], read_dr0, write_dr0);
    give(values[1], read_dr1, write_dr1);
    give(values[2], read_dr2, write_dr2);
    give(values[3], read_dr3, write_dr3);
    give(values[4], read_dr6, write_dr6);
}

/// The values that the guest left in DR0 to DR3 and DR6.
pub(super) fn take() -> [u64; 5] {
    [read_dr0(), read_dr1(), read_dr2(), read_dr3(), read_dr6()]
}

/// DR6 now.
pub(super) fn status() -> u64 {
    read_dr6()
}

/// Sets DR6.
pub(super) fn set_status(value: u64) {
    write_dr6(value);
}

/// Makes sure that none of the guest's breakpoints can hit in the core.
pub(super) fn disarm() {
    if read_dr7() != DR7_DISARMED {
        write_dr7(DR7_DISARMED);
    }
}
