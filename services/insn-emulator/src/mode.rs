//! In which mode a vCPU executes (Intel SDM volume 3, chapter 2, "Modes of Operation").

use bulkhead_abi::vcpu::VcpuState;

/// CR0.PE
const CR0_PE: u64 = 1;
/// RFLAGS.VM
const RFLAGS_VM: u64 = 1 << 17;
/// EFER.LMA
const EFER_LMA: u64 = 1 << 10;
/// The L bit of a code segment's rights.
const RIGHTS_LONG: u16 = 1 << 13;
/// The D/B bit of a segment's rights.
pub(crate) const RIGHTS_BIG: u16 = 1 << 14;

/// The mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Width of code: 16, 32 or 64.
    pub(crate) bits: u32,
    /// IA-32e mode is active: 64-bit code or compatibility mode.
    pub(crate) long: bool,
    /// CR0.PE: exceptions have error codes.
    pub(crate) protected: bool,
    /// Segments have descriptors: protected mode without virtual-8086.
    pub(crate) descriptors: bool,
    /// Current privilege level is 3.
    pub(crate) user: bool,
}

impl Mode {
    /// The mode of this state.
    pub(crate) const fn of(state: &VcpuState) -> Self {
        let protected = state.cr0 & CR0_PE != 0;
        let virtual_8086 = protected && state.rflags & RFLAGS_VM != 0;
        let long = state.efer & EFER_LMA != 0;
        let bits = if long && state.cs.rights & RIGHTS_LONG != 0 {
            64
        } else if state.cs.rights & RIGHTS_BIG != 0 && !virtual_8086 {
            32
        } else {
            16
        };
        // The privilege level is the stack segment's, in whatever mode; real mode leaves old bits there.
        let user = virtual_8086 || protected && state.ss.rights >> 5 & 3 == 3;
        Self { bits, long, protected, descriptors: protected && !virtual_8086, user }
    }

    /// 64-bit code.
    pub(crate) const fn is_64_bit(&self) -> bool {
        self.bits == 64
    }

    /// An instruction pointer as this mode keeps it.
    pub(crate) const fn truncate_ip(&self, ip: u64) -> u64 {
        match self.bits {
            64 => ip,
            32 => ip & 0xffff_ffff,
            _ => ip & 0xffff,
        }
    }
}
