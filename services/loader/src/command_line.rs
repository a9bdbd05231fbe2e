//! The command line of a Linux guest.

use crate::LoadError;
use bulkhead_protocol::config::MAX_COMMAND_LINE;
use core::fmt::Write;
use heapless::String;

/// With it Linux need not measure the TSC against a timer, which can fail where the timer is slow to answer.
const RATE: &str = "tsc_early_khz=";

/// The longest that [`with_tsc_rate`] makes.
const LONGEST: usize = MAX_COMMAND_LINE + 40;

/// The arguments, with the TSC's rate if they do not say it and it is known.
pub(crate) fn with_tsc_rate(arguments: &str, tsc_hz: u64) -> Result<String<LONGEST>, LoadError> {
    let mut line = String::try_from(arguments).map_err(|_| LoadError::CommandLineTooLong)?;
    let khz = tsc_hz / 1000;
    if khz != 0 && !arguments.split_ascii_whitespace().any(|word| word.starts_with(RATE)) {
        let space = if line.is_empty() { "" } else { " " };
        write!(line, "{space}{RATE}{khz}").map_err(|_| LoadError::CommandLineTooLong)?;
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn the_rate_is_appended_in_kilohertz() {
        assert_eq!(
            with_tsc_rate("console=ttyS0", 2_400_000_999).unwrap(),
            "console=ttyS0 tsc_early_khz=2400000"
        );
        assert_eq!(with_tsc_rate("", 1_000_000).unwrap(), "tsc_early_khz=1000");
    }

    #[test]
    fn a_rate_that_is_given_or_unknown_is_left_alone() {
        assert_eq!(with_tsc_rate("tsc_early_khz=5 quiet", 9_000_000).unwrap(), "tsc_early_khz=5 quiet");
        assert_eq!(with_tsc_rate("quiet", 0).unwrap(), "quiet");
    }
}
