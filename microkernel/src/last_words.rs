//! What the core says when it cannot go on.

use crate::arch::{apic, power, serial};
use crate::system;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

static FAILING: AtomicBool = AtomicBool::new(false);

/// Where the CPU puts an exception of ring 0, with the vector and the error code before it.
#[repr(C)]
pub(crate) struct Frame {
    vector: u64,
    error: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

/// An exception in ring 0: a defect of the core.
#[unsafe(no_mangle)]
extern "C" fn core_fault(frame: &Frame) -> ! {
    let address = x86_64::registers::control::Cr2::read_raw();
    begin();
    serial::print(format_args!(
        "\nbulkhead: THE CORE FAILED: exception {} error {:#x} at rip {:#x} rsp {:#x} flags {:#x} cr2 {:#x}\n",
        frame.vector, frame.error, frame.rip, frame.rsp, frame.rflags, address,
    ));
    end()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    begin();
    match info.location() {
        Some(place) => serial::print(format_args!(
            "\nbulkhead: THE CORE FAILED: {} ({}:{})\n",
            info.message(),
            place.file(),
            place.line()
        )),
        None => serial::print(format_args!("\nbulkhead: THE CORE FAILED: {}\n", info.message())),
    }
    end()
}

fn begin() {
    if FAILING.swap(true, Ordering::SeqCst) {
        // Failed while failing, or another CPU is at it: no more words.
        power::stop(3);
    }
    apic::send_to_others(apic::STOP_VECTOR);
    serial::start();
}

fn end() -> ! {
    system::print_unread_log();
    power::stop(2)
}
