//! The pair in words, as a person at the shell reads it.

use crate::{Bench, PRIMARY};
use vdev::words;

#[test]
fn a_pair_at_power_on_says_that_it_is_not_initialized() {
    assert_eq!(
        words(&Bench::power_on().pair).collect::<Vec<_>>(),
        [
            "8259A      vectors    IRR   IMR   ISR   ELCR  lines  INT",
            "primary    0x00-0x07  0x00  0x00  0x00  0x00  0x00   low",
            "secondary  0x00-0x07  0x00  0x00  0x00  0x00  0x00   low",
            "primary    not initialized, lowest priority 7",
            "secondary  not initialized, lowest priority 7",
        ]
    );
}

#[test]
fn requests_masks_and_modes_of_a_pair_are_said() {
    let mut bench = Bench::with_icw4(3, 1);
    bench.write(PRIMARY + 1, 0xf8);
    bench.write(PRIMARY, 0x68);
    bench.raise(1);
    bench.raise(9);
    assert_eq!(
        words(&bench.pair).collect::<Vec<_>>(),
        [
            "8259A      vectors    IRR   IMR   ISR   ELCR  lines  INT",
            "primary    0x08-0x0f  0x06  0xf8  0x00  0x00  0x02   high",
            "secondary  0x70-0x77  0x02  0x00  0x00  0x00  0x02   high",
            "primary    ready, lowest priority 7, automatic EOI, special mask",
            "secondary  ready, lowest priority 7",
        ]
    );
}
