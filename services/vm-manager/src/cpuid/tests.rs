//! Plans for hosts that have everything, and for the vendors' differences.
#![expect(clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects, reason = "a test")]

use super::*;
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;

const INTEL: &[u8; 12] = b"GenuineIntel";
const AMD: &[u8; 12] = b"AuthenticAMD";

/// A host with all bits of all leaves set, up to leaf 0x20 and 0x8000_0008.
fn full(vendor: &'static [u8; 12]) -> impl Fn(u32, u32) -> [u32; 4] {
    let [ebx, edx, ecx] = signature(*vendor);
    move |leaf, subleaf| match (leaf, subleaf) {
        (0, _) => [0x20, ebx, ecx, edx],
        (0x8000_0000, _) => [0x8000_0028, ebx, ecx, edx],
        (0x8000_0008, _) => [0x3027, u32::MAX, u32::MAX, u32::MAX],
        // Two levels of cache; the second (level 3) is shared.
        (4, 0) => [0xfc1f_c121, 1, 2, 3],
        (4, 1) => [0xfc1f_c163, 4, 5, 6],
        (4, _) => [0; 4],
        _ => [u32::MAX; 4],
    }
}

fn find(table: &CpuidTable, leaf: u32, subleaf: u32) -> [u32; 4] {
    let entry = table
        .iter()
        .find(|entry| entry.leaf == leaf && (entry.subleaf == subleaf || entry.subleaf == CpuidEntry::ANY));
    entry.map_or([0; 4], |entry| [entry.eax, entry.ebx, entry.ecx, entry.edx])
}

fn plan(vendor: &'static [u8; 12], vcpus: usize) -> CpuidTable {
    plan_cpuid(full(vendor), vcpus, 2_100_000_000)
}

fn text(registers: &[u32]) -> String {
    let bytes: Vec<u8> = registers.iter().flat_map(|register| register.to_le_bytes()).collect();
    String::from_utf8(bytes).expect("a signature is ASCII")
}

#[test]
fn the_identity_is_the_hosts() {
    for vendor in [INTEL, AMD] {
        let table = plan(vendor, 1);
        let [_, ebx, ecx, edx] = find(&table, 0, 0);
        assert_eq!(text(&[ebx, edx, ecx]).as_bytes(), vendor);
        assert_eq!(find(&table, 1, 0)[0], u32::MAX);
        assert_eq!(find(&table, 0x8000_0003, 0), [u32::MAX; 4]);
    }
}

#[test]
fn the_virtual_local_apic_is_always_there() {
    let table = plan_cpuid(|_, _| [0; 4], 1, 1_000_000_000);
    let ecx = find(&table, 1, 0)[2];
    assert_eq!(ecx, 1 << 21 | 1 << 24 | 1 << 31, "x2APIC, TSC-deadline and hypervisor");
}

#[test]
fn the_time_stamp_counter_can_always_be_adjusted() {
    let table = plan_cpuid(|_, _| [0; 4], 1, 1_000_000_000);
    assert_eq!(find(&table, 7, 0)[1], 1 << 1, "IA32_TSC_ADJUST");
}

#[test]
fn what_the_core_cannot_switch_or_intercept_is_hidden() {
    let leaf1_ecx = [2, 3, 5, 6, 12, 15, 17, 26, 27, 28, 29];
    let leaf1_edx = [12, 18, 21, 22, 29, 31];
    let leaf7_ebx = [2, 4, 5, 10, 12, 14, 15, 16, 25, 31];
    let leaf7_ecx = [3, 4, 5, 7, 9, 10, 22, 30];
    let leaf7_edx = [8, 20, 22, 24, 26, 29, 31];
    let extended_ecx = [2, 3, 10, 11, 12, 13, 15, 16, 22, 23, 29];
    let extended_edx = [12, 27, 30, 31];
    for vendor in [INTEL, AMD] {
        let table = plan(vendor, 1);
        let hidden = |leaf, register: usize, bits: &[u32]| {
            let value = find(&table, leaf, 0).get(register).copied().unwrap_or(0);
            for bit in bits {
                assert_eq!(value >> bit & 1, 0, "leaf {leaf:#x} register {register} bit {bit}");
            }
        };
        hidden(1, 2, &leaf1_ecx);
        hidden(1, 3, &leaf1_edx);
        hidden(7, 1, &leaf7_ebx);
        hidden(7, 2, &leaf7_ecx);
        hidden(7, 3, &leaf7_edx);
        hidden(0x8000_0001, 2, &extended_ecx);
        hidden(0x8000_0001, 3, &extended_edx);
        for leaf in [5, 0xa, 0xd, 0x12, 0x14, 0x8000_000a, 0x8000_001d, 0x8000_001e] {
            assert_eq!(find(&table, leaf, 0), [0; 4], "leaf {leaf:#x}");
        }
    }
}

