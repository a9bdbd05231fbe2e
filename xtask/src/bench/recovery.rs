//! How long a guest waits for a server that dies: from the end of a life to the first request that the next one answers.

use super::count;
use crate::Failure;

/// Systems with a guest that writes through a serial port whose server is killed, and what is special about each.
const SYSTEMS: &[(&str, &str)] = &[
    ("tests/manifests/bench-recovery.toml", "with the default pause before the next life, 100 us"),
    ("tests/manifests/bench-recovery-at-once.toml", "without a pause (`backoff = \"1 us\"`)"),
];
/// Fewer deaths than this say nothing about their 99th percentile.
const ENOUGH: usize = 200;

/// Ticks of one death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Recovery {
    /// Until the next life began: the core, the supervisor's look, its report, the pause, the task's memory.
    start: u64,
    /// Until it had ended its first event.
    whole: u64,
}

/// Boots each system and prints what its deaths cost.
pub(super) fn print() -> Result<(), Failure> {
    println!(
        "\nfrom the end of a serial port's server to the first access that its next life answers, the guest writing:"
    );
    println!("  {:>9} {:>9} {:>9}", "median", "p99", "maximum");
    for (manifest, what) in SYSTEMS {
        let recoveries = recoveries(&count(manifest, "VMs are off")?);
        if recoveries.len() < ENOUGH {
            let message = format!("{manifest}: {} deaths, but {ENOUGH} are wanted", recoveries.len());
            return Err(Failure::found(message));
        }
        println!("  {} deaths {what}", recoveries.len());
        print_line("until the next life begins", recoveries.iter().map(|recovery| recovery.start));
        let rest = |recovery: &Recovery| recovery.whole.saturating_sub(recovery.start);
        print_line("from there to its first answer", recoveries.iter().map(rest));
        print_line("together", recoveries.iter().map(|recovery| recovery.whole));
    }
    Ok(())
}

fn print_line(what: &str, ticks: impl Iterator<Item = u64>) {
    let mut sorted: Vec<_> = ticks.collect();
    sorted.sort_unstable();
    let [median, high, most] = [50, 99, 100].map(|percent| percentile(&sorted, percent));
    println!("  {median:>9} {high:>9} {most:>9}  {what}");
}

/// The smallest value that so many of a hundred do not exceed; 0 if there is none.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// The core's lines `inject: task T kind K recovered after N ticks, M from the fault on, D to the next start`.
fn recoveries(transcript: &str) -> Vec<Recovery> {
    let recovery = |line: &str| {
        let (_, rest) = line.strip_prefix("bulkhead: inject: task ")?.split_once(" recovered after ")?;
        let mut numbers = rest.split([' ', ',']).filter_map(|word| word.parse().ok());
        let (whole, _, start) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some(Recovery { start, whole })
    };
    transcript.lines().filter_map(recovery).collect()
}

#[cfg(test)]
mod tests {
    use super::{Recovery, percentile, recoveries};

    #[test]
    fn a_recovery_is_read_with_its_parts() {
        let line = "x\r\nbulkhead: inject: task bench.vuart kind any-time recovered after 9 ticks, 11 from the fault on, \
                    7 to the next start\r\n";
        assert_eq!(recoveries(line), [Recovery { start: 7, whole: 9 }]);
    }

    #[test]
    fn percentiles_are_values_that_occur() {
        let sorted: Vec<_> = (1..=200).collect();
        assert_eq!([50, 99, 100].map(|percent| percentile(&sorted, percent)), [100, 198, 200]);
        assert_eq!(percentile(&[], 50), 0);
    }
}
