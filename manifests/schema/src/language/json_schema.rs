//! The language as a JSON schema (draft 2020-12), for editors: as much as a schema can say.

use super::{Absent, BOARD, Key, Kind, MANIFEST, Table};
use crate::json::Json;
use crate::parse::quantity::{SIZES, TIMES};
use bulkhead_abi::limits::MAX_NAME;

/// The schema of manifests.
#[must_use]
pub fn manifest_schema() -> Json {
    // A manifest that extends another may leave to it what would have to be written otherwise.
    root("Bulkhead manifest", &MANIFEST)
}

/// The schema of board files.
#[must_use]
pub fn board_schema() -> Json {
    root("Bulkhead board file", &BOARD)
}

fn root(title: &str, declared: &'static Table) -> Json {
    let mut members = vec![
        ("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into()),
        ("title".to_owned(), title.into()),
    ];
    if let Json::Object(rest) = table(declared) {
        members.extend(rest);
    }
    Json::Object(members)
}

fn table(declared: &'static Table) -> Json {
    let properties = declared.all_keys().map(|key| (key.name, property(key)));
    let required = declared.all_keys().filter(|key| declared.required(key).is_some());
    let required: Vec<Json> = required.map(|key| key.name.into()).collect();
    let mut members = vec![
        ("type", "object".into()),
        ("properties", Json::object(properties)),
        ("required", Json::List(required)),
        ("additionalProperties", Json::Flag(false)),
    ];
    // At most one key of a table stands in for another.
    members.extend(declared.all_keys().find_map(|key| match key.absent {
        Absent::Unless(other, _) if declared.key(other).is_some() => {
            let either =
                [key.name, other].map(|name| Json::object([("required", Json::List(vec![name.into()]))]));
            Some(("anyOf", either.into_iter().collect()))
        }
        _ => None,
    }));
    Json::object(members)
}

fn property(key: &Key) -> Json {
    let mut members = vec![("description".to_owned(), description(key).into())];
    if let Json::Object(rest) = value(&key.kind) {
        members.extend(rest);
    }
    Json::Object(members)
}

fn description(key: &Key) -> String {
    let absent = match key.absent {
        Absent::Refused(_) | Absent::Unless(..) => return key.says.to_owned(),
        Absent::Means(text) => text.to_owned(),
        Absent::Is(text) => text(),
    };
    format!("{}. Default: {absent}.", key.says)
}

fn value(kind: &Kind) -> Json {
    let typed = |name: &str| vec![("type", name.into())];
    let mut members = match kind {
        Kind::Flag => typed("boolean"),
        Kind::Number(..) => typed("integer"),
        Kind::List(_) => typed("array"),
        Kind::Table(declared) => return table(declared),
        Kind::Named(declared) => {
            return Json::object([("type", "object".into()), ("additionalProperties", table(declared))]);
        }
        Kind::OneOrMore(one) => return any_of([value(one), value(&Kind::List(one))]),
        Kind::TextOr(declared) => return any_of([value(&Kind::Text), table(declared)]),
        _ => typed("string"),
    };
    match kind {
        Kind::Number(least, most) => {
            members.extend([("minimum", Json::Number(*least)), ("maximum", Json::Number(*most))]);
        }
        Kind::List(one) => members.push(("items", value(one))),
        Kind::Words(words) => members.push(("enum", words().into_iter().map(Json::from).collect())),
        Kind::Name => members.push(("pattern", format!("^[a-z0-9-]{{1,{}}}$", MAX_NAME - 1).into())),
        Kind::Form(form) => members.push(("pattern", form.pattern.into())),
        Kind::Size => members.push(("pattern", quantity(&SIZES).into())),
        Kind::Time => members.push(("pattern", quantity(&TIMES).into())),
        Kind::Range(_) => members.push(("pattern", range().into())),
        _ => {}
    }
    Json::object(members)
}

fn any_of(choices: [Json; 2]) -> Json {
    Json::object([("anyOf", choices.into_iter().collect())])
}

fn quantity(units: &[(&str, u64)]) -> String {
    let units: Vec<_> = units.iter().map(|(unit, _)| *unit).collect();
    format!("^\\s*_*[0-9][0-9_]*\\s*({})\\s*$", units.join("|"))
}

fn range() -> String {
    let number = "\\s*(0x_*[0-9a-fA-F][0-9a-fA-F_]*|_*[0-9][0-9_]*)\\s*";
    format!("^{number}(-{number})?$")
}
