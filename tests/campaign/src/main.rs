//! Runs a campaign, or plays one of its cases again.
//!
//! `campaign [--seed N] [--faults N] [--steps N] [--restart-nanos N] [--kind NAME]… [--server NAME]… [--json]
//! [--case GROUP.NUMBER]`, or `campaign soak [--seed N] [--cycles N] [--mortality N]`. Build it with the profile `campaign`: panics of servers must unwind.

use campaign::soak::soak;
use campaign::{Case, FaultKind, Plan, Server, play, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    if words.next_if_eq("soak").is_some() {
        return match soak_arguments(words) {
            Ok((seed, cycles, mortality)) => {
                let soaked = soak(seed, cycles, mortality);
                print!("{soaked}");
                code(soaked.wrong.is_none())
            }
            Err(problem) => {
                eprintln!("{problem}");
                ExitCode::from(2)
            }
        };
    }
    match arguments(std::env::args().skip(1)) {
        Ok((plan, Some(case), _)) => {
            let played = play(&plan, case);
            print!("{played}");
            code(played.holds())
        }
        Ok((plan, None, json)) => {
            let report = run(&plan);
            if json {
                println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
            } else {
                print!("{report}");
                if report.failed > 0 {
                    println!("play a case again: the same arguments and --case GROUP.NUMBER");
                }
            }
            code(report.failed == 0)
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn soak_arguments(mut arguments: impl Iterator<Item = String>) -> Result<(u64, u32, u64), String> {
    let (mut seed, mut cycles, mut mortality) = (1, 1_000, 20);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} needs a value"))?;
        let number = value.parse::<u64>().map_err(|_| format!("{name}: {value} is no number"))?;
        match name.as_str() {
            "--seed" => seed = number,
            "--cycles" => {
                cycles = u32::try_from(number).map_err(|_| format!("{name}: {value} is too many"))?
            }
            "--mortality" => mortality = number,
            _ => return Err(format!("{name} is no option")),
        }
    }
    Ok((seed, cycles, mortality))
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments(mut arguments: impl Iterator<Item = String>) -> Result<(Plan, Option<Case>, bool), String> {
    let mut plan = Plan::all(1, 100_000);
    let (mut kinds, mut servers) = (Vec::new(), Vec::new());
    let (mut case, mut json) = (None, false);
    while let Some(name) = arguments.next() {
        if name == "--json" {
            json = true;
            continue;
        }
        let value = arguments.next().ok_or(format!("{name} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{name}: {value} is no number"));
        match name.as_str() {
            "--seed" => plan.seed = number()?,
            "--faults" => plan.faults = number()?,
            "--steps" => plan.steps = number()?,
            "--restart-nanos" => plan.restart_nanos = number()?,
            "--kind" => {
                kinds.push(FaultKind::from_name(&value).ok_or(format!("no fault is called {value}"))?)
            }
            "--server" => {
                servers.push(Server::from_name(&value).ok_or(format!("no server is called {value}"))?)
            }
            "--case" => {
                let parts = value.split_once('.').and_then(|(group, number)| {
                    Some(Case { group: group.parse().ok()?, number: number.parse().ok()? })
                });
                case = Some(parts.ok_or(format!("{value} is not GROUP.NUMBER"))?);
            }
            _ => return Err(format!("{name} is no option")),
        }
    }
    if !kinds.is_empty() {
        plan.kinds = kinds;
    }
    if !servers.is_empty() {
        plan.servers = servers;
    }
    Ok((plan, case, json))
}
