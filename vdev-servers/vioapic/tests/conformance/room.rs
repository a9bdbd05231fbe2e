//! More interrupts than one event can carry.

use super::*;

#[test]
fn what_finds_no_room_shows_as_pending_and_leaves_with_the_next_event() {
    let mut bench = Bench::new();
    for pin in 0..24 {
        bench.set_entry(pin, (0x40 + u64::from(pin)) | if pin < 12 { LEVEL } else { 0 });
    }
    bench.level = 1 << 63 | 0x00ff_fffb;
    bench.signal(bench.level, 0, VectorSet::default());
    assert_eq!(bench.vectors(), (0x40..0x50).collect::<Vec<u8>>());
    assert_eq!(bench.chip.deadline(), Some(Nanos(0)));
    let mut outcome = Outcome::new();
    while outcome.interrupt(Msi::default()) {}
    bench.chip.write(Access::mmio(BASE, Width::Double), 0x10 + 2 * 23, NOW, &mut outcome);
    let low = bench.chip.read(Access::mmio(BASE + 0x10, Width::Double), NOW, &mut outcome);
    assert_eq!(low, 0x57 | 1 << 12);
    bench.tick();
    assert_eq!(bench.vectors(), (0x50..0x58).collect::<Vec<u8>>());
    assert_eq!(bench.chip.deadline(), None);
    assert_eq!(bench.entry(23), 0x57);
}

/// A chip whose pin 23 has taken an edge that found no room.
fn with_a_waiting_edge() -> Bench {
    let mut bench = Bench::new();
    bench.set_entry(23, 0x57);
    let lines = LineChange { level: 0, rose: 1 << 23, fell: 1 << 23 };
    let mut outcome = Outcome::new();
    while outcome.interrupt(Msi::default()) {}
    bench.chip.signal(&Signal { bits: 0, lines, eoi: VectorSet::default() }, NOW, &mut outcome);
    assert_eq!(bench.chip.deadline(), Some(Nanos(0)));
    bench
}

/// Writes the low half of pin 23's entry in events without room.
fn write_without_room(bench: &mut Bench, bits: u64) {
    let mut outcome = Outcome::new();
    while outcome.interrupt(Msi::default()) {}
    bench.chip.write(Access::mmio(BASE, Width::Double), 0x10 + 2 * 23, NOW, &mut outcome);
    bench.chip.write(Access::mmio(BASE + 0x10, Width::Double), bits, NOW, &mut outcome);
}

#[test]
fn an_edge_that_was_taken_survives_a_mask_that_comes_before_its_room() {
    let mut bench = with_a_waiting_edge();
    write_without_room(&mut bench, 0x57 | MASKED);
    bench.tick();
    assert_eq!(bench.vectors(), []);
    bench.set_entry(23, 0x57);
    assert_eq!(bench.vectors(), [0x57]);
    bench.tick();
    assert_eq!(bench.vectors(), []);
}

#[test]
fn an_edge_that_waits_for_room_is_dropped_when_its_entry_becomes_level_triggered() {
    let mut bench = with_a_waiting_edge();
    write_without_room(&mut bench, 0x57 | LEVEL);
    bench.set_entry(23, 0x57);
    bench.tick();
    assert_eq!(bench.vectors(), []);
}
