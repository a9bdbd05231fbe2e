//! Accesses to memory that is not this task's, or not to be used like that.

use bulkhead_abi::layout::{
    COMMITTED, CONFIG, GUEST_MEMORY, MESSAGE_PAGE, MODULES, PROGRAM, STACK_END, START_INFO,
};
use core::arch::asm;
use core::hint::black_box;
use probe::offence::{BEYOND, CORE, DIRECT_MAP, NON_CANONICAL};

/// A byte of `.rodata`, and a `ret` in `.data`.
static CONSTANT: [u8; 64] = *b"this is in read-only memory, and whoever writes to it is stopped";
static mut CODE: [u8; 16] = [0xc3; 16];

/// Commits the offence, if it is one of these.
pub(super) fn commit(name: &str) -> bool {
    match name {
        "read-core" => read(CORE),
        "write-core" => write(CORE),
        "run-core" => run(CORE),
        "read-direct-map" => read(DIRECT_MAP),
        "read-guest" => read(GUEST_MEMORY),
        "write-guest" => write(GUEST_MEMORY),
        "read-modules" => read(MODULES),
        "read-beyond" => read(BEYOND),
        "read-above-stack" => read(STACK_END),
        "read-null" => read(0),
        "run-null" => run(0),
        "read-nowhere" => read(NON_CANONICAL),
        "run-nowhere" => run(NON_CANONICAL),
        "write-text" => write(PROGRAM),
        "write-rodata" => write(CONSTANT.as_ptr() as u64),
        "write-start-info" => write(START_INFO),
        "write-config" => write(CONFIG),
        "write-committed" => write(COMMITTED),
        "run-data" => run((&raw const CODE) as u64),
        "run-stack" => run(black_box(&[0xc3u8; 16]).as_ptr() as u64),
        "run-message" => run(MESSAGE_PAGE),
        "overflow" => {
            black_box(descend(1));
        }
        _ => return false,
    }
    true
}

fn read(address: u64) {
    // SAFETY: whatever it reads goes nowhere; where it may not read, this task is stopped.
    unsafe { asm!("mov al, [{}]", in(reg) address, out("al") _, options(nostack)) };
}

fn write(address: u64) {
    // SAFETY: none of the addresses is writable: this task is stopped. If it is not, that is what the test is for.
    unsafe { asm!("mov byte ptr [{}], 0x55", in(reg) address, options(nostack)) };
}

fn run(address: u64) {
    // SAFETY: none of the addresses is executable: this task is stopped. If it is not, it meets a RET.
    unsafe { asm!("call {}", in(reg) address, clobber_abi("C")) };
}

/// Uses half a page of stack for each level, without end that would come in time.
fn descend(level: u64) -> u64 {
    if level == u64::MAX {
        return 0;
    }
    let mut page = [0u8; 2048];
    page[0] = level.to_le_bytes()[0];
    black_box(&mut page);
    descend(level.wrapping_add(1)).wrapping_add(u64::from(black_box(&page)[0]))
}
