//! The console, as the shell asks it: who has the keyboard, and how much of the log is shown.

use crate::{Text, config};
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// How much of the system's log the console shows.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, MaxSize, Schema,
)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// Also what may lead to a failure.
    Warning,
    /// Everything.
    #[default]
    Info,
}

interface! {
    /// Requests to the console by the shell alone.
    "terminal" = 8 {
        /// Gives the keyboard to the guest of this name; false if the console has no stream of it.
        Attach = attach(name: Text<{ config::NAME }>) -> bool;
        /// Shows only so much of the log from now on, or what it is if nothing is asked; the level that now holds.
        LogLevel = log_level(level: Option<LogLevel>) -> LogLevel;
    }
}
