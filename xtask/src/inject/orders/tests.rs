//! Decks are fair, repeatable and within the core's bounds.

use super::{Plan, Victim, stanzas};
use bulkhead_abi::inject::InjectKind;
use std::collections::BTreeMap;

fn plan(seed: u64) -> Plan {
    let victim = |task: &str| {
        let (exact, liars) = InjectKind::ALL.iter().partition(|kind| super::is_exact(**kind));
        Victim { task: task.into(), rate: 4, exact, liars }
    };
    let victims = ["a.vuart", "a.vpic", "a.vrtc"].map(victim).into();
    Plan { victims, seed, per_victim: 10, first: 4 }
}

#[test]
fn every_server_gets_every_kind_about_equally_often() {
    let plan = plan(1);
    let mut counts: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for order in (0..70).flat_map(|run| plan.orders(run)) {
        *counts.entry((order.task, order.kind.name())).or_default() += 1;
    }
    assert_eq!(counts.len(), 3 * InjectKind::ALL.len());
    let (least, most) = (counts.values().min().unwrap(), counts.values().max().unwrap());
    assert!(most - least <= 3, "{least} to {most}");
}

#[test]
fn a_boot_of_lies_and_one_of_deaths_touch_every_kind() {
    let plan = plan(1);
    let mut kinds: Vec<_> = (0..2).flat_map(|run| plan.orders(run)).map(|order| order.kind as u8).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), InjectKind::ALL.len());
}

#[test]
fn lies_have_boots_of_their_own() {
    let plan = plan(1);
    for run in 0..20 {
        let orders = plan.orders(run);
        let lies = orders.iter().filter(|order| !super::is_exact(order.kind)).count();
        assert!(lies == 0 || lies == orders.len(), "run {run}: {lies} of {}", orders.len());
    }
}

#[test]
fn the_same_seed_deals_the_same_orders_and_another_one_others() {
    assert_eq!(plan(1).orders(3), plan(1).orders(3));
    assert_ne!(plan(1).orders(3), plan(2).orders(3));
    assert_ne!(plan(1).orders(3), plan(1).orders(4));
}

#[test]
fn orders_are_stanzas_that_a_manifest_takes() {
    let text = format!(
        "[[vm]]\nname = \"a\"\nmemory = \"2 MiB\"\nboot = {{ protocol = \"flat\", kernel = \"x\" }}\n{}",
        stanzas(&plan(1).orders(0))
    );
    let system = bulkhead_schema::load_unchecked(&text).unwrap();
    assert_eq!(system.injections.len(), 30);
}