#[test]
fn what_a_64_bit_linux_insists_on_is_shown() {
    let table = plan(AMD, 1);
    let edx = find(&table, 1, 0)[3];
    // FPU, PSE, MSR, PAE, CX8, PGE, CMOV, FXSR, SSE, SSE2.
    for bit in [0, 3, 5, 6, 8, 13, 15, 24, 25, 26] {
        assert_eq!(edx >> bit & 1, 1, "bit {bit}");
    }
    let edx = find(&table, 0x8000_0001, 0)[3];
    for bit in [11, 20, 26, 29] {
        assert_eq!(edx >> bit & 1, 1, "bit {bit}");
    }
}

#[test]
fn the_blocks_have_their_signatures_and_kvm_offers_one_feature() {
    let table = plan(INTEL, 1);
    let [last, ebx, ecx, edx] = find(&table, 0x4000_0000, 0);
    assert_eq!((last, text(&[ebx, ecx, edx]).as_str()), (0x4000_0001, "BulkheadVM  "));
    let [last, ebx, ecx, edx] = find(&table, 0x4000_0100, 0);
    assert_eq!((last, text(&[ebx, ecx, edx]).as_str()), (0x4000_0101, "KVMKVMKVM\0\0\0"));
    assert_eq!(find(&table, 0x4000_0101, 0), [2, 0, 0, 0]);
}

#[test]
fn each_vcpu_is_a_core_of_one_package() {
    for (vcpus, bits, identifiers) in [(1, 0, 1), (2, 1, 2), (3, 2, 4), (4, 2, 4), (16, 4, 16)] {
        let table = plan(INTEL, vcpus);
        let count = u32::try_from(vcpus).expect("few");
        assert_eq!(find(&table, 0xb, 0), [0, 1, 0x100, 0]);
        assert_eq!(find(&table, 0xb, 1), [bits, count, 0x201, 0]);
        assert_eq!(find(&table, 0xb, 2), [0, 0, 2, 0]);
        let [_, ebx, _, edx] = find(&table, 1, 0);
        assert_eq!((ebx >> 24, ebx >> 16 & 0xff, ebx & 0xffff), (0, identifiers, 0xff00));
        assert_eq!(edx >> 28 & 1, u32::from(vcpus > 1), "HTT");
        let [eax, ..] = find(&table, 4, 0);
        assert_eq!((eax >> 26, eax >> 14 & 0xfff, eax & 0x3fff), (identifiers - 1, 0, 0x0121));
        let [eax, ..] = find(&table, 4, 1);
        assert_eq!((eax >> 14 & 0xfff, eax & 0x3fff), (identifiers - 1, 0x0163));
        let [_, _, ecx, _] = find(&plan(AMD, vcpus), 0x8000_0008, 0);
        assert_eq!(ecx, bits << 12 | (count - 1));
    }
}

#[test]
fn an_amd_host_has_no_leaves_that_only_intel_defines() {
    let table = plan(AMD, 2);
    assert_eq!(find(&table, 0, 0)[0], 0xd);
    for leaf in [2, 4, 0x15, 0x16] {
        assert_eq!(find(&table, leaf, 0), [0; 4]);
    }
    assert_eq!(find(&table, 0x8000_0007, 0), [0, 0, 0, 0x100]);
    assert_eq!(find(&table, 0x8000_0008, 0)[0], 0x3027);
}

#[test]
fn a_host_without_leaf_7_does_not_lend_its_last_leaf() {
    let host = |leaf: u32, _| if leaf == 0 { [5, 0, 0, 0] } else { [u32::MAX; 4] };
    assert_eq!(find(&plan_cpuid(host, 1, 1_000_000_000), 7, 0), [0, 1 << 1, 0, 0]);
}

proptest! {
    #[test]
    fn the_clock_leaf_gives_the_rate_in_a_guests_32_bits(tsc_hz in 1_000_000u64..20_000_000_000) {
        let table = plan_cpuid(full(INTEL), 1, tsc_hz);
        let [denominator, numerator, crystal, _] = find(&table, 0x15, 0);
        let kilohertz = (crystal / 1000).checked_mul(numerator).expect("as Linux multiplies") / denominator;
        let error = u64::from(kilohertz).abs_diff(tsc_hz / 1000);
        prop_assert!(error <= u64::from(numerator), "{kilohertz} kHz for {tsc_hz} Hz");
    }

    #[test]
    fn a_plan_fits_one_call_and_answers_each_leaf_once(
        seed in any::<u32>(), vcpus in 0usize..40, is_amd in any::<bool>()
    ) {
        let [ebx, edx, ecx] = signature(if is_amd { *AMD } else { *INTEL });
        let host = |leaf: u32, subleaf: u32| match leaf {
            0 | 0x8000_0000 => [leaf | seed >> 24, ebx, ecx, edx],
            _ => [leaf ^ seed, seed.rotate_left(subleaf), seed, !seed],
        };
        let table = plan_cpuid(host, vcpus, u64::from(seed));
        prop_assert!(table.len() <= CpuidEntry::PER_CALL);
        for (at, entry) in table.iter().enumerate() {
            for later in table.iter().skip(at + 1) {
                let same = entry.subleaf == later.subleaf || entry.subleaf == CpuidEntry::ANY;
                if entry.leaf == later.leaf && same {
                    panic!("leaf {:#x} twice", entry.leaf);
                }
            }
        }
    }
}
