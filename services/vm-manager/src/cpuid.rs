//! Plans what CPUID tells a guest: the host's identity, and the features that a vCPU really has.
//!
//! Leaves and bits are those of the Intel SDM volume 2A, "CPUID", and the AMD APM volume 3, appendix E. A leaf without
//! an entry answers zero. The core puts each vCPU's APIC identifier in place (leaf 1 EBX 31:24, leaf 0xB EDX).

use crate::cpuid_features::{
    EXTENDED_ECX, EXTENDED_EDX, LEAF1_ECX, LEAF1_EDX, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX,
};
use bulkhead_abi::limits::MAX_CPUID_ENTRIES;
use bulkhead_abi::vm::CpuidEntry;
use bulkhead_protocol::platform::{CPUID_BLOCK, CPUID_KVM_BLOCK};

/// A VM's CPUID table.
pub type CpuidTable = heapless::Vec<CpuidEntry, MAX_CPUID_ENTRIES>;

const LAST_EXTENDED: u32 = 0x8000_0008;
/// Leaf 1 ECX: x2APIC, TSC-deadline timer, hypervisor. Always there: the virtual local APIC is the core's.
const LEAF1_ECX_OURS: u32 = 1 << 21 | 1 << 24 | 1 << 31;
/// Leaf 7 EBX: IA32_TSC_ADJUST. Always there, for the core keeps it.
const LEAF7_EBX_TSC_ADJUST: u32 = 1 << 1;
/// Leaf 1 EDX: several logical processors share the package.
const LEAF1_EDX_HTT: u32 = 1 << 28;
/// Leaf 6 EAX: the APIC timer always runs.
const LEAF6_EAX_ARAT: u32 = 1 << 2;
/// Leaf 0x8000_0007 EDX: the TSC runs at one rate.
const INVARIANT_TSC: u32 = 1 << 8;
/// Leaf 0x8000_0001 ECX (AMD): the logical processors of a package are cores, not threads.
const CMP_LEGACY: u32 = 1 << 1;
/// KVM_FEATURE_NOP_IO_DELAY: writes to port 0x80 need not delay. The one feature of KVM that is really offered.
const KVM_NOP_IO_DELAY: u32 = 1 << 1;
/// Cache levels that leaf 4 may describe.
const MAX_CACHES: u32 = 6;

/// Plans the table of a VM. `host` answers (leaf, subleaf) with EAX, EBX, ECX, EDX; the time-stamp counter ticks
/// `tsc_hz` times a second.
#[must_use]
pub fn plan_cpuid(host: impl Fn(u32, u32) -> [u32; 4], vcpus: usize, tsc_hz: u64) -> CpuidTable {
    let mut plan = Plan { host, table: CpuidTable::new(), topology: Topology::of(vcpus) };
    let is_amd = plan.basic();
    if !is_amd {
        plan.caches();
        plan.intel_clocks(tsc_hz);
    }
    plan.features();
    plan.hypervisor_blocks();
    plan.extended(is_amd);
    plan.table
}

/// One package, one core for each vCPU, one thread for each core.
#[derive(Clone, Copy)]
struct Topology {
    vcpus: u32,
    /// Bits of an APIC identifier that number the cores.
    core_bits: u32,
}

impl Topology {
    fn of(vcpus: usize) -> Self {
        let vcpus = u32::try_from(vcpus).unwrap_or(u32::MAX).clamp(1, 128);
        Self { vcpus, core_bits: vcpus.next_power_of_two().trailing_zeros() }
    }

    /// Identifiers that the package has room for, minus one.
    const fn last_identifier(self) -> u32 {
        self.vcpus.next_power_of_two().saturating_sub(1)
    }
}

struct Plan<H> {
    host: H,
    table: CpuidTable,
    topology: Topology,
}

impl<H: Fn(u32, u32) -> [u32; 4]> Plan<H> {
    fn host(&self, leaf: u32) -> [u32; 4] {
        (self.host)(leaf, 0)
    }

    fn add(&mut self, leaf: u32, subleaf: u32, [eax, ebx, ecx, edx]: [u32; 4]) {
        // The plan has at most 29 entries.
        let _ = self.table.push(CpuidEntry { leaf, subleaf, eax, ebx, ecx, edx });
    }

    fn whole(&mut self, leaf: u32, values: [u32; 4]) {
        self.add(leaf, CpuidEntry::ANY, values);
    }

    /// Vendor and last leaf; is it an AMD CPU (or one of its kin)?
    fn basic(&mut self) -> bool {
        let [_, ebx, ecx, edx] = self.host(0);
        let is_amd = is_amd(ebx, edx, ecx);
        // Both end at a leaf that every guest knows to be possible; the leaves between that are not planned are zero.
        let last = if is_amd { 0xd } else { 0x16 };
        self.whole(0, [last, ebx, ecx, edx]);
        if !is_amd {
            // "Ask leaf 4 for the caches", once (AL = 1).
            self.whole(2, [0x00ff_0001, 0, 0, 0]);
        }
        self.whole(6, [LEAF6_EAX_ARAT, 0, 0, 0]);
        self.topology_leaf();
        is_amd
    }

