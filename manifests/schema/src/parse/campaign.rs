//! Campaign files, `manifests/campaigns/`. Their keys are declared in `language/campaign.rs`.

use super::fields::Fields;
use super::inject;
use crate::campaign::{Campaign, FIRST, GOAL, ORDERS, PLACES, Place, ROUNDS};
use crate::language::CAMPAIGN;
use crate::problem::Problem;
use crate::rule::form::MISSING_KEY;
use crate::source::Span;
use crate::tree;
use bulkhead_abi::inject::InjectKind;

/// Reads a campaign; nothing if it is not whole.
pub(crate) fn read(entries: tree::Table, problems: &mut Vec<Problem>) -> Option<Campaign> {
    let names_kinds = tree::get(&entries, "kinds").is_some();
    let mut fields = Fields::of(entries, Span::default(), &CAMPAIGN, problems);
    let name = fields.text("name");
    let place = fields.choice("machine", &PLACES).map_or(Place::Emulator, |place| place.value);
    let system = fields.text("system").map(|system| system.value);
    let servers = fields.texts("servers");
    let servers: Vec<_> = servers.unwrap_or_default().into_iter().map(|server| server.value).collect();
    if place == Place::Emulator {
        require(&mut fields, "system", system.is_some(), "\"../../tests/manifests/campaign.toml\"");
        require(&mut fields, "servers", !servers.is_empty(), "[\"witness.*\"]");
    }
    let kinds = if names_kinds {
        inject::read_kinds(&mut fields)?.value
    } else {
        InjectKind::ALL.iter().fold(0, |mask, kind| mask | kind.bit())
    };
    let mut number = |name, usual| fields.number::<u32>(name).map_or(usual, |number| number.value);
    let (orders, first) = (number("orders", ORDERS), number("first", FIRST));
    let (rounds, goal) = (number("rounds", ROUNDS), number("goal", GOAL));
    let faults = fields.number("faults");
    let seed = fields.number("seed").map_or(1, |seed| seed.value);
    let mut rates = Vec::new();
    for (declared, value) in fields.tables("rate") {
        let Some(mut rate) = Fields::open(value, declared, fields.problems()) else { continue };
        if let (Some(server), Some(events)) = (rate.text("server"), rate.number("events")) {
            rates.push((server.value, events.value));
        }
    }
    let mut ends = Vec::new();
    for (declared, value) in fields.tables("ends") {
        let Some(mut end) = Fields::open(value, declared, fields.problems()) else { continue };
        if let (Some(vm), Some(reason)) = (end.text("vm"), end.text("reason")) {
            ends.push((vm.value, reason.value));
        }
    }
    let (name, faults) = (name?.value, faults?.value);
    Some(Campaign {
        name,
        place,
        system,
        servers,
        kinds,
        faults,
        orders,
        first,
        rounds,
        rates,
        ends,
        seed,
        goal,
    })
}

/// What only an emulator needs.
fn require(fields: &mut Fields<'_>, key: &str, is_there: bool, example: &str) {
    if !is_there {
        let span = fields.span();
        fields.problems().push(Problem::new(
            &MISSING_KEY,
            span,
            format!("a campaign in an emulator has no `{key}`"),
            format!("`{key}` is missing here"),
            format!("add for example `{key} = {example}`, or `machine = \"host\"`"),
        ));
    }
}
