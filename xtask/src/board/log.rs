//! What the core says of its machine at the start.

use super::Facts;
use crate::Failure;

/// The facts in a log, whatever else is in it.
///
/// # Errors
/// The log is not that of a start.
pub fn read(log: &str) -> Result<Facts, Failure> {
    let mut facts = Facts::default();
    for line in log.lines() {
        // The console of a terminal may have put anything before it.
        let Some((_, said)) = line.split_once("bulkhead: board: ") else { continue };
        let said = said.trim_end();
        if let Some(cpus) = said.strip_suffix(" CPUs").and_then(|count| count.parse().ok()) {
            // A machine that started again begins anew.
            facts = Facts { cpus, ..Facts::default() };
        } else if let Some((first, last)) = said.strip_prefix("RAM ").and_then(range) {
            facts.memory.push((first, last, "ram"));
        }
    }
    if facts.cpus == 0 || facts.memory.is_empty() {
        return Err(Failure::new("the log does not say what the board has")
            .help("it needs the lines `bulkhead: board: …` from the serial port at the start"));
    }
    Ok(facts)
}

fn range(text: &str) -> Option<(u64, u64)> {
    let number = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    let (first, last) = text.split_once('-')?;
    Some((number(first)?, number(last)?))
}
