//! Campaigns on the host: the bench of `tests/campaign`, and its result in the form of all reports.

use super::report::{Cell, Miss, Report, promise};
use crate::command::InjectOptions;
use crate::{Failure, toolchain};
use bulkhead_abi::inject::InjectKind;
use bulkhead_schema::Campaign;
use jzon::JsonValue;

/// Builds the bench and runs it; its report.
pub(super) fn run(campaign: &Campaign, options: &InjectOptions) -> Result<Report, Failure> {
    let faults = options.runs.map_or(campaign.faults, |runs| runs.saturating_mul(64));
    let mut arguments =
        vec!["--seed".into(), campaign.seed.to_string(), "--faults".into(), faults.to_string()];
    let is_all = InjectKind::ALL.iter().all(|kind| campaign.has(*kind));
    for kind in InjectKind::ALL.iter().filter(|kind| !is_all && campaign.has(**kind)) {
        arguments.extend(["--kind".to_owned(), kind.name().to_owned()]);
    }
    for server in &campaign.servers {
        let name = server.rsplit_once('.').map_or(server.as_str(), |(_, name)| name);
        arguments.extend(["--server".to_owned(), name.to_owned()]);
    }
    let mut command = toolchain::cargo();
    command.args(["run", "--quiet", "--profile", "campaign", "--package", "campaign", "--"]);
    command.args(&arguments).arg("--json");
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| Failure::new(format!("cargo cannot be started: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let json = jzon::parse(&text)
        .map_err(|error| Failure::new(format!("the host's campaign ended without a report: {error}")))?;
    Ok(converted(campaign, options, &json, &arguments.join(" ")))
}

fn converted(campaign: &Campaign, options: &InjectOptions, json: &JsonValue, arguments: &str) -> Report {
    let mut report = Report::new(campaign, options);
    report.runs = 1;
    report.waiting = number(&json["missed"]);
    for (kind, servers) in json["faults"].entries() {
        for (server, outcomes) in servers.entries() {
            report.cells.insert((kind.into(), server.into()), cell(kind, outcomes));
        }
    }
    report.cells.insert(("several-at-once".into(), "all".into()), cell("several-at-once", &json["storms"]));
    for failure in json["failures"].members().filter_map(JsonValue::as_str) {
        let (case, what) = failure.split_once(": ").unwrap_or((failure, ""));
        report.misses.push(Miss {
            fault: what.into(),
            reasons: Vec::new(),
            replay: format!("cargo run --profile campaign -p campaign -- {arguments} --case {case}"),
            is_broken: true,
        });
    }
    report
}

fn cell(kind: &str, outcomes: &JsonValue) -> Cell {
    let effects = outcomes["effects"].entries().map(|(name, count)| (name.to_owned(), number(count)));
    let effects: std::collections::BTreeMap<_, _> = effects.collect();
    let injected = number(&outcomes["injected"]);
    let recovered = if promise(kind) == "exact" {
        number(&outcomes["recovered"])
    } else {
        injected - effects.get("stuck").copied().unwrap_or(0)
    };
    let turns = outcomes["turns"].entries();
    let times = turns.flat_map(|(turns, count)| {
        let turns = turns.parse().unwrap_or(0);
        (0..number(count)).map(move |_| turns)
    });
    Cell { injected, contained: number(&outcomes["contained"]), recovered, effects, times: times.collect() }
}

fn number(value: &JsonValue) -> u64 {
    value.as_u64().unwrap_or(0)
}
