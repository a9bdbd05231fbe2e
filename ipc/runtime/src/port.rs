//! I/O ports, for tasks whose manifest grants them. Any other port is a fault of the task.

/// Reads a byte.
#[must_use]
pub fn read_u8(port: u16) -> u8 {
    let value;
    // SAFETY: port access has no effect on memory; a port without permission raises #GP, which ends this task only.
    unsafe { core::arch::asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack)) };
    value
}

/// Writes a byte.
pub fn write_u8(port: u16, value: u8) {
    // SAFETY: as for reading; what the device does is the business of the task that owns it.
    unsafe { core::arch::asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack)) };
}
