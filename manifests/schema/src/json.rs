//! JSON as it is written: objects keep the order in which their members were given.

use core::fmt::{Display, Formatter, Result, Write};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Members by name.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// An object of these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl FromIterator<Self> for Json {
    fn from_iter<I: IntoIterator<Item = Self>>(values: I) -> Self {
        Self::List(values.into_iter().collect())
    }
}

/// In lines, indented by two spaces.
impl Display for Json {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.write(f, 0)
    }
}

impl Json {
    fn write(&self, f: &mut Formatter<'_>, depth: usize) -> Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write_text(f, text),
            Self::List(values) => {
                write_lines(f, depth, ['[', ']'], values, |f, value| value.write(f, depth + 1))
            }
            Self::Object(members) => write_lines(f, depth, ['{', '}'], members, |f, (name, value)| {
                write_text(f, name)?;
                f.write_str(": ")?;
                value.write(f, depth + 1)
            }),
        }
    }
}

fn write_lines<T>(
    f: &mut Formatter<'_>,
    depth: usize,
    [open, close]: [char; 2],
    items: &[T],
    write: impl Fn(&mut Formatter<'_>, &T) -> Result,
) -> Result {
    f.write_char(open)?;
    for (index, item) in items.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(f, "{comma}\n{:width$}", "", width = 2 * (depth + 1))?;
        write(f, item)?;
    }
    if !items.is_empty() {
        write!(f, "\n{:width$}", "", width = 2 * depth)?;
    }
    f.write_char(close)
}

/// RFC 8259, section 7: quotation mark, reverse solidus and control characters are escaped.
fn write_text(f: &mut Formatter<'_>, text: &str) -> Result {
    f.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => f.write_char(other)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn what_json_reserves_is_escaped() {
        assert_eq!(Json::from("a\"\\\n\u{1}ä").to_string(), "\"a\\\"\\\\\\n\\u0001ä\"");
    }

    #[test]
    fn members_keep_their_order() {
        let object = Json::object([("b", Json::Number(1)), ("a", Json::List(Vec::new()))]);
        assert_eq!(object.to_string(), "{\n  \"b\": 1,\n  \"a\": []\n}");
    }
}
