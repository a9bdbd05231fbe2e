//! Level-triggered pins and remote IRR.

use super::*;
use vdev::DeliveryMode;

#[test]
fn a_level_is_sent_again_after_each_end_while_it_lasts() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL);
    bench.raise(16);
    assert_eq!(bench.sent, [Msi::new(0, false, 0x50, DeliveryMode::Fixed, true)]);
    assert_eq!(bench.entry(16), 0x50 | LEVEL | REMOTE_IRR);
    bench.end(0x50);
    assert_eq!(bench.vectors(), [0x50, 0x50]);
    bench.lower(16);
    bench.end(0x50);
    assert_eq!((bench.vectors(), bench.entry(16)), (vec![], 0x50 | LEVEL));
}

#[test]
fn a_level_that_returns_before_its_end_waits_for_the_end() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL);
    bench.raise(16);
    bench.lower(16);
    bench.raise(16);
    assert_eq!(bench.vectors(), [0x50]);
    bench.end(0x50);
    assert_eq!(bench.vectors(), [0x50]);
}

#[test]
fn a_level_while_masked_leaves_no_trace_unless_it_lasts() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL | MASKED);
    bench.raise(16);
    bench.lower(16);
    bench.set_entry(16, 0x50 | LEVEL);
    assert_eq!(bench.vectors(), []);
    bench.set_entry(16, 0x50 | LEVEL | MASKED);
    bench.raise(16);
    bench.set_entry(16, 0x50 | LEVEL);
    assert_eq!(bench.vectors(), [0x50]);
}

#[test]
fn an_end_while_masked_clears_remote_irr() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL);
    bench.raise(16);
    bench.set_entry(16, 0x50 | LEVEL | MASKED);
    bench.end(0x50);
    assert_eq!(bench.entry(16), 0x50 | LEVEL | MASKED);
    bench.set_entry(16, 0x50 | LEVEL);
    assert_eq!(bench.vectors(), [0x50, 0x50]);
}

#[test]
fn an_end_reaches_all_entries_with_its_vector_and_no_other() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL);
    bench.set_entry(17, 0x50 | LEVEL);
    bench.set_entry(18, 0x51 | LEVEL);
    for line in 16..19 {
        bench.raise(line);
    }
    bench.sent.clear();
    bench.end(0x50);
    assert_eq!(bench.vectors(), [0x50, 0x50]);
}

#[test]
fn the_eoi_register_ends_like_a_broadcast() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL);
    bench.raise(16);
    bench.lower(16);
    bench.write(0x40, 0x51);
    assert_eq!(bench.entry(16), 0x50 | LEVEL | REMOTE_IRR);
    bench.write(0x40, 0x50);
    assert_eq!(bench.entry(16), 0x50 | LEVEL);
}

#[test]
fn a_write_cannot_touch_remote_irr_but_as_edge_it_clears_it() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x50 | LEVEL);
    bench.raise(16);
    bench.lower(16);
    bench.set_entry(16, 0x50 | LEVEL);
    assert_eq!(bench.entry(16), 0x50 | LEVEL | REMOTE_IRR);
    bench.set_entry(16, 0x50 | MASKED);
    bench.set_entry(16, 0x50 | LEVEL);
    assert_eq!(bench.entry(16), 0x50 | LEVEL);
}

#[test]
fn nmi_is_an_edge_even_in_a_level_triggered_entry() {
    let mut bench = Bench::new();
    bench.set_entry(16, 0x400 | LEVEL);
    bench.raise(16);
    assert_eq!(bench.sent, [Msi::new(0, false, 0, DeliveryMode::Nmi, false)]);
    assert_eq!(bench.entry(16), 0x400 | LEVEL);
}
