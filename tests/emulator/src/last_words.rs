//! What a failed test shows of its machine.

use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Lines shown of each source.
const LINES: usize = 40;

/// The ends of a machine's serial output and of its emulator's log, and how it ended.
pub(crate) fn last_words(serial: &str, log: Option<&Path>, end: &str) -> String {
    let mut text = section("serial output", serial);
    if let Some(log) = log {
        let bytes = fs::read(log).unwrap_or_default();
        text += &section(&log.display().to_string(), &String::from_utf8_lossy(&bytes));
    }
    let _ = write!(text, "--- the machine: {end}");
    text
}

fn section(title: &str, content: &str) -> String {
    let lines: Vec<&str> = content.lines().collect();
    let tail = lines.len().saturating_sub(LINES);
    let mut text = format!("--- the last of {title}\n");
    for line in &lines[tail..] {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn only_the_end_of_long_output_is_shown() {
        let serial: String = (0..1000).map(|number| format!("line {number}\r\n")).collect();
        let text = last_words(&serial, None, "ended with code 1");
        assert!(text.contains("line 999\n") && !text.contains("line 900\n"));
        assert!(text.ends_with("ended with code 1"));
    }
}
