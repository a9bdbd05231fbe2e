//! What a console with several guests shows, taken apart again.

/// What one guest wrote: its lines without their prefixes and ends, one behind the other.
///
/// A line that another one interrupted goes on behind a second prefix, even between its carriage return and its line
/// feed. So line ends say nothing and are left out.
pub(crate) fn written_by(screen: &str, guest: &str) -> String {
    let prefix = format!("[{guest}] ");
    let lines = screen.split('\n').filter_map(|line| line.strip_prefix(prefix.as_str()));
    lines.map(|line| line.trim_end_matches('\r')).collect()
}

/// What the only guest wrote: all lines but those of the core and of these tasks, without line ends, one behind the other.
///
/// Its lines have no prefix. A line of the log ends the guest's line before it, which goes on behind the log.
pub(crate) fn beside_log<'a>(screen: &str, tasks: impl IntoIterator<Item = &'a str>) -> String {
    let writers: Vec<_> = tasks.into_iter().chain(["bulkhead"]).map(|task| format!("{task}: ")).collect();
    let lines = screen.split('\n').filter(|line| !writers.iter().any(|writer| line.starts_with(writer)));
    lines.map(|line| line.trim_end_matches('\r')).collect()
}

#[cfg(test)]
mod tests {
    use super::{beside_log, written_by};

    #[test]
    fn interrupted_lines_are_joined() {
        let screen = "log\r\n[red] he\r\n[blue] [red] is not me\r\n[red] llo\r\n";
        assert_eq!(written_by(screen, "red"), "hello");
        assert_eq!(written_by(screen, "blue"), "[red] is not me");
    }

    #[test]
    fn lines_are_joined_that_were_interrupted_within_their_end() {
        let screen = "[red] one\r\r\n[blue] two\r\n[red] \n[blue] three\r\n[red] four\r\n";
        assert_eq!(written_by(screen, "red"), "onefour");
        assert_eq!(written_by(screen, "blue"), "twothree");
    }

    #[test]
    fn lines_that_the_log_interrupted_are_joined() {
        let screen = "bulkhead: a\r\none tw\r\nlinux.vuart: b\r\nbulkhead: c\r\no\r\n\r\nthree: 3\r\n";
        assert_eq!(beside_log(screen, ["linux.vuart"]), "one twothree: 3");
    }
}
