//! The terminal in raw mode: every key goes to the machine. Restored when the guard goes.

use std::io::{IsTerminal, stdin};
use std::process::{Command, Stdio};

/// Puts the terminal back as it was.
#[derive(Debug)]
pub struct Restore {
    settings: Option<String>,
}

/// Remembers the terminal's settings; without a terminal there is nothing to do.
#[must_use]
pub fn remember() -> Restore {
    let settings = stdin().is_terminal().then(|| stty(&["-g"])).flatten();
    Restore { settings: settings.map(|text| text.trim().to_owned()) }
}

/// Raw mode until the guard goes. Output keeps its line ends.
#[must_use]
pub fn raw() -> Restore {
    let restore = remember();
    if restore.settings.is_some() {
        stty(&["raw", "-echo", "opost"]);
    }
    restore
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(settings) = &self.settings {
            stty(&[settings]);
        }
    }
}

fn stty(arguments: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(arguments).stdin(Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
