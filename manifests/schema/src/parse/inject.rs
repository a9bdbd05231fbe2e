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
use super::respan;
use crate::manifest::{Injection, Occasion};
use crate::problem::Problem;
use bulkhead_abi::inject::{InjectKind, Place};
use toml_span::value::ValueInner;
use toml_span::{Spanned, Value};

/// Events between two faults where the manifest does not say.
const RATE: u32 = 100;

/// Reads one `[[inject]]`.
pub(super) fn read_inject(value: Value<'_>, problems: &mut Vec<Problem>) -> Option<Injection> {
    let mut fields = Fields::open(value, "an [[inject]]", problems)?;
    let task = fields.text("task");
    let kinds = read_kinds(&mut fields);
    let rate = fields.number::<u32>("rate");
    if let Some(rate) = rate.as_ref().filter(|rate| rate.value == 0) {
        fields.problems().push(Problem::new(
            rate.span,
            "no event is one of none",
            "0 is no rate",
            "write 1 for every event, 100 for one in a hundred",
        ));
    }
    let (first, limit, seed) = (fields.number("first"), fields.number("limit"), fields.number("seed"));
    let task = fields.require("task", task, "\"linux.vuart\"");
    let kinds = fields.require("kinds", kinds, "[\"before-commit\"]");
    fields.close();
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
pub(super) fn read_chaos(value: Value<'_>, problems: &mut Vec<Problem>) -> Option<Injection> {
    let mut fields = Fields::open(value, "a [[chaos]]", problems)?;
    let task = fields.text("task");
    let words: Vec<_> = [("kill", InjectKind::AnyTime.bit())].into_iter().chain(words()).collect();
    let kind = fields.choice("kind", &words);
    let every = fields.time("every");
    if let Some(every) = every.as_ref().filter(|every| every.value == 0) {
        fields.problems().push(Problem::new(
            every.span,
            "faults cannot follow each other without a pause",
            "no time at all",
            "write for example \"500 ms\"",
        ));
    }
    let (limit, seed) = (fields.number("limit"), fields.number("seed"));
    let task = fields.require("task", task, "\"linux.vuart\"");
    let kinds = fields.require("kind", kind, "\"kill\"");
    let every = fields.require("every", every, "\"500 ms\"");
    fields.close();
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
fn read_kinds(fields: &mut Fields<'_, '_>) -> Option<Spanned<u64>> {
    let value = fields.take("kinds")?;
    let span = value.span;
    let texts = match value.as_ref() {
        ValueInner::String(_) => vec![fields.as_text(value, "the name of a kind")?],
        _ => fields.texts_of(value, "kinds"),
    };
    let words: Vec<_> = groups().into_iter().chain(words()).collect();
    let kinds: Vec<_> = texts.iter().map(|text| fields.as_choice(text, &words)).collect();
    let kinds = kinds.into_iter().collect::<Option<Vec<_>>>()?;
    let mask = kinds.iter().fold(0, |mask, kind| mask | kind.value);
    if mask == 0 {
        fields.problems().push(Problem::new(
            span,
            "there is no fault to inject",
            "no kinds",
            "write \"all\"",
        ));
        return None;
    }
    Some(respan(&Spanned::with_span((), span), mask))
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
