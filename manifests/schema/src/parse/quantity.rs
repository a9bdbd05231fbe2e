//! Quantities with their unit: `"128 MiB"`, `"100 ms"`.

const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
const TIMES: [(&str, u64); 3] = [("us", 1), ("ms", 1_000), ("s", 1_000_000)];

/// Bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    with_unit(text, &SIZES)
}

/// Microseconds.
pub(super) fn time(text: &str) -> Option<u64> {
    with_unit(text, &TIMES)
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '_')?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.replace('_', "").parse().ok()?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::{size, time};

    #[test]
    fn sizes_need_a_known_unit() {
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
        assert_eq!(time("100 ms"), Some(100_000));
        assert_eq!(time("2 s"), Some(2_000_000));
        assert_eq!(time("-1 s"), None);
    }
}
