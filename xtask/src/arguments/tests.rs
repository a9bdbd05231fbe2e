//! Commands are understood, and what is not is refused with advice.

use super::parse;
use crate::command::{Command, Stage};
use crate::emulator::Kind;
use lexopt::Parser;

fn read(words: &[&str]) -> Result<Command, crate::Failure> {
    parse(Parser::from_args(words.iter().copied()))
}

#[test]
fn no_words_show_the_help() {
    assert_eq!(read(&[]).unwrap(), Command::Help);
    assert_eq!(read(&["--help"]).unwrap(), Command::Help);
}

#[test]
fn run_takes_its_options_in_any_order() {
    let Command::Run(options) =
        read(&["run", "--cpus", "2", "--emulator=bochs", "--manifest", "a.toml"]).unwrap()
    else {
        panic!("not a run");
    };
    assert_eq!(options.cpus, Some(2));
    assert_eq!(options.emulator, Kind::Bochs);
    assert_eq!(options.manifest.to_str(), Some("a.toml"));
}

#[test]
fn an_unknown_command_points_to_the_help() {
    let failure = read(&["rnu"]).unwrap_err();
    assert!(failure.message.contains("rnu"));
    assert!(failure.help.unwrap().contains("help"));
    assert_eq!(failure.status, 2);
}

#[test]
fn an_unknown_option_names_itself() {
    assert!(read(&["run", "--colour"]).unwrap_err().message.contains("--colour"));
    assert!(read(&["build", "--fast"]).unwrap_err().message.contains("--fast"));
}

#[test]
fn an_unknown_emulator_lists_those_that_exist() {
    let failure = read(&["run", "--emulator", "kvm"]).unwrap_err();
    assert!(failure.help.unwrap().contains("qemu or bochs"));
}

#[test]
fn numbers_must_be_numbers() {
    assert!(read(&["run", "--cpus", "two"]).unwrap_err().message.contains("two"));
    assert!(read(&["run", "--cpus", "-1"]).is_err());
}

#[test]
fn test_stages_are_words() {
    assert_eq!(
        read(&["test", "--stage", "host"]).unwrap(),
        Command::Test { stage: Stage::Host, install: false }
    );
}

#[test]
fn check_needs_a_file() {
    assert!(read(&["check"]).is_err());
}

#[test]
fn corpse_takes_a_log_and_perhaps_a_manifest() {
    let expected = Command::Corpse { log: "-".into(), manifest: Some("a.toml".into()) };
    assert_eq!(read(&["corpse", "--manifest", "a.toml", "-"]).unwrap(), expected);
    assert!(read(&["corpse"]).unwrap_err().message.contains("log"));
    assert!(read(&["corpse", "a", "b"]).is_err());
}

#[test]
fn report_and_graph_want_a_manifest() {
    for command in ["report", "graph"] {
        let failure = read(&[command]).unwrap_err();
        assert!(failure.message.contains(command) && failure.help.unwrap().contains("manifests/"));
    }
    let Command::Report { format, html, .. } = read(&["report", "a.toml", "--format", "json"]).unwrap()
    else {
        panic!("not a report");
    };
    assert_eq!((format, html), (crate::report::Format::Json, None));
    let Command::Graph { out, .. } = read(&["graph", "a.toml", "-o", "a.svg"]).unwrap() else {
        panic!("not a graph");
    };
    assert_eq!(out.unwrap().to_str(), Some("a.svg"));
}
