//! Words that come back as they were.

use super::*;
use bulkhead_protocol::registry::{StateReason, VmRequest};

const KINDS: [ResetKind; 2] = [ResetKind::Cold, ResetKind::Warm];
const THEN: [AfterReset; 2] = [AfterReset::Hold, AfterReset::Start];

fn reasons() -> impl Iterator<Item = StateReason> {
    (0..=u8::MAX).map_while(|reason| decode(&[reason]).ok())
}

#[test]
fn every_order_comes_back_from_its_mark() {
    assert!(reasons().count() > 10);
    let mut mark = Mark::default();
    for (request, reason) in
        VmRequest::ALL.into_iter().flat_map(|request| reasons().map(move |r| (request, r)))
    {
        for (reset, then) in KINDS.into_iter().flat_map(|kind| THEN.map(|then| (kind, then))) {
            for number in [None, Some(VmNumber(0)), Some(VmNumber(u32::MAX - 1))] {
                let order = Order { request, reason, reset, then };
                let definition = u8::try_from(number.map_or(0, |number| number.0 & 15)).unwrap_or(0);
                let next = mark.next(definition, number, order);
                assert_ne!(next, mark);
                let back = Mark::from_bits(next.bits());
                assert_eq!((back.order(), back.number()), (Some(order), number));
                assert_eq!(back.definition(), definition);
                mark = next;
            }
        }
    }
}

#[test]
fn a_vm_that_nothing_was_done_with_has_no_order() {
    assert_eq!((Mark::default().order(), Mark::default().number()), (None, None));
}

#[test]
fn the_same_order_twice_has_two_marks() {
    let order = Order::new(VmRequest::Shutdown, StateReason::Requested);
    let first = Mark::default().next(0, None, order);
    assert_ne!(first.next(0, None, order), first);
}
