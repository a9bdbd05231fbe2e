//! What a DSDT says about switching the machine off (ACPI specification 6.5, "\_Sx (System States)" and "AML Grammar
//! Definition"). Firmware writes the package as a constant, so that it is found without an AML interpreter.

const NAME: &[u8] = b"_S5_";
const NAME_OP: u8 = 0x08;
const ROOT: u8 = b'\\';
const PACKAGE_OP: u8 = 0x12;
/// SLP_TYP has three bits.
const LARGEST: u64 = 7;

/// The values of SLP_TYPa and SLP_TYPb that mean S5, from a table's AML without its header; `None` if there is no such
/// package of constants.
#[must_use]
pub fn sleep_types(aml: &[u8]) -> Option<(u8, u8)> {
    let places = aml.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    places.map(|(place, _)| aml.split_at(place)).find_map(|(before, from)| {
        let declares = matches!(before, [.., NAME_OP] | [.., NAME_OP, ROOT]);
        if declares { package(from.get(NAME.len()..)?) } else { None }
    })
}

fn package(aml: &[u8]) -> Option<(u8, u8)> {
    let [PACKAGE_OP, lead, rest @ ..] = aml else { return None };
    // The two high bits count the further bytes of the package's length.
    let [elements, rest @ ..] = rest.get(usize::from(lead >> 6)..)? else { return None };
    let (first, rest) = constant(rest)?;
    let second = if *elements > 1 { constant(rest)?.0 } else { 0 };
    Some((first, second))
}

/// An integer that is a sleep type, and what follows it.
fn constant(aml: &[u8]) -> Option<(u8, &[u8])> {
    let [operation, rest @ ..] = aml else { return None };
    let bytes = match *operation {
        value @ (0 | 1) => return Some((value, rest)),
        0x0a => 1,
        0x0b => 2,
        0x0c => 4,
        0x0e => 8,
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(bytes)?;
    let value = value.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
    let value = u8::try_from(value).ok().filter(|value| u64::from(*value) <= LARGEST)?;
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::sleep_types;
    use proptest::prelude::*;

    #[test]
    fn both_values_are_found_in_either_way_to_write_the_name() {
        let aml = b"\x10\x20_SB_\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07\x00\x00rest";
        assert_eq!(sleep_types(aml), Some((5, 7)));
        let aml = b"\x08\\_S5_\x12\x06\x04\x00\x01\x00\x00";
        assert_eq!(sleep_types(aml), Some((0, 1)));
    }

    #[test]
    fn longer_lengths_and_wider_integers_are_read() {
        assert_eq!(sleep_types(b"\x08_S5_\x12\x47\x00\x02\x0b\x03\x00\x0c\x02\x00\x00\x00"), Some((3, 2)));
        assert_eq!(sleep_types(b"\x08_S5_\x12\x04\x01\x0e\x06\0\0\0\0\0\0\0"), Some((6, 0)));
    }

    #[test]
    fn a_mention_of_the_name_is_passed_over() {
        assert_eq!(sleep_types(b"\x70_S5_\x60\x08_S5_\x12\x06\x02\x0a\x04\x0a\x04"), Some((4, 4)));
    }

    #[test]
    fn what_is_not_a_package_of_sleep_types_is_nothing() {
        let absent = [
            &b""[..],
            b"_S5_",
            b"\x08_S5_",
            b"\x08_S5_\x12",
            b"\x08_S5_\x12\xc0\x00",
            b"\x08_S5_\x14\x06\x00\x00",
        ];
        let wrong = [
            &b"\x08_S5_\x12\x06\x02\x0a\x08\x00"[..],
            b"\x08_S5_\x12\x06\x02\x0b\x01\x01\x00",
            b"\x08_S5_\x12\x06\x02\x0a",
        ];
        for aml in absent.into_iter().chain(wrong) {
            assert_eq!(sleep_types(aml), None, "{aml:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(aml in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut table = b"\x08_S5_\x12".to_vec();
            table.extend(aml);
            let types = sleep_types(&table);
            prop_assert!(types.is_none_or(|(a, b)| a <= 7 && b <= 7));
        }
    }
}
