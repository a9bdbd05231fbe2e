//! Why the tool gives up, and what to do about it.

use std::fmt;
use std::io;
use std::path::Path;

/// One readable reason.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Exit status: 1 for a check or test that failed, 2 for everything that kept the tool from its work.
    pub status: u8,
}

impl Failure {
    /// Something keeps the tool from its work.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, status: 2 }
    }

    /// The same, with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A check or test failed; the details have been shown.
    pub fn found(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, status: 1 }
    }

    /// A file cannot be used.
    #[must_use]
    pub fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {what} {}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
