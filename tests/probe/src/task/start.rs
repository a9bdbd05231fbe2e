//! The entry: keeps all registers as the core has set them, then begins as every task does.
//!
//! This is what `bulkhead_runtime::task!` makes, but for the first instructions.

use bulkhead_runtime::{SchemaEntry, protocol};

bulkhead_runtime::freestanding!();

/// Registers at the entry of this life.
#[repr(C, align(64))]
pub(super) struct StartState {
    /// x87 and SSE state, as FXSAVE writes it.
    pub(super) fx: [u8; 512],
    /// In the order of their encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 … r15.
    pub(super) gpr: [u64; 16],
    /// Flags.
    pub(super) rflags: u64,
    /// ds, es, fs, gs.
    pub(super) segments: [u16; 4],
}

/// Written by the first instructions, which hand it over as it is from then on.
#[unsafe(no_mangle)]
static mut PROBE_START: StartState = StartState { fx: [0; 512], gpr: [0; 16], rflags: 0, segments: [0; 4] };

core::arch::global_asm!(
    r#"
.section .text._start,"ax"
.global _start
_start:
    mov [rip + PROBE_START + 512], rax
    lea rax, [rip + PROBE_START]
    fxsave64 [rax]
    mov [rax + 520], rcx
    mov [rax + 528], rdx
    mov [rax + 536], rbx
    mov [rax + 544], rsp
    mov [rax + 552], rbp
    mov [rax + 560], rsi
    mov [rax + 568], rdi
    mov [rax + 576], r8
    mov [rax + 584], r9
    mov [rax + 592], r10
    mov [rax + 600], r11
    mov [rax + 608], r12
    mov [rax + 616], r13
    mov [rax + 624], r14
    mov [rax + 632], r15
    pushfq
    pop qword ptr [rax + 640]
    mov word ptr [rax + 648], ds
    mov word ptr [rax + 650], es
    mov word ptr [rax + 652], fs
    mov word ptr [rax + 654], gs
    mov rdi, rax
    jmp probe_begin
"#
);

const _: () = assert!(core::mem::offset_of!(StartState, gpr) == 512);
const _: () = assert!(core::mem::offset_of!(StartState, rflags) == 640);
const _: () = assert!(core::mem::offset_of!(StartState, segments) == 648);

#[unsafe(link_section = ".bulkhead.schemas")]
#[used]
static SCHEMAS: [SchemaEntry; 3] = [
    SchemaEntry { interface: protocol::echo::ID, role: 1, reserved: 0, schema: protocol::echo::SCHEMA },
    SchemaEntry { interface: protocol::echo::ID, role: 0, reserved: 0, schema: protocol::echo::SCHEMA },
    SchemaEntry {
        interface: protocol::registry::ID,
        role: 0,
        reserved: 0,
        schema: protocol::registry::SCHEMA,
    },
];

/// Where the assembly goes on.
#[unsafe(no_mangle)]
extern "C" fn probe_begin(state: &'static StartState) -> ! {
    bulkhead_runtime::begin();
    super::run(state)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    bulkhead_runtime::panicked(info)
}
