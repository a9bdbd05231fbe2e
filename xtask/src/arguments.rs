//! The command line.

use crate::Failure;
use crate::command::{Command, InjectOptions, RunOptions, SoakOptions, Stage};
use crate::emulator::Kind;
use crate::report::Format;
use crate::workspace;
use lexopt::prelude::{Long, Short, Value};
use lexopt::{Arg, Parser, ValueExt};
use std::path::PathBuf;
use std::time::Duration;

/// What `help` shows.
pub const HELP: &str = include_str!("arguments/help.txt");
/// Reads the command line.
///
/// # Errors
/// It makes no sense.
pub fn parse(mut parser: Parser) -> Result<Command, Failure> {
    let Some(first) = parser.next().map_err(misread)? else { return Ok(Command::Help) };
    let name = match first {
        Value(name) => name.string().map_err(misread)?,
        Long("help") | Short('h') => return Ok(Command::Help),
        other => return Err(misread(other.unexpected())),
    };
    match name.as_str() {
        "help" => Ok(Command::Help),
        "build" => nothing_more(&mut parser, Command::Build),
        "image" => parse_image(&mut parser),
        "iso" => parse_iso(&mut parser),
        "run" => parse_run(&mut parser).map(Command::Run),
        "check" => parse_check(&mut parser),
        "graph" => parse_graph(&mut parser),
        "report" => parse_report(&mut parser),
        "simulate" => {
            parse_random(&mut parser, "sets", 10_000).map(|(seed, sets, _)| Command::Simulate { seed, sets })
        }
        "soak-manifests" => parse_random(&mut parser, "runs", 50)
            .map(|(seed, runs, smp)| Command::SoakManifests { seed, runs, smp }),
        "schema" => language::parse_schema(&mut parser),
        "board" => language::parse_board(&mut parser),
        "fuzz" => language::parse_fuzz(&mut parser),
        "test" => parse_test(&mut parser),
        "corpse" => parse_corpse(&mut parser),
        "soak" => parse_soak(&mut parser).map(Command::Soak),
        "inject" => parse_inject(&mut parser).map(Command::Inject),
        "bench" => parse_bench(&mut parser),
        other => Err(misread(lexopt::Error::from(format!("there is no command `{other}`")))),
    }
}

fn misread(error: lexopt::Error) -> Failure {
    Failure::new(error.to_string()).help("`cargo xtask help` shows what there is")
}

fn nothing_more(parser: &mut Parser, command: Command) -> Result<Command, Failure> {
    match parser.next().map_err(misread)? {
        None => Ok(command),
        Some(argument) => Err(misread(argument.unexpected())),
    }
}

fn default_manifest() -> PathBuf {
    workspace::root().join("manifests/single-linux.toml")
}

fn parse_image(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut manifest, mut out) = (default_manifest(), None);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("manifest") => manifest = path(parser)?,
            Long("out") => out = Some(path(parser)?),
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Image { manifest, out })
}

fn parse_iso(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut manifest, mut out, mut install) = (default_manifest(), None, false);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("manifest") => manifest = path(parser)?,
            Long("out") => out = Some(path(parser)?),
            Long("install") => install = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Iso { manifest, out, install })
}

fn parse_run(parser: &mut Parser) -> Result<RunOptions, Failure> {
    let mut options = RunOptions {
        manifest: default_manifest(),
        emulator: Kind::Qemu,
        cpus: None,
        memory: None,
        timeout: None,
        append: String::new(),
        counted: false,
        install: false,
    };
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("manifest") => options.manifest = path(parser)?,
            Long("emulator") => {
                options.emulator = emulator(parser)?;
            }
            Long("cpus") => options.cpus = Some(number(parser, "--cpus")?),
            Long("memory") => options.memory = Some(number(parser, "--memory")?),
            Long("timeout") => {
                options.timeout = Some(Duration::from_secs(number(parser, "--timeout")?));
            }
            Long("append") => options.append = text(parser)?,
            Long("counted") => options.counted = true,
            Long("install") => options.install = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(options)
}

fn parse_soak(parser: &mut Parser) -> Result<SoakOptions, Failure> {
    let mut options = SoakOptions { emulator: Kind::Qemu, cycles: 100, seed: 1, install: false };
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("emulator") => {
                options.emulator =
                    choice(parser, "emulator", &[("qemu", Kind::Qemu), ("bochs", Kind::Bochs)])?;
            }
            Long("cycles") => options.cycles = number(parser, "--cycles")?,
            Long("seed") => options.seed = number(parser, "--seed")?,
            Long("install") => options.install = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(options)
}

fn parse_check(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut manifests, mut format) = (Vec::new(), Format::Text);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Arg::Value(path) => manifests.push(path.into()),
            Long("format") => {
                format = choice(parser, "format", &[("text", Format::Text), ("json", Format::Json)])?;
            }
            other => return Err(misread(other.unexpected())),
        }
    }
    if manifests.is_empty() {
        return Err(
            Failure::new("check needs a manifest").help("cargo xtask check manifests/single-linux.toml")
        );
    }
    Ok(Command::Check { manifests, format })
}

