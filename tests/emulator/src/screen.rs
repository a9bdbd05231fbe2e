//! What a console with several guests shows, taken apart again.

/// What one guest wrote: its lines without their prefixes and ends, one behind the other.
///
/// A line that another one interrupted goes on behind a second prefix. So line ends say nothing and are left out.
pub(crate) fn written_by(screen: &str, guest: &str) -> String {
    let prefix = format!("[{guest}] ");
    screen.split("\r\n").filter_map(|line| line.strip_prefix(prefix.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::written_by;

    #[test]
    fn interrupted_lines_are_joined() {
        let screen = "log\r\n[red] he\r\n[blue] [red] is not me\r\n[red] llo\r\n";
        assert_eq!(written_by(screen, "red"), "hello");
        assert_eq!(written_by(screen, "blue"), "[red] is not me");
    }
}
