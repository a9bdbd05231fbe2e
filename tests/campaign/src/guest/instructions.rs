//! Instructions of the guest that the emulator carries out: 32-bit code, flat segments, no paging.

use super::Guest;
use crate::bench_core::Stuck;
use crate::random::Random;
use bulkhead_abi::exit::ExitKind;
use bulkhead_protocol::platform::{ECAM, IO_APIC};

/// Where strings lie in RAM.
const BUFFER: u32 = 0x2000;

/// An instruction with a 32-bit address behind these bytes.
fn at(opcode: &[u8], address: u64) -> Vec<u8> {
    let address = u32::try_from(address).unwrap_or(0).to_le_bytes();
    [opcode, &address].concat()
}

impl Guest {
    /// MOV EAX, [address]
    pub(super) fn load(&mut self, address: u64) -> Result<u32, Stuck> {
        let value = self.bench.instruction(ExitKind::Mmio, &at(&[0xa1], address), [0; 5])?;
        Ok(u32::try_from(value & 0xffff_ffff).unwrap_or(0))
    }

    /// MOV [address], EAX
    pub(super) fn store(&mut self, address: u64, value: u32) -> Result<(), Stuck> {
        self.bench.instruction(ExitKind::Mmio, &at(&[0xa3], address), [value, 0, 0, 0, 0]).map(drop)
    }

    /// Instructions that read a device's register and write it: XCHG, XADD, OR, INC, NOT, BTC, CMPXCHG.
    pub(super) fn modify(&mut self, random: &mut Random) -> Result<(), Stuck> {
        // The bridge's cache line size to header type, and the I/O APIC's select register and window.
        let address = random.pick(&[ECAM + 4, ECAM + 0xc, ECAM + 0x3c, IO_APIC, IO_APIC + 0x10]);
        let opcode = random.pick(&[
            [0x87, 0x05].as_slice(),
            &[0x0f, 0xc1, 0x05],
            &[0x09, 0x05],
            &[0xff, 0x05],
            &[0xf7, 0x15],
            &[0x0f, 0xbb, 0x05],
            &[0x0f, 0xb1, 0x05],
        ]);
        let value = u32::from(random.byte() & 0x1f);
        self.bench.instruction(ExitKind::Mmio, &at(opcode, address), [value, 0, 0, 0, 0]).map(drop)
    }

    /// REP OUTSB to the serial port, or OUTSD to others.
    pub(super) fn string_output(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let count = u32::try_from(1 + random.below(20)).unwrap_or(1);
        for byte in &mut self.bench.ram[BUFFER as usize..][..128] {
            *byte = random.byte();
        }
        let (port, opcode) = random.pick(&[(0x3f8u32, 0x6e), (0x3f8, 0x6e), (0xcfc, 0x6f), (0x71, 0x6e)]);
        let registers = [0, count, port, BUFFER, 0];
        self.bench.instruction(ExitKind::PortString, &[0xf3, opcode], registers).map(drop)
    }

    /// REP INSB from the serial port, or INSD from others, and REP MOVSD from configuration space.
    pub(super) fn string_input(&mut self, random: &mut Random) -> Result<(), Stuck> {
        let count = u32::try_from(1 + random.below(20)).unwrap_or(1);
        if random.once_in(3) {
            let source = u32::try_from(ECAM).unwrap_or(0);
            self.bench.instruction(ExitKind::Mmio, &[0xf3, 0xa5], [0, count, 0, source, BUFFER])?;
        } else {
            let (port, opcode) = random.pick(&[(0x3f8u32, 0x6c), (0x3f8, 0x6c), (0xcfc, 0x6d), (0x40, 0x6c)]);
            self.bench.instruction(ExitKind::PortString, &[0xf3, opcode], [0, count, port, 0, BUFFER])?;
        }
        let words = self.bench.ram[BUFFER as usize..][..80].chunks_exact(8);
        let words = words.map(|word| word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
        self.bench.core.trace.values.extend(words);
        Ok(())
    }
}
