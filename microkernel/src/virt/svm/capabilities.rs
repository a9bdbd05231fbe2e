//! What this CPU's SVM can do (APM volume 3, appendix E).

use core::arch::x86_64::__cpuid;

use bitflags::bitflags;

/// CPUID: the last extended function.
const LAST_EXTENDED: u32 = 0x8000_0000;
/// CPUID: extended features.
const EXTENDED_FEATURES: u32 = 0x8000_0001;
/// Extended features, ECX.
const EXTENDED_ECX_SVM: u32 = 1 << 2;
/// CPUID: SVM revision and features.
const SVM_FEATURES: u32 = 0x8000_000a;

bitflags! {
    /// CPUID function 8000_000a, EDX.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Features: u32 {
        const NESTED_PAGING = 1 << 0;
        const NEXT_RIP_SAVE = 1 << 3;
        const FLUSH_BY_ASID = 1 << 6;
        const PAUSE_FILTER = 1 << 10;
        const PAUSE_FILTER_THRESHOLD = 1 << 12;
        const _ = !0;
    }
}

/// Features of this CPU's SVM, which it has.
pub(super) fn features() -> Features {
    Features::from_bits_retain(__cpuid(SVM_FEATURES).edx)
}

/// Address space identifiers of this CPU, the host's among them.
pub(super) fn address_spaces() -> u32 {
    __cpuid(SVM_FEATURES).ebx
}

/// Has this CPU SVM at all?
pub(super) fn has_svm() -> bool {
    __cpuid(LAST_EXTENDED).eax >= SVM_FEATURES && __cpuid(EXTENDED_FEATURES).ecx & EXTENDED_ECX_SVM != 0
}
