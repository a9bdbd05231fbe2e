//! Our registers beside those of rust-vmm's `vm-superio`, wherever both follow the data sheet.
//!
//! Left out, because the oracle simplifies: IIR (it has neither THRE's latch nor levels), the deltas of MSR, FCR,
//! the undefined bits of MCR, and receivers that hold more than 16 bytes.

use crate::bench::{Bench, DATA, FCR, IER, LCR, LSR, MCR, MSR, SCR};
use proptest::prelude::*;

struct NoInterrupt;

impl vm_superio::Trigger for NoInterrupt {
    type E = ();

    fn trigger(&self) -> Result<(), ()> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn both_answer_alike(steps in proptest::collection::vec((any::<bool>(), 0u16..7, any::<u8>()), 0..120)) {
        let mut ours = Bench::new();
        let mut theirs = vm_superio::Serial::new(NoInterrupt, Vec::new());
        ours.output(FCR, 0x01);
        // Power-on values differ, so both begin as firmware leaves them.
        for (offset, value) in [(LCR, 0x83), (DATA, 1), (IER, 0), (LCR, 0x03), (MCR, 0x08)] {
            ours.output(offset, value);
            theirs.write(u8::try_from(offset).unwrap(), value).unwrap();
        }
        let mut held = 0;
        for (write, index, value) in steps {
            let offset = [DATA, IER, LCR, MCR, LSR, MSR, SCR][usize::from(index)];
            let port = u8::try_from(offset).unwrap();
            let data = offset == DATA && ours.input(LCR) & 0x80 == 0;
            if write {
                let value = if offset == MCR { value & 0x1f } else { value };
                let looped = data && ours.input(MCR) & 0x10 != 0;
                if looped && held == 16 {
                    continue;
                }
                held += usize::from(looped);
                ours.output(offset, value);
                theirs.write(port, value).unwrap();
            } else {
                held -= usize::from(data && held > 0);
                let mask = if offset == MSR { 0xf0 } else { 0xff };
                prop_assert_eq!(ours.input(offset) & mask, theirs.read(port) & mask, "offset {}", offset);
            }
        }
        prop_assert_eq!(&ours.peer().output, theirs.writer());
    }
}
