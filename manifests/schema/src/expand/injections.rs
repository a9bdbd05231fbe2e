//! Which tasks are the victims of the faults that the manifest asks for.

use super::Expansion;
use crate::manifest::{Injection, Occasion};
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::names::UNKNOWN_TASK;
use bulkhead_abi::id::TaskId;
use bulkhead_abi::image::InjectRecord;

impl Expansion<'_> {
    /// One record for each victim of each stanza.
    pub(super) fn add_injections(&mut self) {
        for injection in &self.manifest.injections {
            let before = self.system.injections.len();
            for (index, task) in self.system.tasks.iter().enumerate() {
                if injection.strikes(&task.name) {
                    self.system.injections.extend(record(injection, index));
                }
            }
            if self.system.injections.len() == before {
                let known: Vec<_> = self.system.tasks.iter().map(|task| task.name.as_str()).collect();
                self.problems.push(Problem::new(
                    &UNKNOWN_TASK,
                    injection.task.span,
                    format!("no task is called `{}`", injection.task.value),
                    "unknown task",
                    did_you_mean(&injection.task.value, known),
                ));
            }
        }
    }
}

fn record(injection: &Injection, task: usize) -> Option<InjectRecord> {
    let (rate, every_us) = match injection.occasion {
        Occasion::Events(rate) => (rate, 0),
        Occasion::Time(every_us) => (0, every_us),
    };
    Some(InjectRecord {
        kinds: injection.kinds.value,
        seed: injection.seed,
        task: TaskId(u16::try_from(task).ok()?),
        reserved: 0,
        rate,
        every_us,
        first: injection.first,
        limit: injection.limit,
        reserved_end: 0,
    })
}
