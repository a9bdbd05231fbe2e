//! `help`.

use crate::command::{COMMANDS, Command};
use core::fmt::{Result, Write};

/// All commands, or one.
pub(super) fn write(command: Option<&'static Command>, out: &mut dyn Write) -> Result {
    if let Some(command) = command {
        return writeln!(out, "{command}\n  {}", command.summary);
    }
    for command in &COMMANDS {
        let mut usage = heapless::String::<32>::new();
        let _ = write!(usage, "{command}");
        writeln!(out, "  {usage:<30}{}", command.summary)?;
    }
    writeln!(out, "Tab completes, the arrow keys edit and recall. Ctrl-A h explains the console's keys.")
}
