//! The architectural state of a vCPU, independent of VMX and SVM.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A segment register with its hidden part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Segment {
    /// Base address.
    pub base: u64,
    /// Limit in bytes.
    pub limit: u32,
    /// Selector.
    pub selector: u16,
    /// Access rights as in bits 40 to 55 of a descriptor: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15.
    /// 0x0000 means unusable (P clear).
    pub rights: u16,
}

/// Base and limit of a descriptor table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Table {
    /// Base address.
    pub base: u64,
    /// Limit in bytes.
    pub limit: u64,
}

bitflags::bitflags! {
    /// Groups of state, for calls that read or write a part.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct StateGroups: u32 {
        /// `gpr`, `rip`, `rflags`.
        const GENERAL = 1;
        /// Segments and tables.
        const SEGMENTS = 2;
        /// CR0, CR2, CR3, CR4, EFER.
        const CONTROL = 4;
        /// `activity`.
        const ACTIVITY = 8;
    }
}

/// What a vCPU does when its VM runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Activity {
    /// Executes.
    Running = 0,
    /// Executed HLT and waits for an interrupt.
    Halted = 1,
    /// Waits for a start-up IPI.
    WaitForSipi = 2,
    /// Stopped for good until the VM is reset.
    Stopped = 3,
}

/// A vCPU from outside.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VcpuStatus {
    /// What it does when its VM runs: an [`Activity`], or [`VcpuStatus::EXITED`].
    pub activity: u32,
    /// 1 while its VM runs.
    pub running: u32,
    /// Exits since its VM was reset.
    pub exits: u64,
    /// Time-stamp ticks for which it ran since boot, in the guest and in the core on its behalf.
    pub ran: u64,
}

impl VcpuStatus {
    /// Value of [`VcpuStatus::activity`]: a server works on its exit.
    pub const EXITED: u32 = 4;
}

/// Index of rsp in [`VcpuState::gpr`].
pub const RSP: usize = 4;

/// Everything that the instruction set shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VcpuState {
    /// General registers in the order of their encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 … r15.
    pub gpr: [u64; 16],
    /// Instruction pointer.
    pub rip: u64,
    /// Flags.
    pub rflags: u64,
    /// Code segment.
    pub cs: Segment,
    /// Data segment.
    pub ds: Segment,
    /// Extra segment.
    pub es: Segment,
    /// FS.
    pub fs: Segment,
    /// GS.
    pub gs: Segment,
    /// Stack segment.
    pub ss: Segment,
    /// Task register.
    pub tr: Segment,
    /// Local descriptor table.
    pub ldtr: Segment,
    /// Global descriptor table.
    pub gdtr: Table,
    /// Interrupt descriptor table.
    pub idtr: Table,
    /// Control register 0.
    pub cr0: u64,
    /// Page fault address.
    pub cr2: u64,
    /// Page table root.
    pub cr3: u64,
    /// Control register 4.
    pub cr4: u64,
    /// Extended features.
    pub efer: u64,
    /// An [`Activity`].
    pub activity: u32,
    /// Bytes of the instruction that exited, if the CPU told; else 0.
    pub instruction_length: u32,
}

const _: () = assert!(size_of::<VcpuState>() <= crate::message::BULK);

impl VcpuState {
    /// The state after a power-on or INIT (Intel SDM volume 3, "IA-32 and Intel 64 Processor States Following
    /// Power-up, Reset, or INIT").
    #[must_use]
    pub const fn power_on() -> Self {
        const fn data() -> Segment {
            Segment { base: 0, limit: 0xffff, selector: 0, rights: 0x93 }
        }
        let mut gpr = [0; 16];
        gpr[2] = 0x600;
        Self {
            gpr,
            rip: 0xfff0,
            rflags: 2,
            cs: Segment { base: 0xffff_0000, limit: 0xffff, selector: 0xf000, rights: 0x9b },
            ds: data(),
            es: data(),
            fs: data(),
            gs: data(),
            ss: data(),
            tr: Segment { base: 0, limit: 0xffff, selector: 0, rights: 0x8b },
            ldtr: Segment { base: 0, limit: 0xffff, selector: 0, rights: 0x82 },
            gdtr: Table { base: 0, limit: 0xffff },
            idtr: Table { base: 0, limit: 0xffff },
            cr0: 0x6000_0010,
            cr2: 0,
            cr3: 0,
            cr4: 0,
            efer: 0,
            activity: Activity::Running as u32,
            instruction_length: 0,
        }
    }
}
