//! The per-CPU block: what the entry code reaches through GS, and the CPU's descriptor tables.

use super::context::TaskContext;
use super::entry::{core_syscall_entry, core_vectors};
use crate::memory::{Arena, direct, stack_top};
use core::arch::asm;
use x86_64::PrivilegeLevel;
use x86_64::VirtAddr;
use x86_64::instructions::tables::{lgdt, lidt, load_tss};
use x86_64::registers::model_specific::{Efer, EferFlags, GsBase, KernelGsBase, LStar, Msr};
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::SegmentSelector;
use x86_64::structures::tss::TaskStateSegment;

/// Selectors: core code and data, user data and code (in the order that SYSRET needs), TSS.
const CORE_CODE: u16 = 0x08;
const CORE_DATA: u16 = 0x10;
const TSS: u16 = 0x30;
/// STAR: SYSCALL loads CS 0x08, SS 0x10; SYSRET loads CS 0x18 + 16, SS 0x18 + 8, both with RPL 3.
const STAR: u64 = (0x1b << 48) | (0x08 << 32);
/// Flags that SYSCALL clears: TF, IF, DF, NT, AC, and the rest that ring 0 must not inherit.
const SYSCALL_MASK: u64 = 0x0004_7700;

/// Bytes of the port permission map and its end mark.
const PORT_MAP: usize = 8192 + 1;
/// Where the map begins in its segment.
#[expect(clippy::cast_possible_truncation, reason = "a segment has 104 bytes")]
const MAP_BASE: u16 = size_of::<TaskStateSegment>() as u16;

/// A TSS with its permission map behind it.
#[repr(C, packed(4))]
struct TaskSegment {
    tss: TaskStateSegment,
    map: [u8; PORT_MAP],
}

/// One CPU's block. The first fields are at offsets that the entry code knows.
#[repr(C)]
pub(crate) struct PerCpu {
    /// 0: this block.
    itself: u64,
    /// 8: where the stack ends.
    stack: u64,
    /// 16: the task to resume.
    context: u64,
    /// 24: the user's stack pointer for a moment.
    scratch: u64,
    /// 32: which CPU this is.
    index: u64,
    /// 40: the local APIC's registers in memory; 0 in x2APIC mode.
    local_apic: u64,
    /// 48: vectors that came in a window of ring 0 and were not looked at yet.
    pending: [u64; 4],
    gdt: [u64; 8],
    idt: [[u64; 2]; 256],
    /// Which task's ports the map shows, plus one; 0 is nobody's.
    map_owner: u16,
    task_segment: TaskSegment,
}

/// Pages of a block, and of each emergency stack.
const BLOCK_PAGES: u64 = (size_of::<PerCpu>() as u64).div_ceil(4096);
const EMERGENCY_PAGES: u64 = 2;
/// How many of them there are.
const EMERGENCIES: usize = 4;

impl PerCpu {
    /// Makes a CPU's block in the arena; its address.
    pub(crate) fn create(arena: &mut Arena, index: u64, local_apic: u64) -> Option<*mut Self> {
        let block = direct::<Self>(arena.pages(BLOCK_PAGES)?);
        let mut emergency = [0; EMERGENCIES];
        for stack in &mut emergency {
            *stack = arena.pages(EMERGENCY_PAGES)?;
        }
        // SAFETY: fresh zeroed pages of the arena, large enough and aligned; zero is valid for every field.
        let this = unsafe { &mut *block };
        this.itself = block.addr() as u64;
        this.stack = stack_top(index);
        this.index = index;
        this.local_apic = local_apic;
        this.fill_tables(emergency);
        Some(block)
    }

    fn fill_tables(&mut self, emergency: [u64; EMERGENCIES]) {
        let mut segment = TaskStateSegment::new();
        segment.privilege_stack_table[0] = VirtAddr::new(self.stack);
        let mut stacks = segment.interrupt_stack_table;
        for (slot, phys) in stacks.iter_mut().zip(emergency) {
            *slot = VirtAddr::new(direct::<u8>(phys).addr() as u64 + EMERGENCY_PAGES * 4096);
        }
        segment.interrupt_stack_table = stacks;
        segment.iomap_base = MAP_BASE;
        self.task_segment = TaskSegment { tss: segment, map: [0xff; PORT_MAP] };
        self.gdt = [
            0,
            0x00af_9a00_0000_ffff,
            0x00cf_9200_0000_ffff,
            // SYSRET counts from here; there is no 32-bit code segment for ring 3.
            0,
            0x00cf_f200_0000_ffff,
            0x00af_fa00_0000_ffff,
            0,
            0,
        ];
        self.describe_task_segment();
        for (vector, gate) in self.idt.iter_mut().enumerate() {
            // SAFETY: the table is constant and defined by the entry code.
            let address = unsafe { core_vectors[vector] };
            // NMI, double fault and machine check get a stack of their own: they can come at any time. So does the
            // debug exception: some CPUs deliver a single step of ring 3 behind SYSCALL, where the stack is ring 3's.
            let stack = match vector {
                1 => 4,
                2 => 1,
                8 => 2,
                18 => 3,
                _ => 0,
            };
            let attributes = stack << 32 | 0x8e << 40;
            let low =
                address & 0xffff | u64::from(CORE_CODE) << 16 | attributes | (address >> 16 & 0xffff) << 48;
            *gate = [low, address >> 32];
        }
    }

    /// An available 64-bit TSS descriptor (Intel SDM volume 3, "TSS Descriptor in 64-bit mode").
    fn describe_task_segment(&mut self) {
        let base = (&raw const self.task_segment).addr() as u64;
        let limit = size_of::<TaskSegment>() as u64 - 1;
        self.gdt[6] = limit & 0xffff
            | (base & 0xff_ffff) << 16
            | 0x89 << 40
            | (limit >> 16 & 0xf) << 48
            | (base >> 24 & 0xff) << 56;
        self.gdt[7] = base >> 32;
    }

