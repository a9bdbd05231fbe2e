//! Budgets are promises. What the rules about them share.

use super::Subject;
use crate::analysis::{Actor, Analysis, Who, analyse};
use crate::manifest::Spanned;
use crate::system::System;

const WHOLE_PPM: u64 = 1_000_000;
/// Names that a message lists at the most.
pub(super) const MANY: usize = 6;

/// The analysis and its CPUs: those that are promised more than they have, and the others.
pub(super) fn of(subject: &Subject<'_>) -> (Analysis, Vec<u16>, Vec<u16>) {
    let analysis = analyse(subject.system);
    let mut cpus: Vec<u16> = analysis.actors.iter().map(|actor| actor.cpu).collect();
    cpus.sort_unstable();
    cpus.dedup();
    let (over, kept) = cpus.into_iter().partition(|cpu| analysis.promised_ppm(*cpu) > WHOLE_PPM);
    (analysis, over, kept)
}

pub(super) fn budget_of<'a>(system: &'a System, actor: &Actor) -> &'a Spanned<u32> {
    match actor.who {
        Who::Task(task) => &system.tasks[task].budget_us,
        Who::Vcpu { vm, .. } => &system.vms[vm].budget_us,
    }
}

pub(super) fn period_of<'a>(system: &'a System, actor: &Actor) -> &'a Spanned<u32> {
    match actor.who {
        Who::Task(task) => &system.tasks[task].period_us,
        Who::Vcpu { vm, .. } => &system.vms[vm].period_us,
    }
}
