//! The CPU features that a guest may find: those of the host that need no state, MSR or exit that the core lacks.
//!
//! A bit that is not named here is hidden. Hidden on purpose: XSAVE and all that builds on it (AVX, FMA, F16C, PKU,
//! AMX), because the core switches the FXSAVE image only; VMX and SVM; MONITOR; PCID and INVPCID, RDTSCP and RDPID
//! (TSC_AUX), MPX, CET, SGX, processor trace, performance counters; MTRR, whose MSRs do not exist.

const fn bits<const N: usize>(list: [u32; N]) -> u32 {
    let mut mask = 0;
    let mut rest: &[u32] = &list;
    while let [bit, tail @ ..] = rest {
        mask |= 1 << *bit;
        rest = tail;
    }
    mask
}

/// Leaf 1 ECX: SSE3, PCLMULQDQ, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, RDRAND.
pub(crate) const LEAF1_ECX: u32 = bits([0, 1, 9, 13, 19, 20, 22, 23, 25, 30]);

/// Leaf 1 EDX: FPU, VME, DE, PSE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, PGE, MCA, CMOV, PAT, PSE-36, CLFSH, MMX, FXSR, SSE, SSE2,
/// SS.
pub(crate) const LEAF1_EDX: u32 =
    bits([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 19, 23, 24, 25, 26, 27]);

/// Leaf 7 EBX, beside TSC_ADJUST: FSGSBASE, BMI1, SMEP, BMI2, ERMS, RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, SHA.
pub(crate) const LEAF7_EBX: u32 = bits([0, 3, 7, 8, 9, 18, 19, 20, 23, 24, 29]);

/// Leaf 7 ECX: UMIP.
pub(crate) const LEAF7_ECX: u32 = bits([2]);

/// Leaf 7 EDX: fast short REP MOVSB.
pub(crate) const LEAF7_EDX: u32 = bits([4]);

/// Leaf 0x8000_0001 ECX: LAHF in 64-bit mode, LZCNT, SSE4A, misaligned SSE, PREFETCHW.
pub(crate) const EXTENDED_ECX: u32 = bits([0, 5, 6, 7, 8]);

/// Leaf 0x8000_0001 EDX: what AMD repeats of leaf 1, SYSCALL, NX, MMX extensions, 1 GiB pages, long
/// mode.
pub(crate) const EXTENDED_EDX: u32 =
    bits([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 20, 22, 23, 24, 26, 29]);
