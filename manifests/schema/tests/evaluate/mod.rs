//! The keywords of JSON Schema that the generator uses, evaluated; any other keyword is a failure.

use bulkhead_schema::Json;
use regex_lite::Regex;
use toml::de::{DeTable, DeValue};

/// A TOML text as JSON; nothing if it is not TOML.
pub(crate) fn from_toml(text: &str) -> Option<Json> {
    DeTable::parse(text).ok().map(|table| object(table.into_inner()))
}

/// Mistakes that a pattern cannot see: a range that goes down, a number that its type cannot hold, too little time.
pub(crate) fn is_beyond_numbers(text: &str) -> bool {
    let parts = [
        "99999999999 GiB",
        "\"9999 s\"",
        "every = \"0 ",
        "timeout = \"9 ms",
        "\"0x10000\"",
        "0x2ff-0x2f8",
        "0x20-0x10",
        "kinds = []",
    ];
    parts.iter().any(|part| text.contains(part))
}

fn object(table: DeTable<'_>) -> Json {
    Json::Object(table.into_iter().map(|(key, value)| (key.into_inner().into_owned(), json(value))).collect())
}

fn json(value: toml::Spanned<DeValue<'_>>) -> Json {
    match value.into_inner() {
        DeValue::String(text) => Json::Text(text.into_owned()),
        DeValue::Integer(number) => match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Json::Number(number),
            Err(_) => Json::Null,
        },
        DeValue::Boolean(flag) => Json::Flag(flag),
        DeValue::Float(_) | DeValue::Datetime(_) => Json::Null,
        DeValue::Array(values) => values.into_iter().map(json).collect(),
        DeValue::Table(table) => object(table),
    }
}

/// Does the schema allow the value?
pub(crate) fn allows(schema: &Json, value: &Json) -> bool {
    let Json::Object(keywords) = schema else { panic!("a schema is an object") };
    let member = |name: &str| keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, value)| value);
    keywords.iter().all(|(keyword, rule)| match (keyword.as_str(), rule, value) {
        ("$schema" | "title" | "description", ..) => true,
        ("type", Json::Text(name), _) => type_name(value) == name,
        ("enum", Json::List(words), _) => words.contains(value),
        ("pattern", Json::Text(pattern), Json::Text(text)) => Regex::new(pattern).unwrap().is_match(text),
        ("minimum", Json::Number(least), Json::Number(number)) => number >= least,
        ("maximum", Json::Number(most), Json::Number(number)) => number <= most,
        ("items", items, Json::List(values)) => values.iter().all(|value| allows(items, value)),
        ("anyOf", Json::List(choices), _) => choices.iter().any(|choice| allows(choice, value)),
        ("required", Json::List(names), Json::Object(members)) => {
            names.iter().all(|name| members.iter().any(|(member, _)| *name == Json::Text(member.clone())))
        }
        ("properties", Json::Object(properties), Json::Object(members)) => {
            members.iter().all(|(name, value)| {
                properties.iter().filter(|(known, _)| known == name).all(|(_, schema)| allows(schema, value))
            })
        }
        ("additionalProperties", rule, Json::Object(members)) => members.iter().all(|(name, value)| {
            let known = member("properties");
            let is_known =
                matches!(known, Some(Json::Object(known)) if known.iter().any(|(known, _)| known == name));
            is_known
                || match rule {
                    Json::Flag(allowed) => *allowed,
                    schema => allows(schema, value),
                }
        }),
        // About a value of another type they say nothing: `type` has spoken.
        (
            "pattern" | "minimum" | "maximum" | "items" | "required" | "properties" | "additionalProperties",
            ..,
        ) => true,
        _ => panic!("the schema uses `{keyword}`"),
    })
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Flag(_) => "boolean",
        Json::Number(_) => "integer",
        Json::Text(_) => "string",
        Json::List(_) => "array",
        Json::Object(_) => "object",
    }
}
