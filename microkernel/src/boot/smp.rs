//! Starts the other CPUs, one after the other.

use crate::arch::{apic, cpu, percpu};
use crate::memory::{direct, stack_top};
use crate::virt::CpuPages;
use core::arch::global_asm;
use core::sync::atomic::{AtomicBool, Ordering};
use spin::Mutex;

/// Physical address of the page where an application processor begins, in real mode.
pub(crate) const TRAMPOLINE: u64 = 0x8000;
/// Its page, as a startup message names it.
const STARTUP_PAGE: u8 = (TRAMPOLINE >> 12 & 0xff) as u8;

/// Everything that a CPU needs to join.
pub(super) struct Start {
    /// Its block.
    pub(super) block: *mut percpu::PerCpu,
    /// Its pages for virtualization.
    pub(super) pages: Option<CpuPages>,
    /// The core's page tables.
    pub(super) root: u64,
    /// Which CPU it is.
    pub(super) index: usize,
}

// SAFETY: the pointer leads to arena memory that is handed over to the CPU that it is for.
unsafe impl Send for Start {}

static NEXT: Mutex<Option<Start>> = Mutex::new(None);
static UP: AtomicBool = AtomicBool::new(false);

global_asm!(
    r#"
.section .rodata.trampoline,"a"
.balign 16
.global trampoline_start
.global trampoline_end
.global trampoline_root
.global trampoline_stack
.set AT_GDT_POINTER, 0x8000 + trampoline_gdt_pointer - trampoline_start
.set AT_ROOT, 0x8000 + trampoline_root - trampoline_start
.set AT_STACK, 0x8000 + trampoline_stack - trampoline_start
.set AT_64, 0x8000 + trampoline64 - trampoline_start
.code16
trampoline_start:
    cli
    cld
    xor ax, ax
    mov ds, ax
    lgdt [AT_GDT_POINTER]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    .byte 0x66, 0xea
    .long 0x8000 + trampoline32 - trampoline_start
    .short 0x18
.code32
trampoline32:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x9000
    mov eax, offset boot_pml4
    mov ecx, offset boot_long_mode
    call ecx
    push 8
    mov eax, offset AT_64
    push eax
    retf
.code64
trampoline64:
    xor eax, eax
    mov fs, eax
    mov gs, eax
    mov rdx, [AT_STACK]
    mov rcx, [AT_ROOT]
    mov rax, offset trampoline_high
    jmp rax
.balign 8
trampoline_gdt: .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff, 0x00cf9a000000ffff
trampoline_gdt_pointer: .short 31
    .long 0x8000 + trampoline_gdt - trampoline_start
.balign 8
trampoline_root: .quad 0
trampoline_stack: .quad 0
trampoline_end:

.section .text.trampoline,"ax"
trampoline_high:
    mov cr3, rcx
    mov rsp, rdx
    call core_join
1:  hlt
    jmp 1b
"#
);

unsafe extern "C" {
    static trampoline_start: u8;
    static trampoline_end: u8;
    static trampoline_root: u8;
    static trampoline_stack: u8;
}

/// Starts the CPU with this APIC identifier; false if it does not come up within a second.
pub(super) fn start(apic_id: u8, start: Start, tsc_hz: u64) -> bool {
    let first = (&raw const trampoline_start).addr();
    let length = (&raw const trampoline_end).addr() - first;
    let page = direct::<u8>(TRAMPOLINE);
    // SAFETY: the page is mapped writable and reserved for this; the code is `length` bytes.
    unsafe { core::ptr::copy_nonoverlapping(&raw const trampoline_start, page, length) };
    let stack = stack_top(start.index as u64);
    for (variable, value) in [(&raw const trampoline_root, start.root), (&raw const trampoline_stack, stack)]
    {
        // SAFETY: the variables lie in the copy.
        let slot = unsafe { page.add(variable.addr() - first) };
        // SAFETY: as above.
        unsafe { slot.cast::<u64>().write_unaligned(value) };
    }
    UP.store(false, Ordering::SeqCst);
    *NEXT.lock() = Some(start);
    let wait = |ticks: u64| {
        let begin = cpu::tsc();
        while cpu::tsc().wrapping_sub(begin) < ticks && !UP.load(Ordering::SeqCst) {
            core::hint::spin_loop();
        }
        UP.load(Ordering::SeqCst)
    };
    apic::send_init(apic_id);
    let _ = wait(tsc_hz / 100);
    apic::send_startup(apic_id, STARTUP_PAGE);
    if !wait(tsc_hz / 1000) {
        apic::send_startup(apic_id, STARTUP_PAGE);
    }
    wait(tsc_hz)
}

/// An application processor in Rust, on its own stack and the core's page tables.
#[unsafe(no_mangle)]
extern "C" fn core_join() -> ! {
    let Some(start) = NEXT.lock().take() else { cpu::halt() };
    // SAFETY: the block was made for this CPU, and this happens once.
    unsafe { percpu::PerCpu::activate(start.block) };
    cpu::limit_extended_state();
    cpu::protect();
    apic::enable();
    let Some(backend) = crate::system::lock().backend else { cpu::halt() };
    match super::join(start.index, backend, start.pages) {
        Ok(()) => UP.store(true, Ordering::SeqCst),
        Err(refusal) => {
            crate::arch::serial::print(format_args!("bulkhead: CPU {}: {refusal}\n", start.index));
            cpu::halt()
        }
    }
    super::run()
}
