//! The commands about the language of manifests.

use super::{misread, number, path};
use crate::Failure;
use crate::command::Command;
use lexopt::Parser;
use lexopt::prelude::Long;

pub(super) fn parse_schema(parser: &mut Parser) -> Result<Command, Failure> {
    let mut board = false;
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("board") => board = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Schema { board })
}

pub(super) fn parse_board(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut log, mut out) = (None, None);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("from-log") => log = Some(path(parser)?),
            Long("out") => out = Some(path(parser)?),
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Board { log, out })
}

pub(super) fn parse_fuzz(parser: &mut Parser) -> Result<Command, Failure> {
    let (mut inputs, mut install) = (1_000_000, false);
    while let Some(argument) = parser.next().map_err(misread)? {
        match argument {
            Long("inputs") => inputs = number(parser, "--inputs")?,
            Long("install") => install = true,
            other => return Err(misread(other.unexpected())),
        }
    }
    Ok(Command::Fuzz { inputs, install })
}
