//! What is wrong with a line, and what would be right.

use crate::command::{COMMANDS, Command, Kind};
use crate::nearest::nearest;
use crate::order::LEVELS;
use bulkhead_protocol::config::ShellVm;
use core::fmt::{self, Display, Formatter, Write as _};

/// A mistake.
#[derive(Debug)]
pub(crate) enum Mistake<'l> {
    UnknownCommand(&'l str),
    Missing { command: &'static Command, what: Kind },
    TooMuch { command: &'static Command, word: &'l str },
    UnknownVm { word: &'l str, vms: &'l [ShellVm] },
    UnknownVcpu { vm: &'l ShellVm, word: &'l str },
    UnknownDevice { vm: &'l ShellVm, word: &'l str },
    UnknownLevel(&'l str),
    NoNumber { what: Kind, word: &'l str },
    NoEnding(&'l str),
}

impl Display for Mistake<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand(word) => {
                write!(f, "there is no command `{word}`")?;
                did_you_mean(f, word, COMMANDS.iter().map(|command| command.name))?;
                f.write_str(" `help` lists all.")
            }
            Self::Missing { command, what } => {
                write!(f, "`{}` lacks its {}: {command}", command.name, what.name())
            }
            Self::TooMuch { command, word } => {
                write!(f, "`{}` has no use for `{word}`: {command}", command.name)
            }
            Self::UnknownVm { word, vms } => {
                write!(f, "there is no VM `{word}`")?;
                did_you_mean(f, word, vms.iter().map(|vm| vm.name.as_str()))?;
                there_are(f, vms.iter().map(|vm| vm.name.as_str()))
            }
            Self::UnknownVcpu { vm, word } => {
                let last = vm.vcpus.len().saturating_sub(1);
                write!(f, "VM {} has no vCPU `{word}`: its vCPUs are 0 to {last}", vm.name)
            }
            Self::UnknownDevice { vm, word } => {
                write!(f, "VM {} has no device `{word}`", vm.name)?;
                did_you_mean(f, word, vm.devices.iter().map(|(name, _)| name.as_str()))?;
                there_are(f, vm.devices.iter().map(|(name, _)| name.as_str()))
            }
            Self::UnknownLevel(word) => {
                write!(f, "there is no level `{word}`")?;
                did_you_mean(f, word, LEVELS.iter().map(|(name, _)| *name))?;
                there_are(f, LEVELS.iter().map(|(name, _)| *name))
            }
            Self::NoEnding(word) => {
                write!(f, "`{word}` is neither `force` nor a number of seconds, at most 4294967.")
            }
            Self::NoNumber { what, word } => {
                write!(f, "`{word}` is no {}: write it as 4096 or 0x1000", what.name())
            }
        }
    }
}

fn did_you_mean<'w>(f: &mut Formatter<'_>, word: &str, words: impl Iterator<Item = &'w str>) -> fmt::Result {
    match nearest(word, words) {
        Some(meant) => write!(f, ". Did you mean `{meant}`?"),
        None => f.write_char('.'),
    }
}

fn there_are<'w>(f: &mut Formatter<'_>, mut words: impl Iterator<Item = &'w str>) -> fmt::Result {
    match words.next() {
        None => f.write_str(" There is none."),
        Some(first) => {
            write!(f, " There are: {first}")?;
            words.try_for_each(|word| write!(f, ", {word}"))
        }
    }
}