    /// Loads everything on the CPU that the block is for.
    ///
    /// # Safety
    /// `block` came from `create` for this CPU, the core's address space is active, and this is called once.
    pub(crate) unsafe fn activate(block: *mut Self) {
        // SAFETY: by this function's contract.
        let this = unsafe { &mut *block };
        let gdt = DescriptorTablePointer { limit: 63, base: VirtAddr::from_ptr(this.gdt.as_ptr()) };
        // SAFETY: the table lives for ever and holds the descriptors that the core uses.
        unsafe { lgdt(&gdt) };
        // SAFETY: the selectors name the core's code and data of the table just loaded.
        unsafe { reload_segments() };
        let idt = DescriptorTablePointer { limit: 4095, base: VirtAddr::from_ptr(this.idt.as_ptr()) };
        // SAFETY: the table lives for ever and its gates lead to the entry code.
        unsafe { lidt(&idt) };
        // SAFETY: the selector names the TSS of the table just loaded.
        unsafe { load_task_register() };
        GsBase::write(VirtAddr::new(this.itself));
        KernelGsBase::write(VirtAddr::zero());
        // SAFETY: the entry code saves what SYSCALL does not, and the selectors are those of the table.
        unsafe {
            Efer::update(|flags| {
                flags.insert(EferFlags::SYSTEM_CALL_EXTENSIONS | EferFlags::NO_EXECUTE_ENABLE)
            })
        };
        LStar::write(VirtAddr::new(core_syscall_entry as *const () as u64));
        // Compatibility mode is out of reach, but its entry must not be address 0 either (AMD).
        // SAFETY: the entry code saves everything before it trusts anything.
        unsafe { Msr::new(0xc000_0083).write(core_syscall_entry as *const () as u64) };
        // SAFETY: as above.
        unsafe { Msr::new(0xc000_0081).write(STAR) };
        // SAFETY: as above.
        unsafe { Msr::new(0xc000_0084).write(SYSCALL_MASK) };
    }
}

/// # Safety
/// The GDT holds the core's descriptors at their selectors.
unsafe fn reload_segments() {
    // SAFETY: by this function's contract; the far return goes to the next instruction.
    unsafe {
        asm!(
            "push {code}",
            "lea {scratch}, [rip + 2f]",
            "push {scratch}",
            "retfq",
            "2:",
            "mov ds, {data:e}",
            "mov es, {data:e}",
            "mov ss, {data:e}",
            "mov fs, {zero:e}",
            "mov gs, {zero:e}",
            code = in(reg) u64::from(CORE_CODE),
            data = in(reg) u64::from(CORE_DATA),
            zero = in(reg) 0u64,
            scratch = out(reg) _,
        );
    }
}

/// # Safety
/// The GDT holds an available TSS descriptor at its selector.
unsafe fn load_task_register() {
    // SAFETY: by this function's contract.
    unsafe { load_tss(SegmentSelector::new(TSS >> 3, PrivilegeLevel::Ring0)) };
}

/// This CPU's block.
fn current() -> *mut PerCpu {
    let block: u64;
    // SAFETY: in the core, GS base points at the block, whose first field is its own address.
    unsafe { asm!("mov {}, gs:[0]", out(reg) block, options(nostack, readonly, preserves_flags)) };
    block as *mut PerCpu
}

/// Which CPU this is.
pub(crate) fn index() -> usize {
    let index: usize;
    // SAFETY: as in `current`.
    unsafe { asm!("mov {}, gs:[32]", out(reg) index, options(nostack, readonly, preserves_flags)) };
    index
}

/// Which CPU this is, as records count them.
pub(crate) fn number() -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "there are at most MAX_CPUS")]
    let number = index() as u8;
    number
}

/// Names the context that the way out resumes.
pub(crate) fn set_context(context: *mut TaskContext) {
    // SAFETY: as in `current`; only this CPU touches its block.
    unsafe { (*current()).context = context.addr() as u64 };
}

/// Takes the vectors that came in windows of ring 0.
pub(crate) fn take_pending() -> [u64; 4] {
    let block = current();
    // SAFETY: as above; interrupts are off, so that the stubs do not write at the same time.
    let pending = unsafe { &mut (*block).pending };
    core::mem::take(pending)
}

/// Any vector recorded?
pub(crate) fn any_pending() -> bool {
    // SAFETY: as above.
    unsafe { (*current()).pending != [0; 4] }
}

/// Shows a task's ports to ring 3, and no others. `tag` distinguishes the owners and is not 0.
pub(crate) fn show_ports(tag: u16, ranges: &[bulkhead_abi::image::PortRange]) {
    // SAFETY: as above.
    let this = unsafe { &mut *current() };
    if this.map_owner != tag {
        this.map_owner = tag;
        this.task_segment.map = [0xff; PORT_MAP];
        for port in ranges.iter().flat_map(|range| range.first..=range.last) {
            if let Some(byte) = this.task_segment.map.get_mut(usize::from(port >> 3)) {
                *byte &= !(1 << (port & 7));
            }
        }
    }
    set_map_base(this, MAP_BASE);
    // A VM exit cuts the limit of the task register to 0x67, which hides the map: load it anew.
    this.describe_task_segment();
    // SAFETY: the descriptor was just made available again.
    unsafe { load_task_register() };
}

/// Ring 3 may use no port.
pub(crate) fn hide_ports() {
    // SAFETY: as above.
    set_map_base(unsafe { &mut *current() }, u16::MAX);
}

fn set_map_base(this: &mut PerCpu, base: u16) {
    this.task_segment.tss.iomap_base = base;
}
