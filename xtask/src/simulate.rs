//! `simulate`: the response-time analysis against the core's scheduler, over many random task sets.

use crate::Failure;
use schedule_simulation::{Findings, run};

/// Sets between two lines of output.
const STEP: u64 = 1_000;

/// Simulates so many sets from a seed on.
///
/// # Errors
/// One takes longer than its bound.
pub fn command(seed: u64, sets: u64) -> Result<(), Failure> {
    let mut total = Findings::default();
    while total.sets < sets {
        let findings = run(seed.saturating_add(total.sets), STEP.min(sets - total.sets));
        total.sets += findings.sets;
        total.compared += findings.compared;
        total.close += findings.close;
        if let Some(late) = findings.late {
            return Err(Failure::found(late));
        }
        println!(
            "{} sets: {} times within their bounds, {} close to them",
            total.sets, total.compared, total.close
        );
    }
    Ok(())
}
