//! What the judge says about a task.

use crate::offence;
use bulkhead_abi::fault::{FaultKind, FaultRecord, TaskPhase, TaskStatus};

/// A judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it must be.
    Good,
    /// Not yet as it must be, but that may come.
    NotYet,
    /// It will never be as it must be.
    Bad,
}

/// Judges a task by its name (see the crate's documentation). `record` is there if it is faulted; `restarts` is how
/// often an offender may be restarted.
#[must_use]
pub fn judge(name: &str, status: &TaskStatus, record: Option<&FaultRecord>, restarts: u32) -> Verdict {
    let is_faulted = status.phase == TaskPhase::Faulted as u32;
    let life = status.generation.0;
    if let Some(offence) = name.strip_prefix("x-") {
        let Some(end) = offence::end_of(offence) else { return Verdict::Bad };
        match record {
            Some(record) if !end.is_recorded(record) => Verdict::Bad,
            Some(_) if life == restarts => Verdict::Good,
            _ if life > restarts => Verdict::Bad,
            _ => Verdict::NotYet,
        }
    } else if name.starts_with("t-") {
        match record {
            _ if life > 0 => Verdict::Bad,
            Some(record) if record.kind == FaultKind::Exited as u32 && record.code == 0 => Verdict::Good,
            Some(_) => Verdict::Bad,
            None => Verdict::NotYet,
        }
    } else if name.starts_with("m-") || (!is_faulted && life == 0) {
        Verdict::Good
    } else {
        Verdict::Bad
    }
}
