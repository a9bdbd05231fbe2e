//! Model-specific registers of a vCPU: the policy that the core keeps to and that VM records show.

/// What reading gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// #GP(0).
    Fault,
    /// Always this value.
    Fixed(u64),
    /// What the vCPU holds.
    Vcpu,
}

/// What writing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// #GP(0).
    Fault,
    /// Nothing.
    Ignored,
    /// The vCPU's register changes.
    Vcpu,
}

/// A range of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MsrRule {
    /// First.
    pub first: u32,
    /// Last.
    pub last: u32,
    /// Reads.
    pub read: Read,
    /// Writes.
    pub write: Write,
}

/// Locked, without VMX.
const FEATURE_CONTROL_LOCKED: u64 = 1;
/// Fast string operations, as firmware sets it.
const MISC_ENABLE_FAST_STRINGS: u64 = 1;
/// MTRRs on, write-back by default: guest RAM is.
const MTRR_WRITE_BACK: u64 = 0x806;
/// The time-stamp counter runs at a constant rate.
const HWCR_TSC_FREQ_SELECT: u64 = 1 << 24;

const fn vcpu(first: u32, last: u32) -> MsrRule {
    MsrRule { first, last, read: Read::Vcpu, write: Write::Vcpu }
}

const fn fixed(msr: u32, value: u64, write: Write) -> MsrRule {
    MsrRule { first: msr, last: msr, read: Read::Fixed(value), write }
}

/// The policy in the order of the registers; what is not in it faults. What a guest writes to a register whose value
/// is fixed is accepted where guests do so and what it would control is fixed here.
pub const POLICY: &[MsrRule] = &[
    // Time-stamp counter.
    vcpu(0x10, 0x10),
    // IA32_PLATFORM_ID, IA32_APIC_BASE, IA32_FEATURE_CONTROL, IA32_TSC_ADJUST.
    fixed(0x17, 0, Write::Fault),
    vcpu(0x1b, 0x1b),
    fixed(0x3a, FEATURE_CONTROL_LOCKED, Write::Fault),
    vcpu(0x3b, 0x3b),
    // IA32_BIOS_SIGN_ID, AMD's patch level: no microcode. IA32_MTRRCAP: no variable or fixed ranges.
    fixed(0x8b, 0, Write::Ignored),
    fixed(0xfe, 0, Write::Fault),
    // SYSENTER.
    vcpu(0x174, 0x176),
    // Machine checks: no banks that could report one.
    fixed(0x179, 0, Write::Fault),
    fixed(0x17a, 0, Write::Ignored),
    fixed(0x1a0, MISC_ENABLE_FAST_STRINGS, Write::Ignored),
    // Page attribute table.
    vcpu(0x277, 0x277),
    fixed(0x2ff, MTRR_WRITE_BACK, Write::Ignored),
    // TSC deadline, x2APIC.
    vcpu(0x6e0, 0x6e0),
    vcpu(0x800, 0x8ff),
    // EFER, SYSCALL; FS, GS and the kernel's GS base.
    vcpu(0xc000_0080, 0xc000_0084),
    vcpu(0xc000_0100, 0xc000_0102),
    // AMD: event selects and counters, of which kernels clear the counters; none counts.
    MsrRule { first: 0xc001_0000, last: 0xc001_0007, read: Read::Fixed(0), write: Write::Ignored },
    // AMD: SYSCFG, HWCR, interrupt pending, DE_CFG.
    fixed(0xc001_0010, 0, Write::Fault),
    fixed(0xc001_0015, HWCR_TSC_FREQ_SELECT, Write::Ignored),
    fixed(0xc001_0055, 0, Write::Ignored),
    fixed(0xc001_1029, 0, Write::Ignored),
];

/// The rule for a register; none is #GP(0) either way.
#[must_use]
pub fn rule(msr: u32) -> Option<&'static MsrRule> {
    POLICY.iter().find(|rule| (rule.first..=rule.last).contains(&msr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_in_order_and_no_register_has_two_rules() {
        assert!(POLICY.iter().all(|rule| rule.first <= rule.last));
        assert!(POLICY.windows(2).all(|pair| pair[0].last < pair[1].first));
    }
}