fn parse_graph(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut manifest, mut out) = (None, None);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Arg::Value(path) if manifest.is_none() => manifest = Some(path.into()),
            Short('o') | Long("out") => out = Some(path(parser)?),
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Graph { manifest: manifest.ok_or_else(|| no_manifest("graph"))?, out })
}

fn parse_report(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut manifest, mut format, mut html) = (None, Format::Text, None);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Arg::Value(path) if manifest.is_none() => manifest = Some(path.into()),
            Long("format") => {
                format = choice(parser, "format", &[("text", Format::Text), ("json", Format::Json)])?;
            }
            Long("html") => html = Some(path(parser)?),
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Report { manifest: manifest.ok_or_else(|| no_manifest("report"))?, format, html })
}

/// A seed, how many of what, and whether on several CPUs.
fn parse_random(parser: &mut Parser, what: &str, default: u64) -> Result<(u64, u64, bool), Failure> {
    let (mut seed, mut count, mut smp) = (0, default, false);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("seed") => seed = number(parser, "--seed")?,
            Long("smp") if what == "runs" => smp = true,
            Long(option) if option == what => count = number(parser, "--sets or --runs")?,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok((seed, count, smp))
}

fn no_manifest(command: &str) -> Failure {
    Failure::new(format!("{command} needs a manifest"))
        .help(format!("cargo xtask {command} manifests/single-linux.toml"))
}

fn parse_test(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut stage, mut install) = (Stage::All, false);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("stage") => {
                let stages = [
                    ("host", Stage::Host),
                    ("qemu", Stage::Qemu),
                    ("bochs", Stage::Bochs),
                    ("all", Stage::All),
                ];
                stage = choice(parser, "stage", &stages)?;
            }
            Long("install") => install = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Test { stage, install })
}

fn parse_corpse(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut log, mut manifest) = (None, None);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Arg::Value(path) if log.is_none() => log = Some(path.into()),
            Long("manifest") => manifest = Some(path(parser)?),
            other => return Err(misread(other.unexpected())),
        }
    }
    let help = "cargo xtask corpse console.log, or - for standard input";
    let log = log.ok_or_else(|| Failure::new("corpse needs the log of a console").help(help))?;
    Ok(Command::Corpse { log, manifest })
}

fn parse_inject(parser: &mut Parser) -> Result<InjectOptions, Failure> {
    let mut campaign = None;
    let (mut runs, mut seed, mut run) = (None, None, None);
    let (mut kind, mut out, mut install) = (Kind::Qemu, None, false);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("campaign") => campaign = Some(path(parser)?),
            Long("runs") => runs = Some(number(parser, "--runs")?),
            Long("seed") => seed = Some(number(parser, "--seed")?),
            Long("run") => run = Some(number(parser, "--run")?),
            Long("emulator") => kind = emulator(parser)?,
            Long("out") => out = Some(path(parser)?),
            Long("install") => install = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    let help = "cargo xtask inject --campaign manifests/campaigns/short.toml";
    let campaign = campaign.ok_or_else(|| Failure::new("inject needs a campaign").help(help))?;
    Ok(InjectOptions { campaign, runs, seed, run, emulator: kind, out, install })
}

fn emulator(parser: &mut Parser) -> Result<Kind, Failure> {
    choice(parser, "emulator", &[("qemu", Kind::Qemu), ("bochs", Kind::Bochs)])
}

/// Everything after `bench` is for the measurements themselves.
fn parse_bench(parser: &mut Parser) -> Result<Command, Failure> {
    let arguments = parser.raw_args().map_err(misread)?;
    let arguments = arguments.map(|argument| argument.string().map_err(misread));
    Ok(Command::Bench { arguments: arguments.collect::<Result<_, _>>()? })
}

fn text(parser: &mut Parser) -> Result<String, Failure> {
    parser.value().and_then(ValueExt::string).map_err(misread)
}

fn path(parser: &mut Parser) -> Result<PathBuf, Failure> {
    parser.value().map(PathBuf::from).map_err(misread)
}

fn number<T: std::str::FromStr>(parser: &mut Parser, option: &str) -> Result<T, Failure> {
    let text = text(parser)?;
    text.parse().map_err(|_| Failure::new(format!("{option} takes a number, not `{text}`")))
}

fn choice<T: Copy>(parser: &mut Parser, what: &str, known: &[(&str, T)]) -> Result<T, Failure> {
    let word = text(parser)?;
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        Failure::new(format!("there is no {what} `{word}`")).help(format!("use {}", names.join(" or ")))
    })
}

mod language;

#[cfg(test)]
mod tests;
