//! Hashes of a VM's RAM and of its vCPUs, by which two lives are compared.

use bulkhead_abi::layout::PAGE;
use xxhash_rust::xxh64::Xxh64;

/// Offsets of the local APIC's registers that hold state (SDM volume 3, "Local APIC Register Address Map").
pub const APIC_REGISTERS: [u16; 43] = [
    0x20, 0x30, 0x80, 0xd0, 0xe0, 0xf0, 0x100, 0x110, 0x120, 0x130, 0x140, 0x150, 0x160, 0x170, 0x180, 0x190,
    0x1a0, 0x1b0, 0x1c0, 0x1d0, 0x1e0, 0x1f0, 0x200, 0x210, 0x220, 0x230, 0x240, 0x250, 0x260, 0x270, 0x280,
    0x2f0, 0x300, 0x310, 0x320, 0x330, 0x340, 0x350, 0x360, 0x370, 0x380, 0x390, 0x3e0,
];

/// Bytes of a page.
const PIECE: usize = 4096;
const _: () = assert!(PIECE as u64 == PAGE);

/// The hash of RAM in these ranges (base, bytes), which are whole pages; `None` if `read` fails.
pub fn memory(
    ranges: impl Iterator<Item = (u64, u64)>,
    mut read: impl FnMut(u64, &mut [u8]) -> bool,
) -> Option<u64> {
    let mut hash = Xxh64::new(0);
    let mut piece = [0; PIECE];
    for (base, length) in ranges {
        for page in 0..length / PAGE {
            if !read(base.saturating_add(page.saturating_mul(PAGE)), &mut piece) {
                return None;
            }
            hash.update(&piece);
        }
    }
    Some(hash.digest())
}

/// The hash of vCPUs: for each its registers as bytes, and its local APIC register by register, as far as that can be
/// read so.
#[derive(Default)]
pub struct Vcpus(Xxh64);

impl Vcpus {
    /// Adds a vCPU.
    pub fn add(&mut self, registers: &[u8], mut apic: impl FnMut(u16) -> Option<u32>) {
        self.0.update(registers);
        for offset in APIC_REGISTERS {
            // A register that cannot be read is something else than one that holds zero.
            let value = apic(offset).map_or(u64::MAX, u64::from);
            self.0.update(&value.to_le_bytes());
        }
    }

    /// The hash of all that were added.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.0.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(ram: &[u8]) -> Option<u64> {
        let length = ram.len() as u64;
        memory([(0, length)].into_iter(), |address, piece| {
            let from = usize::try_from(address).unwrap_or(usize::MAX);
            ram.get(from..).and_then(|rest| rest.get(..piece.len())).is_some_and(|bytes| {
                piece.copy_from_slice(bytes);
                true
            })
        })
    }

    #[test]
    fn one_byte_anywhere_makes_another_hash() {
        let mut ram = [0u8; 4 * PIECE];
        let clear = hash_of(&ram);
        for at in [0, 1, PIECE, 4 * PIECE - 1] {
            if let Some(byte) = ram.get_mut(at) {
                *byte = 1;
            }
            assert_ne!(hash_of(&ram), clear);
            if let Some(byte) = ram.get_mut(at) {
                *byte = 0;
            }
        }
        assert_eq!(hash_of(&ram), clear);
        assert_eq!(memory([(0, PAGE)].into_iter(), |_, _| false), None);
    }

    #[test]
    fn every_register_of_every_vcpu_counts() {
        let digest = |registers: &[u8], odd: u16| {
            let mut vcpus = Vcpus::default();
            vcpus.add(registers, |offset| Some(u32::from(offset == odd)));
            vcpus.digest()
        };
        let plain = digest(&[0; 64], 0);
        assert_ne!(digest(&[1; 64], 0), plain);
        assert!(APIC_REGISTERS.into_iter().all(|offset| digest(&[0; 64], offset) != plain));
        let mut two = Vcpus::default();
        two.add(&[0; 64], |_| Some(0));
        two.add(&[0; 64], |_| None);
        assert_ne!(two.digest(), plain);
    }
}
