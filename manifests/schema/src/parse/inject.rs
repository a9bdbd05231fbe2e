//! `[[inject]]` and `[[chaos]]`: faults on purpose. A system whose manifest has either is built with fault injection,
//! and is no production system.
//!
//! ```toml
//! [[inject]]                          # at messages, by chance
//! task = "linux.vuart"                # a task, or a pattern with one star: "linux.*", "*"
//! kinds = ["before-commit", "panic"]  # or a group: "all", "fail-stop", "boundaries", "exceptions"
//! rate = 50                           # one event in so many; 100 if not written
//! first = 1000                        # events to let pass before; 0 if not written
//! limit = 100                         # faults at the most; no bound if not written
//! seed = 1                            # the same seed chooses the same faults; 1 if not written
//!
//! [[chaos]]                           # by time
//! task = "linux.vtimer"
//! kind = "kill"                       # at whatever instruction it is, or "hang"; or one of the kinds above
//! every = "500 ms"
//! ```

use super::fields::Fields;
use crate::language::Table;
use crate::manifest::{Injection, Occasion};
use crate::problem::Problem;
use crate::rule::form::{NUMBER_OUT_OF_RANGE, WRONG_TYPE};
use crate::source::Spanned;
use crate::tree::Value;
use bulkhead_abi::inject::{InjectKind, Place};

/// Events between two faults where the manifest does not say.
pub(crate) const RATE: u32 = 100;

/// Reads one `[[inject]]`.
pub(super) fn read_inject(
    value: Value,
    declared: &'static Table,
    problems: &mut Vec<Problem>,
) -> Option<Injection> {
    let mut fields = Fields::open(value, declared, problems)?;
    let task = fields.text("task");
    let kinds = read_kinds(&mut fields);
    let rate = fields.number::<u32>("rate");
    let (first, limit, seed) = (fields.number("first"), fields.number("limit"), fields.number("seed"));
    Some(Injection {
        task: task?,
        kinds: kinds?,
        occasion: Occasion::Events(rate.map_or(RATE, |rate| rate.value)),
        first: first.map_or(0, |first| first.value),
        limit: limit.map_or(u32::MAX, |limit| limit.value),
        seed: seed.map_or(1, |seed| seed.value),
    })
}

/// Reads one `[[chaos]]`.
pub(super) fn read_chaos(
    value: Value,
    declared: &'static Table,
    problems: &mut Vec<Problem>,
) -> Option<Injection> {
    let mut fields = Fields::open(value, declared, problems)?;
    let task = fields.text("task");
    let kinds = fields.choice("kind", &chaos_kinds());
    let every = fields.time("every");
    if let Some(every) = every.as_ref().filter(|every| every.value == 0) {
        fields.problems().push(Problem::new(
            &NUMBER_OUT_OF_RANGE,
            every.span,
            "faults cannot follow each other without a pause",
            "no time at all",
            "write for example \"500 ms\"",
        ));
    }
    let (limit, seed) = (fields.number("limit"), fields.number("seed"));
    Some(Injection {
        task: task?,
        kinds: kinds?,
        occasion: Occasion::Time(every?.value),
        first: 0,
        limit: limit.map_or(u32::MAX, |limit: Spanned<u32>| limit.value),
        seed: seed.map_or(1, |seed: Spanned<u64>| seed.value),
    })
}

/// A list of words, or one word; each a kind or a group.
pub(super) fn read_kinds(fields: &mut Fields<'_>) -> Option<Spanned<u64>> {
    let table = fields.span();
    let before = fields.problems().len();
    let texts = fields.texts("kinds")?;
    let words: Vec<_> = groups().into_iter().chain(words()).collect();
    let masks = texts.iter().filter_map(|text| words.iter().find(|(word, _)| *word == text.value));
    let mask = masks.fold(0, |mask, (_, kinds)| mask | kinds);
    let span = texts.first().map_or(table, |first| first.span);
    if mask == 0 {
        if fields.problems().len() == before {
            fields.problems().push(Problem::new(
                &WRONG_TYPE,
                span,
                "there is no fault to inject",
                "no kinds",
                "write `kinds = \"all\"`",
            ));
        }
        return None;
    }
    Some(Spanned::with_span(mask, span))
}

/// What `kinds` takes.
pub(crate) fn kinds_and_groups() -> Vec<&'static str> {
    groups().into_iter().chain(words()).map(|(word, _)| word).collect()
}

/// What `kind` takes.
pub(crate) fn chaos_kinds() -> Vec<(&'static str, u64)> {
    [("kill", InjectKind::AnyTime.bit())].into_iter().chain(words()).collect()
}

/// All kinds by their names.
fn words() -> impl Iterator<Item = (&'static str, u64)> {
    InjectKind::ALL.iter().map(|kind| (kind.name(), kind.bit()))
}

fn mask(is: impl Fn(InjectKind) -> bool) -> u64 {
    InjectKind::ALL.iter().filter(|kind| is(**kind)).fold(0, |mask, kind| mask | kind.bit())
}

/// Names for many kinds at once.
fn groups() -> [(&'static str, u64); 4] {
    let is_exception =
        |kind| (InjectKind::DivideError as u8..=InjectKind::TouchCore as u8).contains(&(kind as u8));
    let is_boundary =
        |kind: InjectKind| kind.place() == Place::Core && (kind as u8) < InjectKind::LostNotification as u8;
    [
        ("all", mask(|_| true)),
        ("fail-stop", InjectKind::fail_stop()),
        ("boundaries", mask(is_boundary)),
        ("exceptions", mask(is_exception)),
    ]
}
