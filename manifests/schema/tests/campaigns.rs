//! The campaigns of the repository are good; what is wrong with one is explained at its line.

use bulkhead_schema::{Campaign, CampaignPlace, load_campaign};
use std::fs;

const SHORTEST: &str = "name = \"a\"\nsystem = \"b.toml\"\nservers = [\"vm.*\"]\nfaults = 10\n";

fn accepted(text: &str) -> Campaign {
    load_campaign("test", text).result.unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn refused(text: &str) -> Vec<(usize, String)> {
    let loaded = load_campaign("test", text);
    let problems = loaded.result.expect_err("the campaign should be refused");
    problems.iter().map(|problem| (problem.position(&loaded.sources).0, problem.title.clone())).collect()
}

#[test]
fn all_campaigns_of_the_repository_are_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../campaigns");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        accepted(&fs::read_to_string(entry.unwrap().path()).unwrap());
        seen += 1;
    }
    assert!(seen >= 6);
}

#[test]
fn what_is_left_out_has_a_default() {
    let campaign = accepted(SHORTEST);
    let Campaign { orders, rounds, first, seed, goal, .. } = campaign;
    assert_eq!((orders, rounds, first, seed, goal), (16, 40, 4, 1, 999));
    assert_eq!(campaign.kinds.count_ones(), 35);
    assert!(campaign.strikes("vm.vuart") && !campaign.strikes("other.vuart"));
    assert_eq!(campaign.rate("vm.vuart"), 4);
}

#[test]
fn a_rate_is_that_of_the_first_pattern_that_fits() {
    let rates = "rate = [{ server = \"vm.vuart\", events = 60 }, { server = \"vm.*\", events = 9 }]\n";
    let campaign = accepted(&format!("{SHORTEST}{rates}"));
    assert_eq!((campaign.rate("vm.vuart"), campaign.rate("vm.vpic")), (60, 9));
}

#[test]
fn a_campaign_on_the_host_needs_no_system() {
    let campaign = accepted("name = \"a\"\nmachine = \"host\"\nfaults = 10\n");
    assert_eq!(campaign.place, CampaignPlace::Host);
}

#[test]
fn each_mistake_is_reported_at_its_line() {
    for line in [
        "kinds = [\"panik\"]",
        "orders = 0",
        "goal = 1001",
        "rate = [{ server = \"vm.vuart\", events = 0 }]",
        "machine = \"moon\"",
        "round = 3",
        "seed = \"one\"",
    ] {
        let problems = refused(&format!("{SHORTEST}{line}\n"));
        assert!(problems.iter().all(|(at, _)| *at == 5), "{line}: {problems:?}");
    }
    assert!(!refused("name = \n").is_empty());
}

#[test]
fn a_campaign_in_an_emulator_needs_a_system_and_victims() {
    let problems = refused("name = \"a\"\nfaults = 10\n");
    assert!(problems.iter().any(|(_, title)| title.contains("no `system`")), "{problems:?}");
    assert!(problems.iter().any(|(_, title)| title.contains("no `servers`")), "{problems:?}");
}