    fn features(&mut self) {
        let Topology { vcpus, .. } = self.topology;
        let [eax, ebx, ecx, edx] = self.host(1);
        let identifiers = self.topology.last_identifier().saturating_add(1);
        let htt = if vcpus > 1 { LEAF1_EDX_HTT } else { 0 };
        let count = if vcpus > 1 { identifiers << 16 } else { 1 << 16 };
        self.whole(1, [eax, ebx & 0xff00 | count, ecx & LEAF1_ECX | LEAF1_ECX_OURS, edx & LEAF1_EDX | htt]);
        let [last, ..] = self.host(0);
        let [_, ebx, ecx, edx] = if last >= 7 { self.host(7) } else { [0; 4] };
        self.add(7, 0, [0, ebx & LEAF7_EBX | LEAF7_EBX_TSC_ADJUST, ecx & LEAF7_ECX, edx & LEAF7_EDX]);
    }

    /// Leaf 4: the host's caches; what the host's packages share, all vCPUs share, the rest is each core's own.
    fn caches(&mut self) {
        let last = self.topology.last_identifier();
        for subleaf in 0..MAX_CACHES {
            let [eax, ebx, ecx, edx] = (self.host)(4, subleaf);
            if eax & 0x1f == 0 {
                break;
            }
            let is_shared = eax >> 5 & 7 >= 3;
            let sharing = if is_shared { last } else { 0 };
            self.add(4, subleaf, [eax & 0x3fff | sharing << 14 | (last & 0x3f) << 26, ebx, ecx, edx]);
        }
    }

    /// Leaf 0xB: threads (1 a core), then cores.
    fn topology_leaf(&mut self) {
        const THREADS: u32 = 1 << 8;
        const CORES: u32 = 2 << 8;
        let Topology { vcpus, core_bits } = self.topology;
        self.add(0xb, 0, [0, 1, THREADS, 0]);
        self.add(0xb, 1, [core_bits, vcpus, 1 | CORES, 0]);
        self.add(0xb, 2, [0, 0, 2, 0]);
    }

    /// Leaves 0x15 and 0x16. The crystal is the TSC itself, as far as its rate fits 32 bits: guests multiply before
    /// they divide, in 32 bits, so the ratio must be small.
    fn intel_clocks(&mut self, tsc_hz: u64) {
        let mut ratio = 1u32;
        let mut crystal = tsc_hz;
        while u32::try_from(crystal).is_err() {
            ratio = ratio.saturating_mul(2);
            crystal /= 2;
        }
        self.whole(0x15, [1, ratio, u32::try_from(crystal).unwrap_or(0), 0]);
        let megahertz = u32::try_from(tsc_hz / 1_000_000).unwrap_or(0).min(0xffff);
        self.whole(0x16, [megahertz, megahertz, 100, 0]);
    }

    fn hypervisor_blocks(&mut self) {
        let [ebx, ecx, edx] = signature(*b"BulkheadVM  ");
        self.whole(CPUID_BLOCK, [CPUID_BLOCK | 1, ebx, ecx, edx]);
        // Version of this block.
        self.whole(CPUID_BLOCK | 1, [1, 0, 0, 0]);
        let [ebx, ecx, edx] = signature(*b"KVMKVMKVM\0\0\0");
        self.whole(CPUID_KVM_BLOCK, [CPUID_KVM_BLOCK | 1, ebx, ecx, edx]);
        self.whole(CPUID_KVM_BLOCK | 1, [KVM_NOP_IO_DELAY, 0, 0, 0]);
    }

    fn extended(&mut self, is_amd: bool) {
        let Topology { vcpus, core_bits } = self.topology;
        let [host_last, ebx, ecx, edx] = self.host(0x8000_0000);
        self.whole(0x8000_0000, [LAST_EXTENDED, ebx, ecx, edx]);
        let [eax, _, ecx, edx] = self.host(0x8000_0001);
        let cores = if is_amd && vcpus > 1 { CMP_LEGACY } else { 0 };
        self.whole(0x8000_0001, [eax, 0, ecx & EXTENDED_ECX | cores, edx & EXTENDED_EDX]);
        for leaf in 0x8000_0002..=0x8000_0006 {
            if leaf <= host_last {
                self.whole(leaf, self.host(leaf));
            }
        }
        self.whole(0x8000_0007, [0, 0, 0, INVARIANT_TSC]);
        let sizes = if host_last >= LAST_EXTENDED { self.host(LAST_EXTENDED)[0] & 0xffff } else { 0x3024 };
        let cores = if is_amd { core_bits << 12 | vcpus.saturating_sub(1) } else { 0 };
        self.whole(LAST_EXTENDED, [sizes, 0, cores, 0]);
    }
}

/// Vendors whose CPUs keep to AMD's manual: AMD and Hygon.
fn is_amd(ebx: u32, edx: u32, ecx: u32) -> bool {
    let is = |name: &[u8; 12]| signature(*name) == [ebx, edx, ecx];
    is(b"AuthenticAMD") || is(b"HygonGenuine")
}

/// Twelve characters as three registers.
const fn signature(text: [u8; 12]) -> [u32; 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = text;
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]), u32::from_le_bytes([i, j, k, l])]
}

#[cfg(test)]
mod tests;
