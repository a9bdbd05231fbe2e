//! Quantities with their unit, `"128 MiB"` and `"100 ms"`, and ranges, `"0x2f8-0x2ff"`.

use super::fields::wanted;
use crate::problem::Problem;
use crate::rule::form;
use crate::source::Spanned;
use crate::tree::{Kind, Value};

pub(crate) const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
pub(crate) const TIMES: [(&str, u64); 3] = [("us", 1), ("ms", 1_000), ("s", 1_000_000)];

/// Bytes.
pub(super) fn read_size(key: &str, value: Value, problems: &mut Vec<Problem>) -> Option<Spanned<u64>> {
    read(key, value, &SIZES, "a size such as \"128 MiB\" (units B, KiB, MiB, GiB)", problems)
}

/// Microseconds.
pub(super) fn read_time(key: &str, value: Value, problems: &mut Vec<Problem>) -> Option<Spanned<u32>> {
    let time = read(key, value, &TIMES, "a time such as \"100 ms\" (units us, ms, s)", problems)?;
    let fitting = u32::try_from(time.value).ok();
    if fitting.is_none() {
        problems.push(Problem::new(
            &form::NUMBER_OUT_OF_RANGE,
            time.span,
            "the time is too long",
            "over 71 minutes",
            "write a shorter time",
        ));
    }
    fitting.map(|value| Spanned::with_span(value, time.span))
}

fn read(
    key: &str,
    value: Value,
    units: &[(&str, u64)],
    expected: &str,
    problems: &mut Vec<Problem>,
) -> Option<Spanned<u64>> {
    let span = value.span;
    let found = if let Kind::Text(text) = &value.kind { with_unit(text, units) } else { None };
    if let Some(found) = found {
        return Some(Spanned::with_span(found, span));
    }
    if !matches!(value.kind, Kind::Text(_) | Kind::Number(_)) {
        problems.push(wanted(span, expected, &value.kind, "write number and unit in quotes"));
        return None;
    }
    let problem = Problem::new(
        &form::NO_QUANTITY,
        span,
        format!("`{key}` is no quantity with a unit"),
        format!("expected {expected}"),
        "write number and unit in quotes",
    );
    problems.push(match better(&value.kind, units) {
        Some(text) => problem.replace(span, format!("\"{text}\"")),
        None => problem,
    });
    None
}

/// What was probably meant: a unit in other letters, or of powers of ten, or none at all.
fn better(kind: &Kind, units: &[(&str, u64)]) -> Option<String> {
    let (number, unit) = match kind {
        Kind::Number(number) => (number.to_string(), ""),
        Kind::Text(text) => {
            let text = text.trim();
            let end =
                text.find(|letter: char| !letter.is_ascii_digit() && letter != '_').unwrap_or(text.len());
            (text[..end].to_owned(), text[end..].trim_start())
        }
        _ => return None,
    };
    let (usual, _) = units.get(units.len().checked_sub(2)?)?;
    let meant = if unit.is_empty() {
        usual
    } else {
        let same = |known: &str| {
            known.eq_ignore_ascii_case(unit) || known.replace('i', "").eq_ignore_ascii_case(unit)
        };
        units.iter().map(|(name, _)| name).find(|name| same(name))?
    };
    let text = format!("{number} {meant}");
    with_unit(&text, units).map(|_| text)
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '_')?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.replace('_', "").parse().ok()?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.checked_mul(*factor)
}

/// First and last number, or one that is both; decimal or hexadecimal, with underscores as in TOML.
pub(super) fn range(text: &str, most: u64) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last && last <= most).then_some((first, last))
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_digits = |digits: &str| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
    };
    let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
    if !is_digits(digits) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// Bytes as a manifest would say it.
pub(crate) fn size_text(bytes: u64) -> String {
    in_largest_unit(bytes, &SIZES)
}

/// Microseconds as a manifest would say it.
pub(crate) fn time_text(microseconds: u64) -> String {
    in_largest_unit(microseconds, &TIMES)
}

fn in_largest_unit(number: u64, units: &[(&str, u64)]) -> String {
    let fitting = units.iter().rev().find(|(_, factor)| number != 0 && number.is_multiple_of(*factor));
    let (unit, factor) = fitting.or(units.first()).copied().unwrap_or(("", 1));
    format!("{} {unit}", number / factor)
}

#[cfg(test)]
mod tests {
    use super::{SIZES, TIMES, range, size_text, time_text, with_unit};

    #[test]
    fn sizes_need_a_known_unit() {
        let size = |text| with_unit(text, &SIZES);
        assert_eq!(size("128 MiB"), Some(128 << 20));
        assert_eq!(size("4KiB"), Some(4096));
        assert_eq!(size("1_024 B"), Some(1024));
        assert_eq!(size("128 MB"), None);
        assert_eq!(size("128"), None);
        assert_eq!(size("MiB"), None);
        assert_eq!(size("99999999999 GiB"), None);
    }

    #[test]
    fn times_come_out_in_microseconds() {
        let time = |text| with_unit(text, &TIMES);
        assert_eq!(time("100 ms"), Some(100_000));
        assert_eq!(time("2 s"), Some(2_000_000));
        assert_eq!(time("-1 s"), None);
    }

    #[test]
    fn ranges_go_up_and_end_in_bounds() {
        assert_eq!(range("0x2f8-0x2ff", 0xffff), Some((0x2f8, 0x2ff)));
        assert_eq!(range("0x1_0000 - 0x1_ffff", u64::MAX), Some((0x1_0000, 0x1_ffff)));
        assert_eq!(range("128", 0xffff), Some((128, 128)));
        for text in ["0x2ff-0x2f8", "0x1_0000", "", "-", "0x", "0x-0x1", "a", "+1"] {
            assert_eq!(range(text, 0xffff), None, "{text}");
        }
    }

    #[test]
    fn quantities_are_said_in_the_largest_unit_that_fits() {
        assert_eq!((size_text(64 << 10).as_str(), size_text(0).as_str()), ("64 KiB", "0 B"));
        assert_eq!((time_text(100).as_str(), time_text(10_000_000).as_str()), ("100 us", "10 s"));
    }
}
