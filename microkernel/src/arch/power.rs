//! The end of the machine.

use super::{cpu, serial, soft_off};
use core::fmt::Write;
use core::sync::atomic::{AtomicU8, Ordering};
use x86_64::instructions::port::Port;

static WAY: AtomicU8 = AtomicU8::new(0);

/// Chooses the way by its name on the command line.
pub(crate) fn choose(name: Option<&str>) {
    let way = match name {
        Some("qemu") => 1,
        Some("bochs") => 2,
        _ => 0,
    };
    WAY.store(way, Ordering::Relaxed);
}

/// Bochs's log.
struct BochsLog;

impl Write for BochsLog {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            // SAFETY: the port takes text and nothing else happens.
            unsafe { Port::<u8>::new(0x402).write(byte) };
        }
        Ok(())
    }
}

/// Switches the machine off. `code` 0 is a good end; an emulator's exit status tells.
pub(crate) fn off(code: u8) -> ! {
    serial::flush();
    leave_emulator(code);
    soft_off::enter();
    stay_on()
}

/// Ends the machine after a failure. A real one stays on, and what it last said can be read.
pub(crate) fn stop(code: u8) -> ! {
    serial::flush();
    leave_emulator(code);
    stay_on()
}

/// Ends an emulator, if the command line has named one.
fn leave_emulator(code: u8) {
    match WAY.load(Ordering::Relaxed) {
        // SAFETY: the port exists for this and nothing runs after it. Status 2 * value + 1: 33 is good, 35 and up bad.
        1 => unsafe { Port::<u32>::new(0xf4).write(0x10 + u32::from(code)) },
        2 => {
            // Bochs logs what goes to its BIOS's port for messages; its own status is 1 in any case.
            let _ = writeln!(BochsLog, "bulkhead ends with code {code}");
            for byte in b"Shutdown" {
                // SAFETY: as above.
                unsafe { Port::<u8>::new(0x8900).write(*byte) };
            }
        }
        _ => {}
    }
}

fn stay_on() -> ! {
    serial::print(format_args!("bulkhead: the machine can be turned off now\n"));
    cpu::halt()
}
