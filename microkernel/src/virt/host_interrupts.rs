//! Lets the core's handlers take what is pending after an exit. The core otherwise runs with interrupts off.

use core::arch::asm;

/// Takes the external interrupts that are pending.
pub(super) fn take_pending() {
    // SAFETY: STI holds interrupts off for one more instruction, so they arrive between NOP and CLI. The handlers keep
    // all registers and only record the vector; IF is off again at the end.
    unsafe { asm!("sti", "nop", "cli") };
}

/// Gives the NMI that ended the guest's turn to the core's handler, whose IRET also ends the blocking of NMIs.
pub(super) fn take_nmi() {
    // SAFETY: vector 2's handler is the one that a real NMI reaches; it keeps all registers.
    unsafe { asm!("int 2") };
}
